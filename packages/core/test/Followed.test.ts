/** An actor whose store follows the changes (S10, "Followed"). */
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { isCommand, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { SitePersistence } from "@effect-dispatch/core/SitePersistence"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { UnreliableStore } from "./internal/site/unreliableStore.ts"
import { at, dispatch, t0 } from "./fixtures.ts"
import { startProcess } from "./recovering.ts"
import { hold, moveTo, remove } from "./site.ts"

/** A store that follows, and what it was told: beside its own operations. */
class FollowingStore extends UnreliableStore {
  readonly told: Array<string> = []
  mayTell = false

  get layer() {
    return DispatchScheduler.layer.pipe(
      Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
      Layer.merge(ScriptedService.layer),
      Layer.merge(
        Layer.succeed(
          SitePersistence,
          Option.some({
            ...this.store,
            follower: {
              noting: (changes) => this.#add("noting", changes),
              telling: (changes) => this.#add("telling", changes),
              dropping: (changes) => this.#add("dropping", changes),
              mayTellUnnoted: () => this.mayTell,
              caughtUp: () => void this.told.push("caught up")
            }
          })
        )
      ),
      Layer.provideMerge(Probe.layer)
    )
  }

  #add(what: string, changes: ReadonlyArray<RunningStateChange>): void {
    const names = changes.map(
      (change) => `${change.state} ${change.dispatch.id}${isCommand(change) ? "!" : ""}`
    )
    this.told.push(`${what} ${names.join(", ")}`)
  }
}

const run = (id: bigint) => dispatch({ id, startTime: at(10), duration: Duration.seconds(60) })
const command = (id: bigint) => dispatch({ id, startTime: at(10), duration: Duration.zero })

describe("S10: a store that follows the changes", () => {
  it.effect("is told what is noted, what is told, and what was noted in vain", () => {
    const store = new FollowingStore()
    return Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      yield* hold(run(1n), command(2n), run(3n))
      const { takeChanges } = yield* startProcess
      assert.deepStrictEqual(store.told.splice(0), ["caught up"])
      yield* moveTo(9)
      store.fateOf = (operation, key) => (operation === "set" && key.includes("note") ? "Hanging" : "Done")
      yield* moveTo(10)
      assert.deepStrictEqual(store.told, ["noting Running 2!, Stopped 2!, Running 1, Running 3"])
      yield* remove(3n)
      store.release()
      yield* moveTo(11)
      assert.deepStrictEqual(store.told.slice(1), [
        "telling Running 2!, Stopped 2!, Running 1",
        "dropping Running 3"
      ])
      yield* moveTo(80)
      assert.deepStrictEqual(store.told.slice(3), ["telling Stopped 1"])
      assert.strictEqual(takeChanges().length, 4)
    }).pipe(Effect.scoped, Effect.provide(store.layer))
  })

  it.effect(
    "S10: a start that cannot be noted waits until it may be told, and its record is written next",
    () => {
      const store = new FollowingStore()
      return Effect.gen(function* () {
        yield* TestClock.setTime(t0 - 10_000)
        yield* hold(run(1n), command(2n))
        const { takeChanges } = yield* startProcess
        yield* moveTo(9)
        store.fateOf = (operation) => (operation === "set" ? "Failed" : "Done")
        yield* moveTo(20)
        assert.deepStrictEqual(takeChanges(), [])
        store.mayTell = true
        yield* moveTo(21)
        assert.deepStrictEqual(takeChanges(), ["Running 1 CHARGE Scheduled @10"])
        // The command waits for its note, and a start that comes meanwhile does not wait for the command.
        yield* moveTo(30)
        assert.deepStrictEqual(takeChanges(), [])
        store.release()
        yield* moveTo(40)
        assert.deepStrictEqual(takeChanges(), [
          "Running 2 CHARGE Scheduled @10",
          "Stopped 2 CHARGE Scheduled @10"
        ])
        assert.isTrue([...store.values.keys()].some((key) => key.endsWith("group-1")))
      }).pipe(Effect.scoped, Effect.provide(store.layer))
    }
  )

  it.effect("S10: what waits for a store that hangs goes on when it answers, each once", () => {
    const store = new FollowingStore()
    return Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      yield* hold(
        run(1n),
        command(2n),
        dispatch({ id: 3n, startTime: at(0), duration: Duration.seconds(12) })
      )
      const { takeChanges } = yield* startProcess
      yield* moveTo(9)
      takeChanges()
      store.fateOf = (operation) => (operation === "set" ? "Hanging" : "Done")
      yield* moveTo(18)
      // No stop waits.
      assert.deepStrictEqual(takeChanges(), ["Stopped 3 CHARGE Scheduled @12"])
      store.release()
      yield* moveTo(20)
      assert.deepStrictEqual(takeChanges(), [
        "Running 2 CHARGE Scheduled @10",
        "Stopped 2 CHARGE Scheduled @10",
        "Running 1 CHARGE Scheduled @10"
      ])
      yield* moveTo(60)
      assert.deepStrictEqual(takeChanges(), [])
    }).pipe(Effect.scoped, Effect.provide(store.layer))
  })

  it.effect("S10: a command that waited for too long is missed, not executed", () => {
    const store = new FollowingStore()
    return Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 10_000)
      yield* hold(command(2n))
      const { takeChanges, takeMissed } = yield* startProcess
      yield* moveTo(9)
      store.fateOf = (operation) => (operation === "set" ? "Failed" : "Done")
      store.mayTell = true
      yield* moveTo(300)
      store.release()
      yield* moveTo(310)
      assert.deepStrictEqual([takeChanges(), takeMissed()], [[], ["2 NotTold"]])
    }).pipe(Effect.scoped, Effect.provide(store.layer))
  })
})
