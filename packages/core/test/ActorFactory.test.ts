import * as Actor from "@effect-dispatch/core/Actor"
import { drive } from "@effect-dispatch/core/ActorFactory"
import { byType } from "@effect-dispatch/core/MergeStrategy"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Duration, Effect, References } from "effect"
import { at, dispatch } from "./fixtures.ts"
import { startDispatcher } from "./managing.ts"
import { hold, layer, moveTo, put, secondsOf, settle } from "./site.ts"

const run = (id: bigint, from: number, to: number, fields: Parameters<typeof dispatch>[0] = {}) =>
  dispatch({ id, startTime: at(from), duration: Duration.seconds(to - from), ...fields })

/** Existing actors that tell of their starts and stops. */
const makeActors = Effect.fnUntraced(function* () {
  const log: Array<string> = []
  const tell = (what: string) =>
    Effect.map(DateTime.now, (now) => void log.push(`${what} @${secondsOf(now)}`))
  const end = yield* Deferred.make<void, string>()
  const make = (name: string) =>
    Actor.make({
      name,
      logic: Effect.gen(function* () {
        yield* tell(`${name} starts`)
        yield* Effect.addFinalizer(() => tell(`${name} stops`))
        yield* Deferred.await(end)
      }),
      restartLimit: 0
    })
  return { actors: [yield* make("a"), yield* make("b")], end, take: () => log.splice(0), tell }
})

describe("drive", () => {
  it.effect(
    "starts existing actors with the dispatch, tells them what to do first, and stops them with it",
    () =>
      Effect.gen(function* () {
        const { actors, take, tell } = yield* makeActors()
        yield* hold(run(1n, 0, 60, { payload: { power: 1 } }))
        const dispatcher = yield* startDispatcher()
        yield* dispatcher.manage(
          "CHARGE",
          drive(actors, ({ payload }) => tell(`told ${payload["power"]}`))
        )
        yield* moveTo(10)
        assert.deepStrictEqual(take(), ["told 1 @0", "a starts @0", "b starts @0"])
        yield* put("Updated", run(1n, 0, 60, { version: 2, payload: { power: 2 } }))
        assert.deepStrictEqual(take(), ["told 2 @10"])
        yield* moveTo(100)
        assert.deepStrictEqual(take(), ["a stops @60", "b stops @60"])
      }).pipe(Effect.provide(layer))
  )

  it.effect("stops them with the last dispatch that drives them", () =>
    Effect.gen(function* () {
      const { actors, take } = yield* makeActors()
      yield* hold(run(1n, 0, 60), run(2n, 30, 90), run(3n, 120, 150))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", drive(actors[0] as Actor.Actor<string>))
      yield* moveTo(600)
      assert.deepStrictEqual(take(), ["a starts @0", "a stops @90", "a starts @120", "a stops @150"])
    }).pipe(Effect.provide(layer))
  )

  for (const takes of [0, 100, 20_000]) {
    it.effect(`section 8: two that abut lose no run, though the end takes ${takes} ms`, () =>
      Effect.gen(function* () {
        const log: Array<string> = []
        const tell = (what: string) =>
          Effect.map(DateTime.now, (now) => void log.push(`${what} @${secondsOf(now)}`))
        const actor = yield* Actor.make({
          name: "a",
          logic: Effect.gen(function* () {
            yield* tell("starts")
            yield* Effect.addFinalizer(() => Effect.andThen(Effect.sleep(takes), tell("ended")))
            return yield* Effect.never
          })
        })
        yield* hold(run(1n, 0, 60), run(2n, 60, 600), run(3n, 605, 700))
        const dispatcher = yield* startDispatcher()
        yield* dispatcher.manage("CHARGE", drive(actor))
        yield* moveTo(100)
        const ends = 60 + takes / 1_000
        assert.deepStrictEqual(log.splice(0), ["starts @0", `ended @${ends}`, `starts @${ends}`])
        assert.isTrue(yield* actor.isRunning)
        yield* moveTo(650)
        const endsAgain = 600 + takes / 1_000
        assert.deepStrictEqual(log, [`ended @${endsAgain}`, `starts @${Math.max(605, endsAgain)}`])
        yield* moveTo(800)
        assert.isFalse(yield* actor.isRunning)
      }).pipe(Effect.provide(layer))
    )
  }

  it.effect("does not start for a dry run what is not told that it is one", () =>
    Effect.gen(function* () {
      const { actors, take, tell } = yield* makeActors()
      yield* hold(run(1n, 0, 60, { dryRun: true }), run(2n, 100, 160, { dryRun: true, type: "OTHER" }))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", drive(actors))
      yield* dispatcher.manage(
        "OTHER",
        drive(actors, ({ _tag }) => tell(_tag))
      )
      yield* moveTo(60)
      assert.deepStrictEqual(take(), [])
      yield* moveTo(200)
      assert.deepStrictEqual(take(), [
        "DryRun @100",
        "a starts @100",
        "b starts @100",
        "a stops @160",
        "b stops @160"
      ])
    }).pipe(Effect.provide(layer))
  )

  it.effect("lets go of them when what it acts for becomes a dry run, and takes them again afterwards", () =>
    Effect.gen(function* () {
      const { actors, take } = yield* makeActors()
      yield* hold(run(1n, 0, 100), run(2n, 10, 50, { dryRun: true }))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", drive(actors), { merge: { identity: () => "all" } })
      yield* moveTo(20)
      assert.deepStrictEqual(take(), ["a starts @0", "b starts @0", "a stops @10", "b stops @10"])
      yield* moveTo(200)
      assert.deepStrictEqual(take(), ["a starts @50", "b starts @50", "a stops @100", "b stops @100"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("fails with an actor that fails for good, and is tried again", () =>
    Effect.gen(function* () {
      const { actors, end, take } = yield* makeActors()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", drive([actors[0] as Actor.Actor<string>]), { merge: byType })
      yield* moveTo(10)
      yield* Deferred.fail(end, "broken")
      yield* settle
      assert.deepStrictEqual(take(), ["a starts @0", "a stops @10"])
      yield* moveTo(70)
      assert.deepStrictEqual(take(), ["a starts @70", "a stops @70"])
    }).pipe(Effect.provide(layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.effect("ends when all actors have ended by themselves", () =>
    Effect.gen(function* () {
      const { actors, end, take } = yield* makeActors()
      yield* hold(run(1n, 0, 600))
      const dispatcher = yield* startDispatcher()
      yield* dispatcher.manage("CHARGE", drive(actors))
      yield* moveTo(10)
      yield* Deferred.succeed(end, undefined)
      yield* moveTo(100)
      assert.deepStrictEqual(take(), ["a starts @0", "b starts @0", "a stops @10", "b stops @10"])
      yield* put("Updated", run(1n, 0, 600, { version: 2, payload: { power: 1 } }))
      assert.deepStrictEqual(take(), ["a starts @100", "a stops @100", "b starts @100", "b stops @100"])
    }).pipe(Effect.provide(layer))
  )
})
