/**
 * The microgrids of a fleet: which there are, and which are to run.
 *
 * @since 0.1.0
 */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Context, type DateTime, Effect, type Option, Stream } from "effect"
import type { FleetError } from "./FleetError.ts"

/**
 * A microgrid of the fleet.
 *
 * @category models
 * @since 0.1.0
 */
export interface Registered {
  readonly microgridId: MicrogridId
  readonly bucket: number
  /** The reason for which it was parked; absent while it is to run. */
  readonly parked: string | undefined
  /** The epoch of the last activation; 0 before the first. */
  readonly epoch: bigint
  /** The address of the process that activated it last, and the instant of that. */
  readonly owner: string | undefined
  readonly since: Option.Option<DateTime.Utc>
}

/**
 * The list of the microgrids of a fleet. Its changes reach the processes by notification, and at the latest by the next
 * look of each bucket (`lookInterval`).
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId } from "@effect-dispatch/core"
 * import { FleetNode, FleetRegistry } from "@effect-dispatch/fleet"
 * import { Effect, Redacted } from "effect"
 *
 * const enrol = Effect.flatMap(FleetRegistry.FleetRegistry, ({ add }) => add([MicrogridId.make(7n)]))
 * const url = Redacted.make("postgres://fleet:secret@127.0.0.1:1/fleet")
 * const added = Effect.provide(enrol, FleetNode.layer({ url, address: "127.0.0.1:7070" }))
 * const error = await Effect.runPromise(Effect.flip(added))
 * assert.strictEqual(error._tag, "FleetError")
 * ```
 *
 * @see BEHAVIOUR F6
 * @category services
 * @since 0.1.0
 */
export class FleetRegistry extends Context.Service<
  FleetRegistry,
  {
    /** Adds microgrids, or lets those that were parked run again; gives how many changed. */
    readonly add: (ids: Iterable<MicrogridId>) => Effect.Effect<number, FleetError>
    /** Stops microgrids and forgets all that is kept of them; gives how many there were. */
    readonly remove: (ids: Iterable<MicrogridId>) => Effect.Effect<number, FleetError>
    /** Stops microgrids until they are added again; what is kept of them stays. */
    readonly park: (ids: Iterable<MicrogridId>, reason: string) => Effect.Effect<number, FleetError>
    /** All microgrids, by id. */
    readonly list: Effect.Effect<ReadonlyArray<Registered>, FleetError>
    readonly get: (id: MicrogridId) => Effect.Effect<Option.Option<Registered>, FleetError>
    /** The buckets whose list has changed, from the moment it is listened to; ends when the connection does. */
    readonly changes: Stream.Stream<number, FleetError>
  }
>()("@effect-dispatch/fleet/FleetRegistry") {}

/**
 * Keeps the registry equal to a list that is kept elsewhere, for the life of the scope: adds what is missing and
 * removes what is not on it, at each element of the stream.
 *
 * @category running
 * @since 0.1.0
 */
export const follow = <E, R>(
  lists: Stream.Stream<ReadonlySet<MicrogridId>, E, R>
): Effect.Effect<void, E | FleetError, R | FleetRegistry> =>
  Effect.flatMap(FleetRegistry, (registry) =>
    Stream.runForEach(
      lists,
      Effect.fnUntraced(function* (wanted) {
        const there = new Map((yield* registry.list).map((one) => [one.microgridId, one] as const))
        yield* registry.add([...wanted].filter((id) => !there.has(id)))
        yield* registry.remove([...there.keys()].filter((id) => !wanted.has(id)))
      })
    )
  )
