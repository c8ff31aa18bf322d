/**
 * The starts and stops that are decided at one instant and carried unchanged to every reader.
 *
 * @since 0.1.0
 */
import { type DateTime, Schema } from "effect"
import type { Dispatch } from "./Dispatch.ts"

/**
 * The cause of the evaluation that decided a change: the timer (`Scheduled`), a transition of a dispatch (`Created`,
 * `Updated`, `Deleted`), a service that was set back (`Resync`), a clock set back (`ClockJump`), an announcement of an
 * earlier process (`Recovered`), or the end of another dispatch of the same merge identity (`Merged`).
 *
 * @category schemas
 * @since 0.1.0
 */
export const ChangeCause = Schema.Literals([
  "Scheduled",
  "Created",
  "Updated",
  "Deleted",
  "Resync",
  "ClockJump",
  "Recovered",
  "Merged"
])

/**
 * The cause of a change.
 *
 * @category models
 * @since 0.1.0
 */
export type ChangeCause = typeof ChangeCause.Type

/**
 * A dispatch starts, is reconfigured (`Running` while it runs), or stops.
 *
 * The value is the decision: it stays true for its instant however late it is read.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunningStateChange {
  /** The version it is about; a `Stopped` always has the one that was running. */
  readonly dispatch: Dispatch
  readonly state: "Running" | "Stopped"
  /** The instant from which it holds: the edge of the schedule, or the instant at which an input was evaluated. */
  readonly at: DateTime.Utc
  /** The instant of the decision; later than `at` by the delay of the timer. */
  readonly decidedAt: DateTime.Utc
  /** Start of the run it belongs to. */
  readonly occurrence: DateTime.Utc
  /** Planned end of that run, as last announced; absent if none. In a `Stopped`, `until > at` is an early stop. */
  readonly until: DateTime.Utc | undefined
  /** True if another occurrence begins no later than `until`. */
  readonly continues: boolean
  readonly cause: ChangeCause
  /** The version announced before, where an update led to a `Running`. */
  readonly previous?: Dispatch
  /** The new version, where an update led to a `Stopped`. */
  readonly next?: Dispatch
}

/**
 * Tells whether a change belongs to a command: an occurrence without a length, whose start and stop come together.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher, MicrogridId, RunningStateChange, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer, Stream } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { client, initialized, microgridId, runningStateChanges } = yield* Dispatcher.Dispatcher
 *   yield* initialized
 *   const changes = yield* runningStateChanges("RESET")
 *   const target = Target.componentIds(7n)
 *   yield* client.create(microgridId, { type: "RESET", startTime: "NOW", duration: 0, target })
 *   const [running, stopped] = yield* Stream.runCollect(Stream.take(changes, 2))
 *   assert.ok(running !== undefined && RunningStateChange.isCommand(running))
 *   assert.deepStrictEqual(stopped?.at, running.at)
 * })
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n) })
 * const layer = Layer.provide(Site, ServiceClient.layerMemory)
 * await Effect.runPromise(Effect.scoped(Effect.provide(program, layer)))
 * ```
 *
 * @see BEHAVIOUR section 4
 * @category guards
 * @since 0.1.0
 */
export const isCommand = ({ occurrence, until }: RunningStateChange): boolean =>
  until !== undefined && until.epochMilliseconds === occurrence.epochMilliseconds

/**
 * Occurrences that came and went unannounced: one, or (`MissedRuns`) all that lie before the latest sixteen. Commands
 * executed between `first` and `last` are not counted.
 *
 * @category models
 * @since 0.1.0
 */
export type MissedRun =
  | {
      readonly _tag: "MissedRun"
      readonly dispatch: Dispatch
      readonly occurrence: DateTime.Utc
      readonly reason: MissedReason
    }
  | {
      readonly _tag: "MissedRuns"
      readonly dispatch: Dispatch
      readonly first: DateTime.Utc
      readonly last: DateTime.Utc
      readonly count: number
      readonly reason: MissedReason
    }

/**
 * The reason why an occurrence was missed:
 *
 * - `LateWakeUp`: the timer woke too late (a blocked or suspended process, a clock set forward, no process);
 * - `SlowSubscriber`: the subscriber was too slow to keep a command's pair;
 * - `NotTold`: it came and went before it could be noted and told;
 * - `Unremembered`: it may have been executed before, and the record of that is gone.
 *
 * @category schemas
 * @since 0.1.0
 */
export const MissedReason = Schema.Literals(["LateWakeUp", "SlowSubscriber", "NotTold", "Unremembered"])

/**
 * The reason why an occurrence was missed.
 *
 * @category models
 * @since 0.1.0
 */
export type MissedReason = typeof MissedReason.Type
