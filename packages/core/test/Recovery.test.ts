import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import * as MergeStrategy from "@effect-dispatch/core/MergeStrategy"
import * as Metrics from "@effect-dispatch/core/Metrics"
import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Layer, Logger, Metric, Stream } from "effect"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "./fixtures.ts"
import { unreadable } from "./mirroring.ts"
import { Between, layer, makeProcess, startProcess, startProcessWith } from "./recovering.ts"
import { collect, hold, moveTo, settle } from "./site.ts"

const unavailable = DispatchError.unavailable("gone")
const denied = DispatchError.permissionDenied("not you")

const hour = { duration: Duration.hours(1) }

/** A first process that knew these at `t0 - 10 s` and ended at an instant (seconds); the service changes behind it. */
const leftBehind = Effect.fnUntraced(function* (
  known: ReadonlyArray<Dispatch>,
  endsAt: number,
  silently: ReadonlyArray<Dispatch> = []
) {
  yield* TestClock.setTime(t0 - 10_000)
  const service = yield* ScriptedService
  yield* hold(...known)
  const first = yield* startProcess
  yield* moveTo(endsAt)
  const told = first.takeChanges()
  yield* first.end
  yield* hold(...silently)
  return { service, told }
})

const never = () => Stream.never

describe("S10: what only an earlier process knew", () => {
  for (const [what, become] of [
    ["was deleted", undefined],
    ["was deactivated", { version: 2, active: false }],
    ["was moved", { version: 2, startTime: at(600) }]
  ] as const) {
    it.effect(`a command that ${what} while no process ran is not executed; unchanged, it is`, () =>
      Effect.gen(function* () {
        const command = (id: bigint) => dispatch({ id, duration: Duration.zero })
        const { service } = yield* leftBehind([command(1n), command(2n)], -5)
        const changed =
          become === undefined ? undefined : dispatch({ id: 1n, duration: Duration.zero, ...become })
        yield* service.holdSilently(command(1n).id, changed)
        yield* moveTo(20)
        const second = yield* startProcess
        assert.deepStrictEqual(second.takeChanges(), [
          "Running 2 CHARGE Recovered @20",
          "Stopped 2 CHARGE Recovered @20"
        ])
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }

  for (const hasListed of [true, false]) {
    const what = hasListed ? "is executed if the process before had listed" : "is not, if it had not listed"

    it.effect(`a command that was created while no process ran ${what}`, () =>
      Effect.gen(function* () {
        const between = yield* Between
        const { list } = between
        if (!hasListed) between.list = () => Stream.fail(unavailable)
        const { service } = yield* leftBehind([dispatch({ id: 9n, ...hour })], 5)
        if (list === undefined) delete between.list
        else between.list = list
        yield* service.holdSilently(dispatch().id, dispatch({ duration: Duration.zero, startTime: at(10) }))
        yield* moveTo(20)
        const second = yield* startProcess
        const commands = second.takeChanges().filter((change) => change.split(" ")[1] === "1")
        assert.deepStrictEqual(
          commands,
          hasListed ? ["Running 1 CHARGE Created @20", "Stopped 1 CHARGE Created @20"] : []
        )
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }

  for (const isReadable of [true, false]) {
    const what = isReadable
      ? "control: what could be read goes on"
      : "what could not be read is not started as it was before"

    it.effect(`S8: where the service cannot be asked, ${what}`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(t0 - 10_000)
        const service = yield* ScriptedService
        yield* hold(dispatch(hour))
        const first = yield* startProcess
        yield* moveTo(5)
        yield* service.put("Updated", isReadable ? dispatch({ ...hour, version: 2 }) : unreadable(2))
        yield* moveTo(10)
        yield* first.end
        const between = yield* Between
        between.list = () => Stream.fail(unavailable)
        between.stream = () => Effect.fail(unavailable)
        const second = yield* startProcess
        yield* moveTo(60)
        assert.lengthOf(second.takeChanges(), isReadable ? 1 : 0)
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  }

  it.effect("a run is told as it is now, with the version before; stopped first where its type changed", () =>
    Effect.gen(function* () {
      const known = [1n, 2n, 3n].map((id) => dispatch({ id, ...hour }))
      const { told } = yield* leftBehind(known, 5, [
        dispatch({ id: 2n, version: 2, payload: { x: 1 }, ...hour }),
        dispatch({ id: 3n, version: 2, dryRun: true, ...hour })
      ])
      assert.lengthOf(told, 3)
      const second = yield* startProcess
      const changes = second.taken()
      assert.deepStrictEqual(
        changes.map(({ cause, dispatch: { id, updateTime }, previous, state }) => [
          state,
          id,
          updateTime,
          cause,
          previous?.updateTime
        ]),
        [
          ["Stopped", 3n, 1n, "Recovered", undefined],
          ["Running", 1n, 1n, "Recovered", undefined],
          ["Running", 2n, 2n, "Recovered", 1n],
          ["Running", 3n, 2n, "Recovered", undefined]
        ]
      )
      assert.deepStrictEqual(second.takeEvents(), ["Created 1", "Created 2", "Created 3"])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("while the service does not answer nothing is shown but stops, at their instants", () =>
    Effect.gen(function* () {
      yield* leftBehind(
        [
          dispatch({ id: 1n, duration: Duration.seconds(12) }),
          dispatch({ id: 2n, duration: Duration.seconds(5) }),
          dispatch({ id: 3n, ...hour }),
          dispatch({ id: 4n, startTime: at(11), duration: Duration.zero })
        ],
        2
      )
      yield* moveTo(10)
      const between = yield* Between
      between.list = never
      const second = yield* startProcess
      assert.deepStrictEqual(second.takeChanges(), ["Stopped 2 CHARGE Recovered @10"])
      const present = yield* collect(yield* second.actor.runningStateChanges({ current: true }))
      yield* moveTo(12)
      assert.deepStrictEqual(second.takeChanges(), ["Stopped 1 CHARGE Scheduled @12"])
      assert.deepStrictEqual(
        [second.takeEvents(), second.takeMissed(), yield* second.actor.dispatches],
        [[], [], []]
      )
      assert.strictEqual((yield* second.actor.status)._tag, "Connecting")
      yield* moveTo(14.999)
      assert.deepStrictEqual(second.takeChanges(), [])
      yield* moveTo(15)
      assert.deepStrictEqual(second.takeChanges(), [
        "Running 4 CHARGE Recovered @15",
        "Stopped 4 CHARGE Recovered @15",
        "Running 3 CHARGE Recovered @15"
      ])
      assert.deepStrictEqual(second.takeEvents().sort(), ["Created 1", "Created 2", "Created 3", "Created 4"])
      assert.strictEqual((yield* second.actor.status)._tag, "Stale")
      assert.deepStrictEqual(
        present.map(({ dispatch: { id }, state }) => `${state} ${id}`),
        ["Stopped 2", "Stopped 1", "Running 4", "Stopped 4", "Running 3"]
      )
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("S1, S10: an actor that may not ask yet ends runs, and waits from when it asks", () =>
    Effect.gen(function* () {
      yield* leftBehind(
        [dispatch({ id: 1n, duration: Duration.seconds(12) }), dispatch({ id: 2n, ...hour })],
        5
      )
      const between = yield* Between
      let asked = 0
      between.list = () => {
        asked += 1
        return Stream.never
      }
      const mayAsk = yield* Deferred.make<void>()
      const second = yield* startProcessWith({ askAfter: Deferred.await(mayAsk) })
      yield* moveTo(20)
      assert.deepStrictEqual(second.takeChanges(), ["Stopped 1 CHARGE Scheduled @12"])
      assert.deepStrictEqual([asked, (yield* second.actor.status)._tag], [0, "Connecting"])
      yield* Deferred.succeed(mayAsk, undefined)
      yield* moveTo(24.999)
      assert.deepStrictEqual([asked, second.takeChanges()], [1, []])
      yield* moveTo(25)
      assert.deepStrictEqual(second.takeChanges(), ["Running 2 CHARGE Recovered @25"])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("an event confirms, changes or deletes it while the listing is awaited", () =>
    Effect.gen(function* () {
      const known = [1n, 2n, 3n, 4n].map((id) => dispatch({ id, ...hour }))
      const { service } = yield* leftBehind(known, 5)
      const between = yield* Between
      between.list = never
      const second = yield* startProcess
      yield* service.put("Updated", dispatch({ id: 1n, version: 2, payload: { x: 1 }, ...hour }))
      yield* service.put("Updated", dispatch({ id: 2n, version: 2, active: false, ...hour }))
      yield* service.remove(dispatch({ id: 3n }).id)
      yield* settle
      assert.deepStrictEqual(second.takeChanges(), [
        "Stopped 2 CHARGE Recovered @5",
        "Stopped 3 CHARGE Deleted @5",
        "Running 1 CHARGE Recovered @5"
      ])
      assert.deepStrictEqual(second.takeEvents().sort(), ["Created 1", "Created 2"])
      yield* service.put("Updated", dispatch({ id: 4n, ...hour }))
      yield* settle
      assert.deepStrictEqual(second.takeChanges(), ["Running 4 CHARGE Recovered @5"])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("the actor goes on from what it kept as soon as the first listing has failed", () =>
    Effect.gen(function* () {
      const { service } = yield* leftBehind([dispatch(hour)], 5)
      yield* service.failWith(unavailable)
      const second = yield* startProcess
      assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Recovered @5"])
      const status = yield* second.actor.status
      assert.strictEqual(status._tag, "Stale")
      yield* service.failWith(undefined)
      yield* moveTo(100)
      assert.strictEqual((yield* second.actor.status)._tag, "Synchronised")
      assert.deepStrictEqual([second.takeChanges(), second.takeEvents()], [[], ["Created 1"]])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("a stream that is refused does not keep it waiting: the listing is asked for at once", () =>
    Effect.gen(function* () {
      yield* leftBehind([dispatch(hour), dispatch({ id: 2n, ...hour })], 5)
      yield* (yield* ScriptedService).holdSilently(dispatch({ id: 2n }).id, undefined)
      const between = yield* Between
      between.stream = () => Effect.fail(denied)
      const second = yield* startProcess
      assert.deepStrictEqual(second.takeChanges(), [
        "Stopped 2 CHARGE Deleted @5",
        "Running 1 CHARGE Recovered @5"
      ])
      assert.strictEqual((yield* second.actor.status)._tag, "Stale")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("a stream that is slow keeps it waiting for half a second", () =>
    Effect.gen(function* () {
      yield* leftBehind([dispatch(hour)], 5)
      const between = yield* Between
      between.stream = () => Effect.never
      const second = yield* startProcess
      yield* moveTo(7)
      assert.deepStrictEqual(second.takeChanges(), ["Running 1 CHARGE Recovered @5.5"])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("pages that come prolong the patience, to a minute at most", () =>
    Effect.gen(function* () {
      yield* leftBehind([dispatch(hour)], 5)
      const between = yield* Between
      const page = (id: number) => dispatch({ id: BigInt(1_000 + id), startTime: at(86_400) })
      between.list = () =>
        Stream.range(1, 100).pipe(
          Stream.mapEffect((number) => Effect.delay(Effect.succeed(page(number)), "4 seconds"))
        )
      const second = yield* startProcess
      yield* moveTo(64.9)
      assert.deepStrictEqual(second.takeChanges(), [])
      yield* moveTo(65.1)
      assert.deepStrictEqual(
        second.takeChanges().map((change) => change.split(" @")[0]),
        ["Running 1 CHARGE Recovered"]
      )
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("one that the listing lacks waits for the answer to its doubt", () =>
    Effect.gen(function* () {
      const { service } = yield* leftBehind([dispatch(hour), dispatch({ id: 2n, ...hour })], 5)
      const between = yield* Between
      const hidden = dispatch().id
      let answers = false
      const all = yield* Effect.map(Between, () => service)
      between.list = (_microgrid, options) =>
        options?.filter?.ids === undefined
          ? Stream.make(dispatch({ id: 2n, ...hour }))
          : answers
            ? Stream.make(dispatch(hour))
            : Stream.fail(unavailable)
      const second = yield* startProcess
      assert.isDefined(all)
      yield* moveTo(30)
      assert.deepStrictEqual(second.takeChanges(), ["Running 2 CHARGE Recovered @5"])
      assert.deepStrictEqual((yield* second.actor.dispatch(hidden))._tag, "None")
      answers = true
      yield* moveTo(300)
      assert.deepStrictEqual(
        second.takeChanges().map((change) => change.split(" @")[0]),
        ["Running 1 CHARGE Recovered"]
      )
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("a crash while it waits loses nothing, and a restart by the supervisor goes on waiting", () =>
    Effect.gen(function* () {
      yield* leftBehind([dispatch({ duration: Duration.seconds(30) }), dispatch({ id: 2n, ...hour })], 5)
      const between = yield* Between
      between.list = never
      const second = yield* startProcess
      assert.deepStrictEqual(second.takeChanges(), [])
      yield* second.end
      yield* moveTo(40)
      let asked = 0
      between.list = () => {
        asked += 1
        return asked === 1 ? Stream.die("a defect") : Stream.never
      }
      const third = yield* startProcess
      assert.deepStrictEqual(third.takeChanges().slice(0, 1), ["Stopped 1 CHARGE Recovered @40"])
      assert.isAtLeast(asked, 1)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("R11: the stop of what an earlier process had announced", () => {
  const ended = Effect.fnUntraced(function* (...known: ReadonlyArray<Dispatch>) {
    const left = yield* leftBehind(known, 5)
    yield* moveTo(100)
    return left
  })
  const stops = (changes: ReadonlyArray<{ readonly state: string; readonly dispatch: Dispatch }>) =>
    changes.map(({ dispatch: { id }, state }) => `${state} ${id}`)

  it.effect("goes to every subscriber that stands and to each later one, once, before the present", () =>
    Effect.gen(function* () {
      yield* ended(dispatch(), dispatch({ id: 2n, ...hour }))
      const second = yield* startProcess
      const ask = (options: Parameters<typeof second.actor.runningStateChanges>[0]) =>
        Effect.flatMap(second.actor.runningStateChanges(options), collect)
      const other = yield* ask({ type: "OTHER", current: true })
      const first = yield* ask({ type: "CHARGE", current: true })
      const next = yield* ask({ current: true })
      const withoutPresent = yield* ask({})
      yield* moveTo(699)
      const last = yield* ask({ current: true })
      yield* moveTo(701)
      const tooLate = yield* ask({ current: true })
      yield* settle
      assert.deepStrictEqual(second.takeChanges(), [
        "Stopped 1 CHARGE Recovered @100",
        "Running 2 CHARGE Recovered @100"
      ])
      assert.deepStrictEqual([first, next, last].map(stops), Array(3).fill(["Stopped 1", "Running 2"]))
      assert.deepStrictEqual([other, withoutPresent, tooLate].map(stops), [[], [], ["Running 2"]])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect(
    "stays in the records until one that could see it was told; a process that ends before leaves it",
    () =>
      Effect.gen(function* () {
        yield* ended(dispatch())
        const second = yield* makeProcess
        yield* second.actor.actor.start
        yield* settle
        const other = yield* Effect.flatMap(
          second.actor.runningStateChanges({ type: "OTHER", current: true }),
          collect
        )
        yield* settle
        yield* second.end
        assert.deepStrictEqual(other, [])
        const third = yield* makeProcess
        yield* third.actor.actor.start
        yield* settle
        const taken = yield* Effect.flatMap(
          third.actor.runningStateChanges({ type: "CHARGE", current: true }),
          collect
        )
        yield* settle
        assert.deepStrictEqual(stops(taken), ["Stopped 1"])
        yield* third.end
        const fourth = yield* startProcess
        assert.deepStrictEqual(fourth.takeChanges(), [])
      }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("is taken from nobody by a subscriber that has left, nor by a manager", () =>
    Effect.gen(function* () {
      yield* ended(dispatch())
      const second = yield* makeProcess
      yield* Effect.asVoid(Effect.scoped(second.actor.runningStateChanges()))
      yield* Effect.asVoid(second.actor.runningStateChanges({ leavesRecovered: true }))
      yield* second.actor.actor.start
      yield* settle
      yield* second.end
      const third = yield* startProcess
      assert.deepStrictEqual(third.takeChanges(), ["Stopped 1 CHARGE Recovered @100"])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("of a run that ends while unconfirmed is treated alike", () =>
    Effect.gen(function* () {
      yield* leftBehind([dispatch()], 50)
      const between = yield* Between
      between.list = never
      between.stream = () => Effect.never
      const second = yield* startProcess
      yield* moveTo(58)
      // Gone on by now, so another one that waits.
      yield* second.end
      const third = yield* startProcess
      yield* moveTo(61)
      assert.deepStrictEqual(third.takeChanges(), ["Stopped 1 CHARGE Scheduled @60"])
      const late = yield* Effect.flatMap(third.actor.runningStateChanges({ current: true }), collect)
      yield* settle
      assert.deepStrictEqual(stops(late), ["Stopped 1"])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("reaches a merged subscriber before what runs of its identity, live and later", () =>
    Effect.gen(function* () {
      yield* ended(dispatch(), dispatch({ id: 2n, ...hour }))
      const second = yield* makeProcess
      const merged = (current: boolean) =>
        Effect.flatMap(second.actor.runningStateChanges({ merge: MergeStrategy.byType, current }), collect)
      const live = yield* merged(false)
      yield* second.actor.actor.start
      yield* settle
      const later = yield* merged(true)
      yield* settle
      assert.deepStrictEqual([live, later].map(stops), Array(2).fill(["Stopped 1", "Running 2"]))
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  const untakenSoFar = Effect.map(Metric.value(Metrics.recoveredStopsUntaken.at()), ({ count }) => count)

  it.effect("that nobody took is logged when its time is over, also if the actor is stopped by then", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return Effect.gen(function* () {
      yield* ended(dispatch({ type: "LEFT" }))
      const second = yield* makeProcess
      yield* second.actor.actor.start
      yield* settle
      yield* second.actor.actor.stop("for good")
      const before = yield* untakenSoFar
      yield* moveTo(701)
      assert.lengthOf(
        lines.filter((line) => line.includes("LEFT")),
        1
      )
      assert.strictEqual((yield* untakenSoFar) - before, 1)
      yield* second.end
      const third = yield* startProcess
      assert.deepStrictEqual(third.takeChanges(), [])
    }).pipe(Effect.scoped, Effect.provide(Layer.merge(layer, Logger.layer([logger]))))
  })

  it.effect("that nobody took is logged with its dispatch, and counted, after ten minutes", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return Effect.gen(function* () {
      yield* ended(dispatch({ type: "LEFT" }), dispatch({ id: 2n, type: "TAKEN" }))
      const second = yield* makeProcess
      yield* second.actor.actor.start
      yield* settle
      yield* Effect.flatMap(second.actor.runningStateChanges({ type: "TAKEN", current: true }), collect)
      yield* moveTo(699)
      const untaken = () => lines.filter((line) => line.includes("LEFT"))
      assert.deepStrictEqual(untaken(), [])
      const before = yield* untakenSoFar
      yield* moveTo(701)
      assert.strictEqual((yield* untakenSoFar) - before, 1)
      assert.lengthOf(untaken(), 1)
      assert.isEmpty(lines.filter((line) => line.includes("TAKEN")))
      yield* second.end
      const third = yield* startProcess
      assert.deepStrictEqual(third.takeChanges(), [])
    }).pipe(Effect.scoped, Effect.provide(Layer.merge(layer, Logger.layer([logger]))))
  })
})
