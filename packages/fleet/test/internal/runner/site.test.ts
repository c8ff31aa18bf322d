/** The life of a site, on a service that answers at once and tables in memory. */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as Dispatchers from "@effect-dispatch/core/Dispatcher"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import type { FencingToken } from "@effect-dispatch/fleet/FencingToken"
import { codePatience } from "@effect-dispatch/fleet/FleetLimits"
import { FleetStore } from "@effect-dispatch/fleet/FleetStore"
import * as Metrics from "@effect-dispatch/fleet/Metrics"
import * as Probe from "@effect-dispatch/testing/Probe"
import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import * as ScriptedServices from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { Clock, DateTime, Duration, Effect, Fiber, Layer, Logger, Metric, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { FrontDesk } from "../../../src/internal/runner/frontDesk.ts"
import { Guard } from "../../../src/internal/runner/guard.ts"
import { unusedStore } from "./unusedStore.ts"
import { Holdings } from "../../../src/internal/runner/holdings.ts"
import * as Site from "../../../src/internal/runner/site.ts"

const microgridId = MicrogridId.make(1n)

/** 2026-11-28T12:00:00Z. */
const t0 = 1_795_867_200_000

const dispatch = (id: bigint, startsAt: number, seconds: number): Dispatch =>
  new Dispatch({
    id: DispatchId.make(id),
    type: "CHARGE",
    startTime: DateTime.makeUnsafe(t0 + startsAt * 1_000),
    duration: Duration.seconds(seconds),
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    createTime: DateTime.makeUnsafe(t0 - 60_000),
    updateTime: 1n
  })

const hold = (...held: ReadonlyArray<Dispatch>) =>
  Effect.flatMap(ScriptedService, ({ holdSilently }) =>
    Effect.forEach(held, (one) => holdSilently(one.id, one), { discard: true })
  )

/** Moves the clock to so many seconds after `t0`. */
const moveTo = (seconds: number) =>
  Effect.gen(function* () {
    yield* Probe.settled
    yield* TestClock.adjust(t0 + seconds * 1_000 - (yield* Clock.currentTimeMillis))
    yield* Probe.settled
  })

type Code = Effect.Effect<void, unknown, Dispatchers.Dispatcher | FencingToken | Scope.Scope>

/** The records of one microgrid, and the owners that follow each other there. */
const makeOwners = Effect.gen(function* () {
  const records = new Map<string, string>()
  const store = FleetStore.of({
    ...unusedStore,
    name: "test",
    settings: { buckets: 1, lease: Duration.seconds(30), joinDebounce: Duration.zero },
    keys: () => Effect.sync(() => [...records.keys()]),
    read: (_, key) => Effect.sync(() => records.get(key)),
    write: (_, { key, value }) =>
      Effect.sync(() => {
        if (value === undefined) records.delete(key)
        else records.set(key, value)
        return true
      }),
    edgesAfter: () => Effect.succeed({ edges: [], isWhole: true }),
    lost: () => Effect.succeed([])
  })
  const holdings = new Holdings()
  let epoch = 0n
  /** Starts a site with this code; gives its end, and the times at which its own edges were told. */
  const start = Effect.fnUntraced(function* (code: Code, more: Partial<Site.Surroundings> = {}) {
    const desk = new FrontDesk(store, "127.0.0.1:7070")
    const life = Site.live(
      {
        store,
        holdings,
        guard: new Guard(yield* Clock.Clock, holdings, store.lost),
        desk,
        sync: { resyncInterval: Duration.infinity, streamAgeMax: Duration.infinity },
        journals: undefined,
        makeDispatcher: Dispatchers.make,
        mayTellUnnoted: () => false,
        onEdgesLost: () => {},
        restartDelay: Duration.seconds(2),
        enter: () => Effect.void,
        build: () => code,
        ...more
      },
      { token: { microgridId, epoch: ++epoch }, records: new Map(records) },
      0
    )
    const fiber = yield* Effect.forkScoped(life)
    yield* Probe.settled
    return { desk, end: Fiber.interrupt(fiber) }
  })
  return start
})

/** Code that listens, after so long. */
const listening = (told: Array<string>, after: Duration.Input = 0): Code =>
  Effect.gen(function* () {
    yield* Effect.sleep(after)
    const { runningStateChanges } = yield* Dispatchers.Dispatcher
    const changes = yield* runningStateChanges(undefined, { current: true })
    yield* Effect.forkScoped(
      Stream.runForEach(changes, ({ dispatch: { id }, state }) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          told.push(`${state} ${id} @${(now - t0) / 1_000}`)
        })
      )
    )
  })

