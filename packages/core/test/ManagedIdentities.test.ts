import { byTypeTarget } from "@effect-dispatch/core/MergeStrategy"
import * as Metrics from "@effect-dispatch/core/Metrics"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Latch, References, Stream } from "effect"
import { countOf, everyMinute, makeLogs, makeRecorder, run, startDispatcher } from "./managing.ts"
import { hold, layer, moveTo, put, settle } from "./site.ts"

describe("Managed actors: the actor of an identity (section 7)", () => {
  it.effect("begins its updates with the first info, and gives the latest to whoever reads slowly", () =>
    Effect.gen(function* () {
      const goOn = Latch.makeUnsafe(false)
      const slow: Array<unknown> = []
      const quick: Array<unknown> = []
      yield* hold(run(1n, 0, 600, { payload: { power: 1 } }))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", (_info, updates) =>
        Effect.all(
          [
            Stream.runForEach(updates, ({ payload }) =>
              Effect.andThen(
                Effect.sync(() => slow.push(payload["power"])),
                goOn.await
              )
            ),
            Stream.runForEach(updates, ({ payload }) => Effect.sync(() => quick.push(payload["power"])))
          ],
          { concurrency: "unbounded" }
        )
      )
      yield* moveTo(10)
      for (const version of [2, 3, 4]) {
        yield* put("Updated", run(1n, 0, 600, { version, payload: { power: version } }))
      }
      goOn.openUnsafe()
      yield* settle
      assert.deepStrictEqual(
        [slow, quick],
        [
          [1, 4],
          [1, 2, 3, 4]
        ]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("has a scope of its own, and works with what the environment had as it was managed", () =>
    Effect.gen(function* () {
      class Battery extends Context.Service<Battery, { readonly name: string }>()("test/Battery") {}
      const seen: Array<string> = []
      yield* hold(run(1n, 0, 60))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher
        .manage("CHARGE", () =>
          Effect.gen(function* () {
            const { name } = yield* Battery
            yield* Effect.addFinalizer(() => Effect.sync(() => seen.push(`closed ${name}`)))
            seen.push(`open ${name}`)
            yield* Effect.forkScoped(
              Effect.onInterrupt(Effect.never, () => Effect.sync(() => seen.push("child")))
            )
            return yield* Effect.never
          })
        )
        .pipe(Effect.provideService(Battery, { name: "north" }))
      yield* moveTo(30)
      assert.deepStrictEqual(seen, ["open north"])
      yield* moveTo(60)
      assert.deepStrictEqual(seen, ["open north", "child", "closed north"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("is not started again before its finalizers have ended; that they take long is reported", () =>
    Effect.gen(function* () {
      const { lines, layer: logs } = makeLogs()
      const { take, write } = makeRecorder()
      yield* hold(run(1n, 0, 600), run(2n, 0, 20))
      const late = yield* countOf(Metrics.stopsLate, "CHARGE")
      const dispatcher = yield* startDispatcher()
      yield* dispatcher
        .manage("CHARGE", (info) =>
          Effect.andThen(write("start", info), Effect.never).pipe(
            Effect.onInterrupt(() =>
              Effect.andThen(
                Effect.sleep(info.dispatch.id === 1n ? "30 seconds" : "0 seconds"),
                write("closed", info)
              )
            )
          )
        )
        .pipe(Effect.provide(logs))
      yield* moveTo(10)
      yield* put("Updated", run(1n, 0, 600, { version: 2, active: false }))
      yield* moveTo(11)
      yield* put("Updated", run(1n, 0, 600, { version: 3 }))
      yield* put("Updated", run(1n, 0, 600, { version: 4, payload: { power: 1 } }))
      yield* moveTo(19)
      assert.deepStrictEqual([take(), lines], [["start 1 @0", "start 2 @0"], []])
      // The limit passes, others are not kept waiting.
      yield* moveTo(21)
      assert.deepStrictEqual(take(), ["closed 2 @20"])
      assert.deepStrictEqual(lines, [
        "Warn The actor of CHARGE 1 has not ended 10s after it was stopped; it is not started again before it has"
      ])
      assert.strictEqual((yield* countOf(Metrics.stopsLate, "CHARGE")) - late, 1)
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["closed 1 @40", "start 1 @40"])
      yield* moveTo(700)
      assert.deepStrictEqual(take(), ["closed 1 @630"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("is not started after all when its dispatch stopped while its finalizers ran", () =>
    Effect.gen(function* () {
      const { take, write } = makeRecorder()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", (info) =>
        Effect.andThen(write("start", info), Effect.never).pipe(
          Effect.onInterrupt(() => Effect.sleep("5 seconds"))
        )
      )
      yield* moveTo(10)
      for (const version of [2, 3, 4]) {
        yield* put("Updated", run(1n, 0, 600, { version, active: version % 2 === 1 }))
      }
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["start 1 @0"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("that ends by itself is started again by the next change, and by nothing else", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 40, everyMinute), run(2n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(Effect.sleep("1 second")))
      yield* moveTo(59)
      assert.deepStrictEqual(take(), ["start 1 @0", "start 2 @0", "stop 1 @1", "stop 2 @1"])
      yield* moveTo(61)
      assert.deepStrictEqual(take(), ["start 1 @60", "stop 1 @61"])
      yield* put("Updated", run(2n, 0, 600, { version: 2, payload: { power: 1 } }))
      assert.deepStrictEqual(take(), ["start 2 @61"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("that has ended but for its finalizers is started again by what is announced meanwhile", () =>
    Effect.gen(function* () {
      const { take, write } = makeRecorder()
      yield* hold(run(1n, 0, 600), run(2n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", (info) =>
        Effect.gen(function* () {
          yield* Effect.addFinalizer(() => Effect.sleep("10 seconds"))
          yield* write("start", info)
          // The one fails, the other ends by itself.
          yield* info.dispatch.id === 1n ? Effect.fail("broken") : Effect.void
        })
      )
      yield* moveTo(5)
      yield* put("Updated", run(1n, 0, 600, { version: 2, payload: { power: 1 } }))
      yield* put("Updated", run(2n, 0, 600, { version: 2, payload: { power: 1 } }))
      yield* moveTo(15)
      assert.deepStrictEqual(take(), ["start 1 @0", "start 2 @0", "start 1 @10", "start 2 @10"])
    }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.effect("whose finalizer fails is reported, whether it was stopped or has ended by itself", () =>
    Effect.gen(function* () {
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 60), run(2n, 0, 60), run(3n, 0, 60))
      const dispatcher = yield* startDispatcher()
      const manage = dispatcher.manage("CHARGE", ({ dispatch: { id } }) =>
        Effect.andThen(
          Effect.addFinalizer(() => (id === 2n ? Effect.void : Effect.die("no way back"))),
          id === 3n ? Effect.sleep("30 seconds") : Effect.never
        )
      )
      yield* Effect.provide(manage, logs)
      yield* moveTo(30)
      assert.deepStrictEqual(lines, ["Error The actor of dispatch 3 (CHARGE) failed: no way back"])
      yield* moveTo(100)
      assert.deepStrictEqual(lines.slice(1), ["Error The actor of dispatch 1 (CHARGE) failed: no way back"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("that interrupts itself has ended by itself", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      const { lines, layer: logs } = makeLogs()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* Effect.provide(dispatcher.manage("CHARGE", factory(Effect.interrupt)), logs)
      yield* moveTo(600)
      assert.deepStrictEqual([take(), lines], [["start 1 @0", "stop 1 @0"], []])
    }).pipe(Effect.provide(layer))
  )

  it.effect("of an identity that changes is stopped, and that of the new one started", () =>
    Effect.gen(function* () {
      const { factory, take } = makeRecorder()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", factory(), { merge: byTypeTarget })
      yield* moveTo(10)
      yield* put("Updated", run(1n, 0, 600, { version: 2, target: Target.componentIds(9n) }))
      assert.deepStrictEqual(take(), ["start 1 @0", "stop 1 @10", "start 1 @10"])
      yield* put("Updated", run(1n, 0, 600, { version: 3, type: "OTHER" }))
      assert.deepStrictEqual(take(), ["stop 1 @10"])
    }).pipe(Effect.provide(layer))
  )
})
