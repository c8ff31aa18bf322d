import { byType } from "@effect-dispatch/core/MergeStrategy"
import * as Metrics from "@effect-dispatch/core/Metrics"
import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { t0 } from "./fixtures.ts"
import { countOf, everyMinute, hearsLate, makeLogs, makeRecorder, run, startDispatcher } from "./managing.ts"
import { hold, layer, moveTo, put, remove } from "./site.ts"

describe("Managed actors: commands (section 7)", () => {
  it.effect(
    "the actor of a command runs to completion; a further occurrence while it is up is an update",
    () =>
      Effect.gen(function* () {
        const { factory, take } = makeRecorder()
        yield* hold(run(1n, 0, 0, everyMinute))
        const dispatcher = yield* startDispatcher()
        yield* dispatcher.manage("CHARGE", factory(Effect.sleep("90 seconds")))
        yield* moveTo(179)
        assert.deepStrictEqual(take(), ["start 1 @0", "update 1 @60", "stop 1 @90", "start 1 @120"])
      }).pipe(Effect.provide(layer))
  )

  it.effect(
    "deletion, deactivation and a change of kind interrupt it, other updates and its retirement do not",
    () =>
      Effect.gen(function* () {
        const { factory, take } = makeRecorder()
        const ids = [1n, 2n, 3n, 4n, 5n]
        yield* hold(...ids.map((id) => run(id, 0, 0)))
        const dispatcher = yield* startDispatcher()
        yield* dispatcher.manage("CHARGE", factory())
        yield* moveTo(10)
        assert.strictEqual(take().length, 5)
        yield* remove(1n)
        yield* put("Updated", run(2n, 0, 0, { version: 2, active: false }))
        yield* put("Updated", run(3n, 0, 0, { version: 2, type: "OTHER" }))
        yield* put("Updated", run(4n, 0, 0, { version: 2, dryRun: true }))
        yield* put("Updated", run(5n, 0, 0, { version: 2, payload: { power: 1 } }))
        assert.deepStrictEqual(take(), ["stop 1 @10", "stop 2 @10", "stop 3 @10", "stop 4 @10"])
        const events = yield* dispatcher.lifecycleEvents()
        const service = yield* ScriptedService
        // A new stream is followed by a listing, which no longer shows what was over long ago.
        yield* moveTo(1_000)
        yield* service.endStreams()
        yield* moveTo(1_010)
        const kinds = yield* Stream.runCollect(Stream.take(events, 1))
        assert.strictEqual(kinds[0]?._tag, "Retired")
        assert.deepStrictEqual(take(), [])
      }).pipe(Effect.provide(layer))
  )

  it.effect("what is deleted or deactivated before its start is heard of is not started", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(t0 - 5_000)
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 0), run(2n, 0, 0), run(3n, 0, 0))
      const { manager } = yield* hearsLate
      yield* manager.manage("CHARGE", factory())
      yield* moveTo(0.5)
      yield* remove(1n)
      yield* put("Updated", run(2n, 0, 0, { version: 2, active: false }))
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["start 3 @5"])
    }).pipe(Effect.provide(layer))
  )

  for (const isDeleted of [false, true]) {
    const outcome = isDeleted ? "is not begun if it is deleted by then" : "is begun then"
    it.effect(`what waits for the end of another actor of its identity ${outcome}`, () =>
      Effect.gen(function* () {
        const { factory, take } = makeRecorder()
        const slow: ReturnType<typeof factory> = (info, updates) =>
          Effect.andThen(
            Effect.addFinalizer(() => Effect.sleep("10 seconds")),
            factory()(info, updates)
          )
        yield* hold(run(1n, 0, 10), run(2n, 15, 15))
        const dispatcher = yield* startDispatcher()
        yield* dispatcher.manage("CHARGE", slow, { merge: byType })
        yield* moveTo(16)
        if (isDeleted) yield* remove(2n)
        yield* moveTo(40)
        assert.deepStrictEqual(take(), ["start 1 @0", "stop 1 @10", ...(isDeleted ? [] : ["start 2 @20"])])
      }).pipe(Effect.provide(layer))
    )
  }

  it.effect("a time limit interrupts it, and is reported and counted", () =>
    Effect.gen(function* () {
      const before = yield* countOf(Metrics.commandsTooLong, "CHARGE")
      const { factory, take } = makeRecorder()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 0), run(2n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(dispatcher.manage("CHARGE", factory(), { commandTimeLimit: "20 seconds" }), logs)
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["start 1 @0", "start 2 @0", "stop 1 @20"])
      assert.deepStrictEqual(lines, [
        "Warn The actor of dispatch 1 (CHARGE) is interrupted: it has taken 20s"
      ])
      assert.strictEqual((yield* countOf(Metrics.commandsTooLong, "CHARGE")) - before, 1)
    }).pipe(Effect.provide(layer))
  )

  it.effect("a run that begins while the actor of a command is up makes it the actor of a run", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 0), run(2n, 10, 60), run(3n, 30, 30), run(4n, 60, 60))
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(
        dispatcher.manage("CHARGE", factory(Effect.sleep("100 seconds")), {
          merge: byType,
          commandTimeLimit: "20 seconds"
        }),
        logs
      )
      yield* moveTo(70)
      assert.deepStrictEqual(take(), [
        "start 1 @0",
        "update 2 @10",
        "update 3 @30",
        "update 2 @30",
        "stop 1 @60",
        "start 4 @60"
      ])
      assert.deepStrictEqual(lines, [])
      // It is the actor of a command that may not take so long.
      yield* moveTo(80)
      assert.lengthOf(lines, 1)
    }).pipe(Effect.provide(layer))
  )
})
