/**
 * The information that a managed actor gets about the dispatch it acts for.
 *
 * @since 0.1.0
 */
import { Data, type DateTime, Effect, Schema } from "effect"
import type { Dispatch } from "./Dispatch.ts"
import { outcomeFault } from "./internal/journal/outcome.ts"
import type { Payload } from "./Payload.ts"
import type { RunningStateChange } from "./RunningStateChange.ts"
import type { Target } from "./Target.ts"

/**
 * A JSON that an application added to a run is refused: it is no JSON, or has more than `outcomeBytesMax` bytes as text.
 *
 * @category errors
 * @since 0.1.0
 */
export class OutcomeRefused extends Schema.TaggedError<OutcomeRefused>()("OutcomeRefused", {
  /** The place of the fault, as `outcome.power`. */
  path: Schema.String,
  message: Schema.String
}) {}

/**
 * Adds a small JSON to the run: what it delivered, or why the application refused it. The last one counts. It never
 * waits, and does nothing but to check where no journal is kept.
 *
 * @category models
 * @since 0.1.0
 */
export type ReportOutcome = (outcome: Schema.Json) => Effect.Effect<void, OutcomeRefused>

/** A journal of runs, or none. */
interface Reported {
  readonly reported: (change: RunningStateChange, outcome: Schema.Json) => void
}

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
  /** Adds to the run, in the journal of the site: see `ReportOutcome`. */
  readonly report: ReportOutcome
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
 * The info of a `Running` change, with its payload decoded, and the journal that its reports go to, if there is one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromChange = <P>(
  change: RunningStateChange,
  payload: P,
  journal?: Reported
): DispatchInfo<P> => {
  const { continues, dispatch, until } = change
  const report: ReportOutcome = (outcome) =>
    Effect.suspend(() => {
      const fault = outcomeFault(outcome)
      if (fault !== undefined) return Effect.fail(new OutcomeRefused(fault))
      journal?.reported(change, outcome)
      return Effect.void
    })
  const fields = { target: dispatch.target, payload, dispatch, until, continues, report }
  return dispatch.dryRun ? DispatchInfo.DryRun(fields) : DispatchInfo.Live(fields)
}
