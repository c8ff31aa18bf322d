/**
 * The memory that the processes of a fleet share: who owns each microgrid, what its actor keeps, and its edges.
 *
 * @since 0.1.0
 */
import type { JournalError, JournalPosition, JournalStore } from "@effect-dispatch/core/JournalStore"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { Context, type DateTime, type Duration, type Effect, type Option } from "effect"
import type { Token } from "./FencingToken.ts"
import type { FleetError } from "./FleetError.ts"
import type { FleetSettings } from "./FleetSettings.ts"

/**
 * The right of a process to activate the microgrids of a bucket, as long as nobody else has claimed it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Claim {
  readonly bucket: number
  readonly epoch: bigint
  /** The address of the process. */
  readonly owner: string
  /** True if the bucket will be named should it move by suspicion once more: code is entered with care. */
  readonly isSuspect: boolean
}

/**
 * A microgrid that was taken over, and all that its actor recalls.
 *
 * @category models
 * @since 0.1.0
 */
export interface Activation {
  readonly token: Token
  readonly records: ReadonlyMap<string, string>
}

/**
 * An edge as it is kept: its place in the order of an epoch, and its form as `--json` prints it.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeptEdge {
  readonly number: bigint
  readonly edge: unknown
  /** The instant from which it holds. */
  readonly plannedAt: DateTime.Utc
  /** The instant at which it was decided. */
  readonly decidedAt: DateTime.Utc
  /** The quality of the actor's knowledge at that instant; absent from those of an earlier release. */
  readonly status?: SyncStatus["_tag"] | undefined
}

/**
 * A record to write, or to remove without a `value`; edges are kept with it, by the same statement.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecordWrite {
  readonly key: string
  /** Rises with each write of an activation: one that comes late changes no record that a later one wrote. */
  readonly sequence: bigint
  readonly value: string | undefined
  readonly edges: ReadonlyArray<KeptEdge>
  /** The numbers of edges to remove: they were kept in advance, and not told with these numbers. */
  readonly removed: ReadonlyArray<bigint>
}

/**
 * The place in the order of the edges of a microgrid.
 *
 * @category models
 * @since 0.1.0
 */
export interface Position {
  readonly epoch: bigint
  readonly number: bigint
}

/**
 * The journal of a microgrid for its owner.
 *
 * @category models
 * @since 0.1.0
 */
export interface FleetJournal extends JournalStore {
  /** True if an entry no later than a place is kept: then none after it went, since the oldest go first. */
  readonly reachesBackTo: (place: JournalPosition) => Effect.Effect<boolean, JournalError>
  /** The places of entries that owners before wrote late, the first ones in order, until they are amended. */
  readonly late: Effect.Effect<ReadonlyArray<JournalPosition>, JournalError>
  /** Notes that the journal tells of these. */
  readonly amended: (late: ReadonlyArray<JournalPosition>) => Effect.Effect<void, JournalError>
}

/**
 * A process of the fleet, as the database knows it.
 *
 * @category models
 * @since 0.1.0
 */
export interface KnownRunner {
  readonly address: string
  /** The version of its engine. */
  readonly engine: string
  readonly startedAt: DateTime.Utc
  /** The age of its last heartbeat, by the clock of the database. */
  readonly heartbeatAge: Duration.Duration
  /** True if it was asked to give everything away and to end. */
  readonly isDraining: boolean
  /** True if a session of its own holds locks. */
  readonly holdsLocks: boolean
}

/**
 * The answer to a heartbeat.
 *
 * @category models
 * @since 0.1.0
 */
export interface Beat {
  readonly others: ReadonlyArray<string>
  /** False if the process is not on the list: it was forgotten, or the database has lost the commit by which it joined. */
  readonly isListed: boolean
  /** True if it was asked to give everything away and to end. */
  readonly isDraining: boolean
}

/**
 * The reason for which others take over the microgrids of a process: it has died, or it stands still with its locks.
 *
 * @category models
 * @since 0.1.0
 */
export type Suspicion = "Dead" | "Frozen"

/**
 * A bucket that moves again and again, each time because its process died or did not answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface RestlessBucket {
  readonly bucket: number
  /** Such moves within `suspectWindow`. */
  readonly moves: number
  /** The sites whose code was entered last before those moves, the most frequent first. */
  readonly entered: ReadonlyArray<MicrogridId>
}

/**
 * Such a bucket in words, for the log and for operators.
 *
 * @category getters
 * @since 0.1.0
 */
export const restlessInWords = ({ bucket, entered, moves }: RestlessBucket): string => {
  const why = `Bucket ${bucket} has moved ${moves} times because its process died or did not answer`
  return entered.length === 0
    ? `${why}, though no code of a site was entered shortly before`
    : `${why}: code of a site may end or block it. Entered last: microgrids ${entered.join(", ")}`
}

