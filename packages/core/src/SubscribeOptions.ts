/**
 * The options of subscribers of a dispatching actor.
 *
 * @since 0.1.0
 */
import * as Checks from "./internal/port/optionChecks.ts"
import type { Merging } from "./internal/subscribers/merge.ts"
import type { MergeStrategy } from "./MergeStrategy.ts"

/**
 * The options of a subscription.
 *
 * @category models
 * @since 0.1.0
 */
export interface SubscribeOptions {
  /** Only dispatches of this type. */
  readonly type?: string | undefined
  /**
   * Begins with the present state: the last change of every running dispatch, or every known dispatch as `Created`.
   * For 10 minutes, the stops of runs that an earlier process had announced come before them.
   */
  readonly current?: boolean | undefined
  /**
   * The number of values this subscriber may be behind before they are conflated: that of the actor unless given, at
   * least 2, so that a command's start and stop fit.
   */
  readonly capacity?: number | undefined
}

/**
 * The options of a subscription to running-state changes.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher, MergeStrategy, MicrogridId, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer, Stream } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const program = Effect.gen(function* () {
 *   const { client, microgridId, runningStateChanges } = yield* Dispatcher.Dispatcher
 *   yield* client.create(microgridId, { type: "CHARGE", startTime: "NOW", target: Target.componentIds(7n) })
 *   yield* TestClock.adjust("1 hour")
 *   const options = { current: true, capacity: 16, merge: MergeStrategy.byType }
 *   const present = yield* Stream.runCollect(Stream.take(yield* runningStateChanges("CHARGE", options), 1))
 *   assert.strictEqual(present[0]?.at.epochMilliseconds, 0)
 * })
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n) }).pipe(
 *   Layer.provide(ServiceClient.layerMemory),
 *   Layer.provideMerge(TestClock.layer())
 * )
 * await Effect.runPromise(Effect.scoped(Effect.provide(program, Site)))
 * ```
 *
 * @see BEHAVIOUR section 5
 * @category models
 * @since 0.1.0
 */
export interface RunningStateOptions extends SubscribeOptions {
  /** The strategy by which dispatches are told of as one: each by itself unless given. */
  readonly merge?: MergeStrategy | undefined
  /** Takes no part in the stops of an earlier process's runs: it could not act upon them. @internal */
  readonly leavesRecovered?: boolean | undefined
  /** Merges in the place of `merge`, for a subscriber that needs to know the identities. @internal */
  readonly merging?: Merging | undefined
}

const missed = { capacity: Checks.optional(Checks.capacity) }

const events = { ...missed, current: Checks.optional(Checks.flag) }

const changes = {
  ...events,
  merge: Checks.optional(Checks.merge),
  leavesRecovered: Checks.optional(Checks.flag),
  merging: Checks.anything
}

const type = Checks.optional(Checks.dispatchType)

/** Dies for options that a subscription cannot use. @internal */
export const checkSubscription = {
  events: Checks.checkedOrDie<SubscribeOptions>({ ...events, type }),
  changes: Checks.checkedOrDie<RunningStateOptions>({ ...changes, type }),
  missed: Checks.checkedOrDie<Omit<SubscribeOptions, "current">>({ ...missed, type })
}

/** Dies for options that a subscription cannot use for which the type is given apart. @internal */
export const checkSubscriptionOfType = {
  events: Checks.checkedOrDie<Omit<SubscribeOptions, "type">>(events),
  changes: Checks.checkedOrDie<Omit<RunningStateOptions, "type">>(changes),
  missed: Checks.checkedOrDie<Omit<SubscribeOptions, "type" | "current">>(missed)
}
