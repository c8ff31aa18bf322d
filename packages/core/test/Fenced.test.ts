/** An actor whose store refuses for good: another has taken over (S10, "Fenced"). */
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Stream } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import { TestClock } from "effect/testing"
import { UnreliableStore } from "./internal/site/unreliableStore.ts"
import { at, dispatch, t0 } from "./fixtures.ts"
import { makeProcess, startProcess } from "./recovering.ts"
import { hold, moveTo, settle } from "./site.ts"

const layerOf = ({ store }: UnreliableStore) =>
  DispatchScheduler.layer.pipe(
    Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
    Layer.merge(ScriptedService.layer),
    Layer.merge(Layer.provide(SitePersistence.layer, Layer.succeed(KeyValueStore.KeyValueStore, store))),
    Layer.provideMerge(Probe.layer)
  )

const taken = { cause: { _tag: "Fenced", message: "taken" } }

describe("S10: a store that refuses for good", () => {
  for (const isFenced of [true, false]) {
    const name = isFenced ? "nothing is told that is not noted, and the actor ends" : "control: all is told"

    it.effect(`a run that starts: ${name}`, () => {
      const store = new UnreliableStore()
      return Effect.gen(function* () {
        yield* TestClock.setTime(t0 - 10_000)
        yield* hold(dispatch({ id: 1n, startTime: at(10) }))
        const { actor, takeChanges } = yield* startProcess
        yield* moveTo(9)
        if (isFenced) store.fateOf = (operation) => (operation === "set" ? taken : "Done")
        yield* moveTo(20)
        assert.deepStrictEqual(takeChanges(), isFenced ? [] : ["Running 1 CHARGE Scheduled @10"])
        assert.strictEqual(yield* actor.actor.isRunning, !isFenced)
        if (!isFenced) return
        assert.include(String(yield* Effect.flip(actor.actor.wait)), "taken")
        assert.strictEqual((yield* actor.status)._tag, "Stale")
        // Those that come now end at once.
        const { lifecycleEvents, missedRuns, runningStateChanges } = actor
        for (const stream of [yield* runningStateChanges(), yield* missedRuns(), yield* lifecycleEvents()]) {
          const reading = yield* Effect.forkScoped(Stream.runDrain<unknown, never, never>(stream))
          yield* settle
          assert.isDefined(reading.pollUnsafe())
        }
      }).pipe(Effect.scoped, Effect.provide(layerOf(store)))
    })

    it.effect(`nothing but a missed run: ${name}`, () => {
      const store = new UnreliableStore()
      return Effect.gen(function* () {
        yield* TestClock.setTime(t0 - 10_000)
        yield* hold(dispatch({ id: 1n, startTime: at(60), duration: Duration.zero }))
        const first = yield* makeProcess
        yield* first.actor.actor.start
        yield* moveTo(10)
        yield* first.end
        yield* moveTo(300)
        if (isFenced) store.fateOf = (operation) => (operation === "set" ? taken : "Done")
        const { takeChanges, takeMissed } = yield* startProcess
        yield* moveTo(310)
        assert.deepStrictEqual([takeChanges(), takeMissed()], [[], isFenced ? [] : ["1 LateWakeUp"]])
      }).pipe(Effect.scoped, Effect.provide(layerOf(store)))
    })
  }
})