/**
 * The store of a fleet. All that can change what others rely on is checked against an epoch by the statement that does
 * it, so that a process that was replaced changes nothing.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { FleetNode, FleetStore } from "@effect-dispatch/fleet"
 * import { Effect, Redacted } from "effect"
 *
 * const addresses = Effect.gen(function* () {
 *   const store = yield* FleetStore.FleetStore
 *   return (yield* store.runners).map(({ address }) => address)
 * })
 * const url = Redacted.make("postgres://fleet:secret@127.0.0.1:1/fleet")
 * const asked = Effect.provide(addresses, FleetNode.layer({ url, address: "127.0.0.1:7070" }))
 * const error = await Effect.runPromise(Effect.flip(asked))
 * assert.strictEqual(error._tag, "FleetError")
 * ```
 *
 * @see BEHAVIOUR F1
 * @category services
 * @since 0.1.0
 */
export class FleetStore extends Context.Service<
  FleetStore,
  {
    readonly name: string
    readonly settings: FleetSettings
    /** Claims a bucket: from now on no earlier claim of it activates anything. */
    readonly claim: (bucket: number, owner: string) => Effect.Effect<Claim, FleetError>
    /**
     * Takes over the wanted microgrids of the bucket, except those that are `running` here: raises their epochs, then
     * reads their records. Nothing, if another process has claimed the bucket.
     */
    readonly activate: (
      claim: Claim,
      running: ReadonlyArray<MicrogridId>
    ) => Effect.Effect<Option.Option<ReadonlyArray<Activation>>, FleetError>
    /** Those of the tokens that must not act any more: replaced, or no longer wanted. */
    readonly lost: (tokens: ReadonlyArray<Token>) => Effect.Effect<ReadonlyArray<MicrogridId>, FleetError>
    /**
     * Writes a record and edges, unless the token was replaced: then nothing, and it is false. It has ended when this
     * returns, so nothing limits its time here; the actor gives it up after `recordTimeout`.
     */
    readonly write: (token: Token, write: RecordWrite) => Effect.Effect<boolean, FleetError>
    /** The keys of the records of a microgrid. */
    readonly keys: (microgridId: MicrogridId) => Effect.Effect<ReadonlyArray<string>, FleetError>
    /** The record under a key. */
    readonly read: (microgridId: MicrogridId, key: string) => Effect.Effect<string | undefined, FleetError>
    /** The edges after a place in the order, all or the first ones; `isWhole` is false if some were removed by now. */
    readonly edgesAfter: (
      microgridId: MicrogridId,
      position: Position,
      limit?: number
    ) => Effect.Effect<
      { readonly edges: ReadonlyArray<KeptEdge & Position>; readonly isWhole: boolean },
      FleetError
    >
    /**
     * The entries of a journal beside the edges, for the owner of a microgrid. Those of an owner that was replaced are
     * kept under its epoch.
     */
    readonly journal: (token: Token, name: string) => Effect.Effect<FleetJournal, JournalError>
    /**
     * Removes the edges of a bucket that were kept for long enough; gives how many. Those of a microgrid that has a journal
     * go on as entries of it.
     */
    readonly pruneEdges: (bucket: number) => Effect.Effect<number, FleetError>
    /** Fails while another process lives that has the same address, or another engine. It changes nothing. */
    readonly admit: (address: string, engine: string) => Effect.Effect<void, FleetError>
    /** Takes a process into the list. It is refused while one with another engine lives. */
    readonly join: (address: string, engine: string) => Effect.Effect<void, FleetError>
    /** Says that a process lives; gives the other ones. */
    readonly beat: (address: string) => Effect.Effect<Beat, FleetError>
    /** Takes a process out of the list. */
    readonly leave: (address: string) => Effect.Effect<void, FleetError>
    /** Asks a process to give everything away and to end; false if there is none. */
    readonly drain: (address: string) => Effect.Effect<boolean, FleetError>
    readonly runners: Effect.Effect<ReadonlyArray<KnownRunner>, FleetError>
    readonly runner: (address: string) => Effect.Effect<Option.Option<KnownRunner>, FleetError>
    /**
     * Takes the locks from a frozen process, unless its heartbeat goes on. Notes that the buckets of a frozen process, or
     * of a dead one that holds no locks, move because of that, with the sites whose code was entered last; gives those
     * buckets.
     */
    readonly suspect: (
      address: string,
      suspicion: Suspicion
    ) => Effect.Effect<ReadonlyArray<number>, FleetError>
    /** Notes that the code of a site of a suspect bucket is about to be entered. */
    readonly enter: (token: Token) => Effect.Effect<void, FleetError>
    /** The buckets that have moved by suspicion at least `suspectMovesMax` times within `suspectWindow`. */
    readonly restless: Effect.Effect<ReadonlyArray<RestlessBucket>, FleetError>
  }
>()("@effect-dispatch/fleet/FleetStore") {}
