/**
 * The code that runs while a dispatch runs.
 *
 * @since 0.1.0
 */
import { Deferred, Effect, type Scope, Semaphore, Stream } from "effect"
import type { Actor } from "./Actor.ts"
import type { DispatchInfo } from "./DispatchInfo.ts"
import { listOf } from "./internal/check.ts"
import * as Checks from "./internal/port/optionChecks.ts"
import { refuseUnsafe } from "./Options.ts"
import type { Payload } from "./Payload.ts"

/**
 * Makes the actor of a dispatch, or of an identity of a merge strategy. The effect runs in a scope of its own: it
 * begins when the dispatch starts and is interrupted when the dispatch stops.
 *
 * `updates` first gives `info`, then every newer info. Each read gives the latest: an info that is replaced before it
 * was read is never seen.
 *
 * @category models
 * @since 0.1.0
 */
export type ActorFactory<P = Payload, E = never, R = never> = (
  info: DispatchInfo<P>,
  updates: Stream.Stream<DispatchInfo<P>>
) => Effect.Effect<unknown, E, R>

/**
 * Drives existing actors: starts them when the first dispatch starts, and stops them when the last dispatch that drives
 * them stops. If one of them fails for good, all are stopped and the factory fails with that failure.
 *
 * `update` gets the info before the actors are started, and every newer info. Dry runs are followed only with `update`:
 * without it, an actor cannot know that it acts for a dry run. For anything but actors it throws an `OptionError`.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Actor, ActorFactory, Dispatcher, MicrogridId, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const program = Effect.gen(function* () {
 *   const { client, manage, microgridId } = yield* Dispatcher.Dispatcher
 *   const charger = yield* Actor.make({ name: "charger", logic: Effect.never })
 *   yield* manage("CHARGE", ActorFactory.drive(charger))
 *   const target = Target.componentIds(7n)
 *   yield* client.create(microgridId, { type: "CHARGE", startTime: "NOW", duration: "1 hour", target })
 *   yield* TestClock.adjust("1 minute")
 *   assert.ok(yield* charger.isRunning)
 *   yield* TestClock.adjust("1 hour")
 *   assert.ok(!(yield* charger.isRunning))
 * })
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n) }).pipe(
 *   Layer.provide(ServiceClient.layerMemory),
 *   Layer.provideMerge(TestClock.layer())
 * )
 * await Effect.runPromise(Effect.scoped(Effect.provide(program, Site)))
 * ```
 *
 * @see BEHAVIOUR section 7
 * @category constructors
 * @since 0.1.0
 */
export const drive = <P = Payload, E = never, E2 = never, R = never>(
  actors: Actor<E> | ReadonlyArray<Actor<E>>,
  update?: (info: DispatchInfo<P>) => Effect.Effect<void, E2, R>
): ActorFactory<P, E | E2, R | Scope.Scope> => {
  const all: ReadonlyArray<Actor<E>> = [actors].flat()
  refuseUnsafe(listOf(Checks.actor)(all, "actors") ?? Checks.optional(Checks.aFunction)(update, "update"))
  /** The number of dispatches that want them to run. */
  let wanted = 0
  /** Starting and stopping take turns, so that nothing is started that is about to be stopped. */
  const turn = Semaphore.makeUnsafe(1)
  const start = turn.withPermit(Effect.forEach(all, (actor) => actor.start, { discard: true }))
  const stop = Effect.forEach(
    all,
    (actor) =>
      Effect.catchCause(actor.stop("no dispatch drives it any more"), (cause) =>
        Effect.logError(`${actor.name} failed as it was stopped`, cause)
      ),
    { concurrency: "unbounded", discard: true }
  )

  return (_info, updates) =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      let isWanted = false
      const want = (isNow: boolean) => {
        if (isNow !== isWanted) wanted += isNow ? 1 : -1
        isWanted = isNow
      }
      const stopUnlessWanted = Effect.suspend(() => {
        want(false)
        return turn.withPermit(Effect.suspend(() => (wanted === 0 ? stop : Effect.void)))
      })
      yield* Effect.addFinalizer(() => stopUnlessWanted)
      const follow = Stream.runForEach(updates, (info) =>
        Effect.gen(function* () {
          if (update === undefined && info._tag === "DryRun") return yield* stopUnlessWanted
          if (update !== undefined) yield* update(info)
          want(true)
          yield* start
          yield* Deferred.succeed(started, undefined)
        })
      )
      const end = Effect.andThen(
        Deferred.await(started),
        Effect.forEach(all, (actor) => actor.wait, { concurrency: "unbounded", discard: true })
      )
      yield* Effect.raceFirst(end, follow)
    })
}
