/**
 * The information that a managed actor gets about the dispatch it acts for.
 *
 * @since 0.1.0
 */
import { Data, type DateTime } from "effect"
import type { Dispatch } from "./Dispatch.ts"
import type { Payload } from "./Payload.ts"
import type { RunningStateChange } from "./RunningStateChange.ts"
import type { Target } from "./Target.ts"

interface Fields<P> {
  /** The components to act upon. */
  readonly target: Target
  /** The payload, decoded if a schema was given for the type. */
  readonly payload: P
  /** The version it is about. */
  readonly dispatch: Dispatch
  /** Planned end of the run; absent if it has none. For a command, the instant it was due. */
  readonly until: DateTime.Utc | undefined
  /** True if another run begins no later than `until`. */
  readonly continues: boolean
}

/**
 * - `Live`: act.
 * - `DryRun`: do all but act. The work of an actor for a dry run must have no effect on the microgrid.
 *
 * @category models
 * @since 0.1.0
 */
export type DispatchInfo<P = Payload> = Data.TaggedEnum<{
  Live: Fields<P>
  DryRun: Fields<P>
}>

interface Definition extends Data.TaggedEnum.WithGenerics<1> {
  readonly taggedEnum: DispatchInfo<this["A"]>
}

/**
 * Constructors, guards and `$match` of the two kinds.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher, MicrogridId, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const program = Effect.gen(function* () {
 *   const { client, manage, microgridId } = yield* Dispatcher.Dispatcher
 *   const told: Array<unknown> = []
 *   yield* manage("CHARGE", (info) =>
 *     Effect.sync(() => told.push(info._tag === "DryRun" ? "only tried" : info.payload["power_w"]))
 *   )
 *   const charge = { type: "CHARGE", startTime: "NOW", target: Target.componentIds(7n) } as const
 *   yield* client.create(microgridId, { ...charge, payload: { power_w: 5_000 } })
 *   yield* client.create(microgridId, { ...charge, dryRun: true })
 *   yield* TestClock.adjust("1 second")
 *   assert.deepStrictEqual(told, [5_000, "only tried"])
 * })
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n) }).pipe(
 *   Layer.provide(ServiceClient.layerMemory),
 *   Layer.provideMerge(TestClock.layer())
 * )
 * await Effect.runPromise(Effect.provide(program, Site))
 * ```
 *
 * @see BEHAVIOUR section 7
 * @category constructors
 * @since 0.1.0
 */
export const DispatchInfo = Data.taggedEnum<Definition>()

/**
 * The info of a `Running` change, with its payload decoded.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromChange = <P>(
  { continues, dispatch, until }: RunningStateChange,
  payload: P
): DispatchInfo<P> => {
  const fields = { target: dispatch.target, payload, dispatch, until, continues }
  return dispatch.dryRun ? DispatchInfo.DryRun(fields) : DispatchInfo.Live(fields)
}