/** The states that a reader of edges is told, from now on. */
const readEdges = Effect.fnUntraced(function* ({ front }: FrontDesk) {
  const edges: Array<string> = []
  const told = front.edges({ microgrid: microgridId, after: null, held: [] })
  yield* Effect.forkScoped(
    Stream.runForEach(told, (message) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        if (message._tag !== "Edge") return
        edges.push(`${JSON.parse(message.edge).state} @${(now - t0) / 1_000}`)
      })
    )
  )
  return edges
})

const listings = Effect.flatMap(ScriptedService, ({ observed }) =>
  Effect.map(observed, ({ listings: count }) => count)
)

const late = Effect.map(Metric.value(Metrics.codeLate.at()), ({ count }) => count)

/** A first owner that has listed nothing but one long run, and has ended. */
const makeSecond = Effect.gen(function* () {
  yield* TestClock.setTime(t0)
  const start = yield* makeOwners
  yield* hold(dispatch(1n, 0, 3_600), dispatch(2n, 0, 8))
  const told: Array<string> = []
  const first = yield* start(listening(told))
  yield* moveTo(1)
  assert.deepStrictEqual(told, ["Running 1 @0", "Running 2 @0"])
  yield* first.end
  yield* hold(dispatch(3n, 4, 0))
  yield* moveTo(5)
  return start
})

const layer = DispatchScheduler.layer.pipe(
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
  Layer.merge(ScriptedServices.layer),
  Layer.provideMerge(Probe.layer),
  Layer.merge(Logger.layer([]))
)

describe("F8: the code beside an actor", () => {
  it.effect("F8: is told of a command that is due when it is there", () =>
    Effect.gen(function* () {
      const start = yield* makeSecond
      const told: Array<string> = []
      yield* start(listening(told))
      assert.deepStrictEqual(told, ["Running 3 @5", "Stopped 3 @5", "Running 1 @5", "Running 2 @5"])
      assert.strictEqual(yield* late, 0)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect(
    "F8: which takes its time is told of all that comes meanwhile; a stop that is due waits for nobody",
    () =>
      Effect.gen(function* () {
        const start = yield* makeSecond
        const told: Array<string> = []
        yield* moveTo(7)
        const before = yield* listings
        const { desk } = yield* start(listening(told, "2 seconds"))
        const edges = yield* readEdges(desk)
        yield* moveTo(8)
        assert.deepStrictEqual([told, (yield* listings) - before, edges], [[], 0, ["Stopped @8"]])
        yield* moveTo(9)
        assert.deepStrictEqual(told, ["Stopped 2 @9", "Running 3 @9", "Stopped 3 @9", "Running 1 @9"])
      }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("F8: holds nobody up for longer than it may where it hangs, which is counted", () =>
    Effect.gen(function* () {
      const start = yield* makeSecond
      const [before, counted] = [yield* listings, yield* late]
      const { desk } = yield* start(Effect.never)
      const patience = Duration.toSeconds(codePatience)
      yield* moveTo(5 + patience - 0.001)
      assert.deepStrictEqual([(yield* listings) - before, (yield* late) - counted], [0, 0])
      yield* moveTo(5 + patience)
      assert.deepStrictEqual([(yield* listings) - before, (yield* late) - counted], [1, 1])
      assert.strictEqual((yield* desk.front.report(microgridId)).status, "Synchronised")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("F8: is waited for where it fails at first", () =>
    Effect.gen(function* () {
      const start = yield* makeSecond
      const told: Array<string> = []
      let attempts = 0
      yield* start(Effect.suspend(() => (++attempts === 1 ? Effect.die("not yet") : listening(told))))
      yield* moveTo(7)
      assert.deepStrictEqual(told.slice(0, 2), ["Running 3 @7", "Stopped 3 @7"])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect("F8: asks the service itself while it is built", () =>
    Effect.gen(function* () {
      const start = yield* makeSecond
      const told: Array<string> = []
      const listed: Array<bigint> = []
      const code = Effect.gen(function* () {
        const { client } = yield* Dispatchers.Dispatcher
        yield* Stream.runForEach(client.list(microgridId), ({ id }) =>
          Effect.sync(() => listed.push(id ?? 0n))
        )
        yield* listening(told)
      })
      yield* start(code)
      assert.deepStrictEqual(listed, [1n, 2n, 3n])
      assert.strictEqual(told[0], "Running 3 @5")
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("the log of a site", () => {
  it.effect("has no line for a start that is well, because a process has thousands", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const log = Logger.make(({ logLevel, message }) => {
        if (logLevel !== "Debug" && logLevel !== "Trace") lines.push(String(message))
      })
      yield* TestClock.setTime(t0)
      const start = yield* makeOwners
      yield* hold(dispatch(1n, 0, 3_600))
      const told: Array<string> = []
      yield* Effect.gen(function* () {
        yield* start(listening(told))
        yield* moveTo(1)
      }).pipe(Effect.provide(Logger.layer([log])))
      assert.deepStrictEqual([told, lines], [["Running 1 @0"], []])
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})
