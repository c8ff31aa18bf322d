/**
 * The port to what shares the buckets out among processes: who has which, for how long, and who answers.
 *
 * @since 0.1.0
 */
import { Context, type Effect, Schema, type Scope, type Stream } from "effect"
import type { FleetError } from "./FleetError.ts"

/**
 * The answer to a ping: there was one, the connection was refused, or nothing came in time.
 *
 * @category models
 * @since 0.1.0
 */
export type Pinged = "Answered" | "Refused" | "Silent"

/**
 * Another process, as the engine knows it.
 *
 * @category models
 * @since 0.1.0
 */
export interface EngineRunner {
  readonly address: string
  /** False if it gets no buckets: it is suspected, or leaves. */
  readonly isHealthy: boolean
}

/**
 * The request for the edges of a microgrid: the place after which they are wanted, if any was seen, and the dispatches
 * that the reader was told of as running.
 *
 * @category schemas
 * @since 0.1.0
 */
export const EdgesRequest = Schema.Struct({
  microgrid: Schema.BigInt,
  after: Schema.NullOr(Schema.Struct({ epoch: Schema.BigInt, number: Schema.BigInt })),
  held: Schema.Array(Schema.BigInt)
})

/**
 * A request for edges.
 *
 * @category models
 * @since 0.1.0
 */
export type EdgesRequest = typeof EdgesRequest.Type

const Numbered = Schema.Struct({ number: Schema.BigInt, edge: Schema.String })

/**
 * A message to a reader of edges, which are JSON: one edge; that some are missing which were removed by now; all that
 * runs, with the dispatches that do not any more, of those that the reader believes in; or a sign of life.
 *
 * @category schemas
 * @since 0.1.0
 */
export const EdgesMessage = Schema.TaggedUnion({
  Edge: { epoch: Schema.BigInt, ...Numbered.fields },
  Missing: {},
  Alive: {},
  Snapshot: {
    epoch: Schema.BigInt,
    ended: Schema.Array(Schema.Struct({ number: Schema.BigInt, dispatch: Schema.BigInt })),
    running: Schema.Array(Numbered)
  }
})

/**
 * A message to a reader of edges.
 *
 * @category models
 * @since 0.1.0
 */
export type EdgesMessage = typeof EdgesMessage.Type

/**
 * The state of a microgrid at its owner.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SiteReport = Schema.Struct({
  epoch: Schema.BigInt,
  address: Schema.String,
  status: Schema.Literals(["Connecting", "Synchronised", "Stale"]),
  since: Schema.NullOr(Schema.DateTimeUtcFromString),
  cause: Schema.NullOr(Schema.String)
})

/**
 * A report about a microgrid.
 *
 * @category models
 * @since 0.1.0
 */
export type SiteReport = typeof SiteReport.Type

/**
 * The questions that the owner of a bucket answers. They fail while it does not know the microgrid.
 *
 * @category models
 * @since 0.1.0
 */
export interface Front {
  readonly edges: (request: EdgesRequest) => Stream.Stream<EdgesMessage, FleetError>
  readonly report: (microgrid: bigint) => Effect.Effect<SiteReport, FleetError>
}

/**
 * The way to the owners of buckets, wherever they are.
 *
 * @category services
 * @since 0.1.0
 */
export class FleetFronts extends Context.Service<FleetFronts, { readonly at: (bucket: number) => Front }>()(
  "@effect-dispatch/fleet/FleetFronts"
) {}

/**
 * An engine gives each bucket to one process at a time, as far as that can be known: a process that stands still may
 * not know that it has lost one, which is what epochs are for.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { FleetEngine } from "@effect-dispatch/fleet"
 * import { Effect } from "effect"
 *
 * // The engine of a process that is alone, and has all of its two buckets at once.
 * const engine = FleetEngine.FleetEngine.of({
 *   address: "127.0.0.1:7070",
 *   release: "alone",
 *   runBuckets: (program) => Effect.forEach([0, 1], (bucket) => Effect.forkScoped(program(bucket)), { discard: true }),
 *   leave: Effect.void,
 *   serve: () => Effect.void,
 *   confirmedAt: () => performance.now(),
 *   runners: Effect.succeed([{ address: "127.0.0.1:7070", isHealthy: true }]),
 *   ping: () => Effect.succeed("Refused"),
 *   markUnhealthy: () => Effect.void
 * })
 * const begun: Array<number> = []
 * const program = engine.runBuckets((bucket) => Effect.sync(() => void begun.push(bucket)))
 * await Effect.runPromise(Effect.scoped(Effect.andThen(program, Effect.sleep(1))))
 * assert.deepStrictEqual(begun, [0, 1])
 * ```
 *
 * @see BEHAVIOUR F2
 * @category services
 * @since 0.1.0
 */
export class FleetEngine extends Context.Service<
  FleetEngine,
  {
    /** The address of this process, `host:port`. */
    readonly address: string
    /** The release of the engine: processes with another one cannot share a fleet. */
    readonly release: string
    /**
     * Runs the program of each bucket while this process has it, for the life of the scope. A bucket is given away only
     * after its program was interrupted and has ended.
     */
    readonly runBuckets: (
      program: (bucket: number) => Effect.Effect<void>
    ) => Effect.Effect<void, never, Scope.Scope>
    /**
     * Tells the others that this process goes, for good, and gives each bucket away as soon as its program has ended;
     * completes when it has none.
     */
    readonly leave: Effect.Effect<void>
    /** Answers questions about the buckets that this process has, for the life of the scope. */
    readonly serve: (front: Front) => Effect.Effect<void, never, Scope.Scope>
    /** The elapsed instant (milliseconds) at which the locks of this process were confirmed last; -Infinity before. */
    readonly confirmedAt: () => number
    /** All processes, this one among them. */
    readonly runners: Effect.Effect<ReadonlyArray<EngineRunner>, FleetError>
    readonly ping: (address: string) => Effect.Effect<Pinged>
    /** From now on a process gets no buckets, until it is found healthy again. */
    readonly markUnhealthy: (address: string) => Effect.Effect<void, FleetError>
  }
>()("@effect-dispatch/fleet/FleetEngine") {}
