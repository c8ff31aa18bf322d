import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "../../fixtures.ts"
import { collect, hold, inShort, layer, microgridId, moveTo, put, quiet, remove, settle } from "../../site.ts"

/** An actor, and the scope it lives in. */
const start = Effect.gen(function* () {
  yield* TestClock.setTime(t0 - 10_000)
  const scope = yield* Scope.make()
  const actor = yield* DispatchingActor.make({ microgridId, sync: quiet }).pipe(Scope.provide(scope))
  yield* actor.actor.start
  yield* settle
  return { actor, scope }
})

const tags = (events: ReadonlyArray<{ readonly _tag: string }>) => events.map(({ _tag }) => _tag)

describe("subscriptions", () => {
  it.effect("begin with what was readable last, so that its next version is an update", () =>
    Effect.gen(function* () {
      yield* hold(dispatch())
      const { actor } = yield* start
      yield* put("Updated", {
        _tag: "UnreadableDispatch",
        id: DispatchId.make(1n),
        updateTime: 2n,
        path: "target",
        message: "of the future"
      })
      const events = yield* collect(yield* actor.lifecycleEvents({ current: true }))
      yield* put("Updated", dispatch({ version: 3 }))
      assert.deepStrictEqual(tags(events), ["Created", "Updated"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("to a type see a dispatch come to it as new, and leave it with an update", () =>
    Effect.gen(function* () {
      yield* hold(dispatch({ type: "A" }))
      const { actor } = yield* start
      const ofA = yield* collect(yield* actor.lifecycleEvents({ type: "A", current: true }))
      const ofB = yield* collect(yield* actor.lifecycleEvents({ type: "B", current: true }))
      yield* put("Updated", dispatch({ type: "B", version: 2 }))
      yield* remove(1n)
      assert.deepStrictEqual(
        [tags(ofA), tags(ofB)],
        [
          ["Created", "Updated"],
          ["Created", "Deleted"]
        ]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("end in good order with the actor, after all that was published", () =>
    Effect.gen(function* () {
      const { actor, scope } = yield* start
      yield* put("Created", dispatch({ startTime: at(-10) }))
      const changes = yield* actor.runningStateChanges({ current: true })
      const reader = yield* Effect.forkScoped(Stream.runCollect(changes))
      yield* settle
      yield* remove(1n)
      yield* Scope.close(scope, Exit.void)
      yield* settle
      assert.deepStrictEqual((yield* Fiber.join(reader)).map(inShort), ["Running 1 @-10", "Stopped 1 @-10"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("publish a change before the event, and missed runs after all changes", () =>
    Effect.gen(function* () {
      const { actor } = yield* start
      const log: Array<string> = []
      const note = <A>(stream: Stream.Stream<A>, name: (value: A) => string) =>
        Effect.forkScoped(Stream.runForEach(stream, (value) => Effect.sync(() => log.push(name(value)))))
      yield* note(yield* actor.lifecycleEvents(), ({ _tag }) => _tag)
      yield* note(yield* actor.runningStateChanges(), ({ state }) => state)
      yield* put("Created", dispatch({ startTime: at(-60), duration: Duration.hours(1) }))
      yield* remove(1n)
      assert.deepStrictEqual(log, ["Running", "Created", "Stopped", "Deleted"])
    }).pipe(Effect.provide(layer))
  )

  for (const capacity of [2, 3]) {
    it.effect(`of capacity ${capacity} get a command whole, if they keep up`, () =>
      Effect.gen(function* () {
        yield* hold(dispatch({ duration: Duration.zero }))
        const { actor } = yield* start
        const changes = yield* collect(yield* actor.runningStateChanges({ capacity }))
        const missed = yield* collect(yield* actor.missedRuns())
        yield* moveTo(0)
        assert.deepStrictEqual([changes.map(inShort), missed], [["Running 1 @0", "Stopped 1 @0"], []])
      }).pipe(Effect.provide(layer))
    )

    it.effect(`of capacity ${capacity} keep few of many missed runs`, () =>
      Effect.gen(function* () {
        const { actor } = yield* start
        const missed = yield* actor.missedRuns({ capacity })
        assert.isDefined(yield* actor.runningStateChanges({ capacity }))
        for (let n = 0; n < 200; n++) {
          yield* put("Created", dispatch({ id: BigInt(n + 1), startTime: at(-10), duration: Duration.zero }))
        }
        const read = yield* Stream.runHead(Stream.chunks(missed))
        assert.isAtMost(read._tag === "Some" ? read.value.length : 0, 2)
        assert.strictEqual(read._tag, "Some")
      }).pipe(Effect.provide(layer))
    )
  }

  it.effect("section 5: of missed runs beyond the capacity the newest stay, half as many", () =>
    Effect.gen(function* () {
      const ids = [1n, 2n, 3n, 4n]
      yield* hold(
        ...ids.map((id) => dispatch({ id, startTime: at(Number(id)), duration: Duration.seconds(1) }))
      )
      const { actor } = yield* start
      const missed = yield* actor.missedRuns({ capacity: 3 })
      yield* actor.actor.stop()
      yield* moveTo(60)
      yield* actor.actor.start
      yield* settle
      const read = yield* collect(missed)
      yield* settle
      assert.deepStrictEqual(
        read.map((run) => run.dispatch.id),
        [3n, 4n]
      )
    }).pipe(Effect.provide(layer))
  )
})
