import {
  DispatchClient,
  type DispatchRecord,
  type EventStream,
  type ListOptions,
  type StreamEvent
} from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import * as Metrics from "@effect-dispatch/core/Metrics"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import type { SyncSettings } from "@effect-dispatch/core/SyncSettings"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Clock,
  DateTime,
  Deferred,
  Duration,
  Effect,
  Layer,
  Logger,
  Metric,
  Queue,
  Random,
  type Scope,
  Stream
} from "effect"
import { TestClock } from "effect/testing"
import { dispatch, t0 } from "../../fixtures.ts"
import { unreadable } from "../../mirroring.ts"

const unavailable = DispatchError.unavailable("gone")

const exhausted = DispatchError.resourceExhausted("too many streams")

/** Chance always falls in the middle: waits are half of their step, intervals exactly their length. */
const middling = { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0.5 }

/** An actor and all calls it makes, each with the seconds since its start, to a tenth. */
const start = Effect.fnUntraced(function* (
  options: {
    readonly sync?: Partial<SyncSettings>
    readonly effective?: Effect.Effect<void>
    /** Opens the stream of this number instead of the service. */
    readonly open?: (
      number: number,
      real: Effect.Effect<EventStream, DispatchError.DispatchError, Scope.Scope>
    ) => Effect.Effect<EventStream, DispatchError.DispatchError, Scope.Scope>
    /** Answers the listing of this number instead of the service. */
    readonly list?: (
      number: number,
      real: Stream.Stream<DispatchRecord, DispatchError.DispatchError>,
      asked: ListOptions
    ) => Stream.Stream<DispatchRecord, DispatchError.DispatchError>
  } = {}
) {
  yield* TestClock.setTime(t0)
  const calls: Array<string> = []
  const note = (what: string) =>
    Effect.map(
      Clock.currentTimeMillis,
      (now) => void calls.push(`${what} ${Math.round((now - t0) / 100) / 10}`)
    )
  const real = yield* DispatchClient
  let opened = 0
  let listed = 0
  const { list = (_number, listing) => listing, open = (_number, stream) => stream } = options
  const warnings: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => {
    if (logLevel === "Warn") warnings.push(String(message))
  })
  const client = DispatchClient.of({
    ...real,
    list: (microgrid, asked = {}) =>
      Stream.unwrap(
        Effect.map(note("list"), () => {
          listed += 1
          return list(listed, real.list(microgrid, asked), asked)
        })
      ),
    get: (microgrid, id) => Effect.andThen(note("get"), real.get(microgrid, id)),
    stream: (microgrid) =>
      Effect.gen(function* () {
        yield* note("open")
        opened += 1
        const { effective, events } = yield* open(opened, real.stream(microgrid))
        yield* Effect.addFinalizer(() => note("close"))
        return { effective: options.effective ?? effective, events }
      })
  })
  const actor = yield* DispatchingActor.make({ microgridId: MicrogridId.make(1n), sync: options.sync }).pipe(
    Effect.provideService(DispatchClient, client)
  )
  yield* actor.actor.start.pipe(
    Effect.provideService(Random.Random, middling),
    Effect.provide(Logger.layer([logger]))
  )
  yield* Probe.settled
  return {
    actor,
    warnings,
    /** The calls since last asked. */
    takeCalls: () => calls.splice(0),
    moveTo: (seconds: number) =>
      Effect.flatMap(DateTime.now, (now) =>
        Effect.andThen(TestClock.adjust(t0 + seconds * 1_000 - now.epochMilliseconds), Probe.settled)
      )
  }
})

const layer = DispatchScheduler.layer.pipe(
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
  Layer.merge(ScriptedService.layer),
  Layer.provideMerge(Probe.layer)
)

describe("synchroniser", () => {
  it.effect("S1: lists when the subscription is confirmed, not before, and once", () =>
    Effect.gen(function* () {
      const confirmed = yield* Deferred.make<void>()
      const { moveTo, takeCalls } = yield* start({ effective: Deferred.await(confirmed) })
      yield* moveTo(1)
      assert.deepStrictEqual(takeCalls(), ["open 0"])
      yield* Deferred.succeed(confirmed, undefined)
      yield* moveTo(100)
      assert.deepStrictEqual(takeCalls(), ["list 1"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S1: lists after two seconds without confirmation, and once more when it comes", () =>
    Effect.gen(function* () {
      const confirmed = yield* Deferred.make<void>()
      const { moveTo, takeCalls } = yield* start({ effective: Deferred.await(confirmed) })
      yield* moveTo(50)
      assert.deepStrictEqual(takeCalls(), ["open 0", "list 2"])
      yield* Deferred.succeed(confirmed, undefined)
      yield* moveTo(100)
      assert.deepStrictEqual(takeCalls(), ["list 50"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S9: what comes before the first listing does not complete the initialization", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const confirmed = yield* Deferred.make<void>()
      const { actor, moveTo } = yield* start({ effective: Deferred.await(confirmed) })
      yield* service.put("Created", dispatch())
      yield* Probe.settled
      assert.strictEqual((yield* actor.dispatches).length, 1)
      const initialized = yield* Effect.forkScoped(actor.initialized)
      yield* Probe.settled
      assert.isUndefined(initialized.pollUnsafe())
      yield* Deferred.succeed(confirmed, undefined)
      yield* moveTo(1)
      assert.isDefined(initialized.pollUnsafe())
    }).pipe(Effect.provide(layer))
  )

  it.effect("S2: a listing that fails makes the mirror stale, until one is whole", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const { actor, moveTo } = yield* start()
      assert.strictEqual((yield* actor.status)._tag, "Synchronised")
      yield* service.failWith(unavailable)
      yield* moveTo(300)
      const stale = yield* actor.status
      assert.isTrue(stale._tag === "Stale" && /gone/.test(stale.cause), JSON.stringify(stale))
      yield* service.failWith(undefined)
      yield* moveTo(301)
      assert.strictEqual((yield* actor.status)._tag, "Synchronised")
    }).pipe(Effect.provide(layer))
  )

  it.effect("S3: waits longer after each failure, and is quick again after two healthy minutes", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      yield* service.failWith(unavailable)
      const { moveTo, takeCalls } = yield* start()
      yield* moveTo(60)
      // Half of 1 s, 1.6 s, 2.56 s and so on.
      assert.deepStrictEqual(
        takeCalls().filter((call) => call.startsWith("open")),
        [0, 0.5, 1.3, 2.6, 4.6, 7.9, 13.1, 21.5, 35, 56.4].map((at) => `open ${at}`)
      )
      yield* service.failWith(undefined)
      yield* moveTo(90)
      assert.deepStrictEqual(takeCalls(), ["open 86.4", "list 86.4"])
      yield* moveTo(206)
      yield* service.endStreams()
      yield* moveTo(240)
      assert.deepStrictEqual(takeCalls(), ["close 206", "open 236", "list 236"])
      yield* moveTo(356)
      yield* service.endStreams()
      yield* moveTo(360)
      assert.deepStrictEqual(takeCalls(), ["close 356", "open 356.5", "list 356.5"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S4: lists every five minutes, and renews the stream every thirty before the old one ends", () =>
    Effect.gen(function* () {
      const { moveTo, takeCalls } = yield* start()
      assert.deepStrictEqual(takeCalls(), ["open 0", "list 0"])
      yield* moveTo(1_700)
      assert.deepStrictEqual(
        takeCalls(),
        [300, 600, 900, 1_200, 1_500].map((at) => `list ${at}`)
      )
      yield* moveTo(1_799)
      yield* moveTo(1_801)
      assert.deepStrictEqual(takeCalls().slice(0, 3).sort(), ["close 1800", "list 1800", "open 1800"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S4: the old stream stays while the new one is not confirmed", () =>
    Effect.gen(function* () {
      let confirmed: Effect.Effect<void> = Effect.void
      const { moveTo, takeCalls } = yield* start({
        effective: Effect.suspend(() => confirmed),
        sync: { resyncInterval: Duration.infinity }
      })
      takeCalls()
      confirmed = Effect.sleep("1 second")
      yield* moveTo(1_900)
      assert.deepStrictEqual(takeCalls(), ["open 1800", "list 1801", "close 1801"])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "S6: while two streams overlap, the older one brings back nothing that was deleted before the other",
    () =>
      Effect.gen(function* () {
        const service = yield* ScriptedService.ScriptedService
        const endless = dispatch({ duration: Duration.infinity })
        const { actor, moveTo } = yield* start({
          sync: { resyncInterval: Duration.infinity },
          open: (number, real) =>
            number === 1 ? real : Effect.map(real, ({ events }) => ({ events, effective: Effect.never }))
        })
        yield* service.put("Created", endless)
        yield* moveTo(1_799)
        yield* service.remove(endless.id)
        yield* moveTo(1_801)
        assert.strictEqual((yield* service.observed).openStreams, 2)
        const age = (yield* Metric.snapshot).find(({ id }) => id === "dispatch_sync_stream_age_seconds")
        assert.deepInclude(age?.state, { value: 1_801 })
        // Nobody knows what that is, so everything is listed again.
        yield* service.send({ kind: "Unknown", record: endless })
        yield* moveTo(1_802)
        yield* service.send({ kind: "Updated", record: endless })
        yield* moveTo(1_803)
        assert.deepStrictEqual(yield* actor.dispatches, [])
        // Once the older one is gone and all was listed since, the id is as good as new.
        yield* moveTo(1_900)
        yield* service.send({ kind: "Unknown", record: endless })
        yield* moveTo(1_901)
        yield* service.send({ kind: "Updated", record: endless })
        yield* moveTo(1_902)
        assert.deepStrictEqual(yield* actor.dispatches, [endless])
      }).pipe(Effect.provide(layer), Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("S6: a stream that opens slowly brings back nothing that was deleted meanwhile", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const endless = dispatch({ duration: Duration.infinity })
      const late: StreamEvent = {
        kind: "Updated",
        record: dispatch({ duration: Duration.infinity, version: 2 })
      }
      yield* service.holdSilently(endless.id, endless)
      const { actor, moveTo } = yield* start({
        sync: { resyncInterval: Duration.seconds(5) },
        open: (_number, real) =>
          Effect.delay(
            Effect.map(real, ({ effective }) => ({
              effective,
              events: Stream.concat(Stream.succeed(late), Stream.never)
            })),
            "1 minute"
          )
      })
      yield* moveTo(3)
      assert.deepStrictEqual(yield* actor.dispatches, [endless])
      yield* service.holdSilently(endless.id, undefined)
      yield* moveTo(59)
      assert.deepStrictEqual(yield* actor.dispatches, [])
      yield* moveTo(61)
      assert.deepStrictEqual(yield* actor.dispatches, [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S4: neither happens where it is never to", () =>
    Effect.gen(function* () {
      const { moveTo, takeCalls } = yield* start({
        sync: { resyncInterval: Duration.infinity, streamAgeMax: Duration.infinity }
      })
      yield* moveTo(1e6)
      assert.deepStrictEqual(takeCalls(), ["open 0", "list 0"])
    }).pipe(Effect.provide(layer))
  )

  const opensOf = (calls: ReadonlyArray<string>) => calls.filter((call) => call.startsWith("open"))
  const unattended = { resyncInterval: Duration.infinity }

  it.effect("S4: a renewal that is refused is tried again soon, and costs nothing", () =>
    Effect.gen(function* () {
      const { moveTo, takeCalls } = yield* start({
        sync: unattended,
        open: (number, real) => (number === 2 ? Effect.fail(exhausted) : real)
      })
      yield* moveTo(1_900)
      assert.deepStrictEqual(takeCalls(), [
        "open 0",
        "list 0",
        "open 1800",
        "open 1800.5",
        "list 1800.5",
        "close 1800.5"
      ])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S4: a renewal whose subscription fails does not cost the old stream", () =>
    Effect.gen(function* () {
      const broken = { effective: Effect.fail(exhausted), events: Stream.fail(exhausted) }
      const { actor, moveTo, takeCalls } = yield* start({
        sync: unattended,
        open: (number, real) => (number === 2 ? Effect.succeed(broken) : real)
      })
      yield* moveTo(1_800.2)
      assert.deepStrictEqual(takeCalls(), ["open 0", "list 0", "open 1800", "close 1800"])
      assert.strictEqual((yield* actor.status)._tag, "Synchronised")
      yield* moveTo(1_900)
      assert.deepStrictEqual(takeCalls(), ["open 1800.5", "list 1800.5", "close 1800.5"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S4: the old stream stays for a minute at most while the next one is not confirmed", () =>
    Effect.gen(function* () {
      let confirmed: Effect.Effect<void> = Effect.void
      const { moveTo, takeCalls } = yield* start({
        sync: unattended,
        effective: Effect.suspend(() => confirmed)
      })
      takeCalls()
      confirmed = Effect.sleep("30 seconds")
      yield* moveTo(1_900)
      assert.deepStrictEqual(takeCalls(), ["open 1800", "list 1830", "close 1830"])
      confirmed = Effect.never
      yield* moveTo(3_800)
      assert.deepStrictEqual(takeCalls(), ["open 3630", "list 3690", "close 3690"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S3: an old stream that ends while its renewal hangs is noticed", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const { moveTo, takeCalls } = yield* start({
        open: (number, real) => (number === 2 ? Effect.never : real)
      })
      yield* moveTo(1_801)
      takeCalls()
      yield* service.endStreams(unavailable)
      yield* moveTo(1_803)
      assert.deepStrictEqual(opensOf(takeCalls()), ["open 1801.5"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S3: an attempt that takes minutes to fail is not a healthy stream", () =>
    Effect.gen(function* () {
      const { moveTo, takeCalls } = yield* start({
        open: () => Effect.andThen(Effect.sleep("3 minutes"), Effect.fail(unavailable))
      })
      yield* moveTo(780)
      assert.deepStrictEqual(opensOf(takeCalls()), [
        "open 0",
        "open 180.5",
        "open 361.3",
        "open 542.6",
        "open 724.6"
      ])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S7: however many are in doubt, they are asked for in one call", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const ids = Array.from({ length: 500 }, (_, index) => DispatchId.make(BigInt(index + 1)))
      for (const id of ids) {
        yield* service.holdSilently(id, dispatch({ id, duration: Duration.infinity }))
      }
      const { actor, moveTo, takeCalls } = yield* start({ sync: { streamAgeMax: Duration.infinity } })
      assert.strictEqual((yield* actor.dispatches).length, 500)
      for (const id of ids) yield* service.holdSilently(id, undefined)
      yield* moveTo(299)
      takeCalls()
      yield* moveTo(301)
      assert.deepStrictEqual(takeCalls(), ["list 300", "list 300"])
      assert.deepStrictEqual(yield* actor.dispatches, [])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "S8: what does not tell its id may be any of those in doubt, so none of them is taken for deleted",
    () =>
      Effect.gen(function* () {
        const service = yield* ScriptedService.ScriptedService
        const [here, gone] = [DispatchId.make(1n), DispatchId.make(2n)]
        for (const id of [here, gone]) {
          yield* service.holdSilently(id, dispatch({ id, duration: Duration.infinity }))
        }
        const real = yield* DispatchClient
        const nameless = { id: undefined, updateTime: undefined, path: "metadata", message: "is missing" }
        let isGarbled = false
        const client = DispatchClient.of({
          ...real,
          list: (microgridId, asked) =>
            isGarbled
              ? Stream.succeed({ _tag: "UnreadableDispatch", ...nameless })
              : real.list(microgridId, asked)
        })
        const { actor, moveTo } = yield* start({ sync: { streamAgeMax: Duration.infinity } }).pipe(
          Effect.provideService(DispatchClient, client)
        )
        yield* service.holdSilently(gone, undefined)
        isGarbled = true
        yield* moveTo(400)
        assert.deepStrictEqual(
          (yield* actor.dispatches).map(({ id }) => id),
          [here, gone]
        )
        isGarbled = false
        yield* moveTo(500)
        assert.deepStrictEqual(
          (yield* actor.dispatches).map(({ id }) => id),
          [here]
        )
      }).pipe(Effect.provide(layer))
  )

  it.effect("S9: what is listed without a stream is known, but not in sync", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      yield* service.holdSilently(DispatchId.make(1n), dispatch())
      const { actor, moveTo, takeCalls } = yield* start({ open: () => Effect.never })
      yield* moveTo(3)
      assert.deepStrictEqual(takeCalls(), ["open 0", "list 2"])
      assert.strictEqual((yield* actor.dispatches).length, 1)
      yield* actor.initialized
      const staysStale = Effect.map(actor.status, (status) =>
        assert.isTrue(status._tag === "Stale" && status.cause === "there is no event stream yet", status._tag)
      )
      yield* staysStale
      // Another listing without a stream changes nothing.
      yield* moveTo(700)
      assert.include(takeCalls().join(), "list")
      yield* staysStale
    }).pipe(Effect.provide(layer))
  )

  it.effect("S9: an actor that does not run is not in sync", () =>
    Effect.gen(function* () {
      const { actor } = yield* start()
      assert.strictEqual((yield* actor.status)._tag, "Synchronised")
      yield* actor.actor.stop()
      const stale = yield* actor.status
      assert.isTrue(stale._tag === "Stale" && stale.cause === "the actor does not run", JSON.stringify(stale))
    }).pipe(Effect.provide(layer))
  )

  it.effect("S4: a listing that is asked for during a listing comes after it", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const { moveTo, takeCalls } = yield* start({
        sync: { streamAgeMax: Duration.infinity },
        list: (number, real) =>
          number === 2 ? Stream.concat(Stream.fromEffectDrain(Effect.sleep("10 seconds")), real) : real
      })
      yield* moveTo(299)
      takeCalls()
      yield* moveTo(305)
      // Nobody knows what that is, so everything is listed again.
      yield* service.send({ kind: "Unknown", record: dispatch() })
      yield* service.send({ kind: "Unknown", record: dispatch() })
      yield* moveTo(306)
      yield* service.endStreams()
      yield* moveTo(309)
      assert.deepStrictEqual(takeCalls(), ["list 300", "close 306", "open 306.5"])
      const counted = (reason: "Doubt" | "Connected") =>
        Effect.map(Metric.value(Metrics.listings.at(reason)), ({ count }) => count)
      const before = [yield* counted("Doubt"), yield* counted("Connected")]
      yield* moveTo(320)
      assert.deepStrictEqual(takeCalls(), ["list 310"])
      // It is for what was found first.
      assert.deepStrictEqual(
        [yield* counted("Doubt"), yield* counted("Connected")],
        [Number(before[0]) + 1, before[1]]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "S2: a listing that never returns has failed after a minute without a page, and is repeated",
    () =>
      Effect.gen(function* () {
        const service = yield* ScriptedService.ScriptedService
        const page = Stream.fromEffect(Effect.delay(Effect.succeed(dispatch()), "50 seconds"))
        const { actor, moveTo, takeCalls } = yield* start({
          sync: { streamAgeMax: Duration.infinity },
          list: (number, real) =>
            number === 2 ? Stream.concat(page, Stream.concat(page, Stream.never)) : real
        })
        yield* service.holdSilently(DispatchId.make(1n), dispatch())
        yield* moveTo(299)
        takeCalls()
        // Two pages, at 350 and at 400, then nothing.
        yield* moveTo(459.9)
        assert.deepStrictEqual([takeCalls(), (yield* actor.status)._tag], [["list 300"], "Synchronised"])
        yield* moveTo(460.1)
        const stale = yield* actor.status
        assert.isTrue(
          stale._tag === "Stale" && stale.cause === "no answer came within 1m",
          JSON.stringify(stale)
        )
        yield* moveTo(461)
        assert.deepStrictEqual([takeCalls(), (yield* actor.status)._tag], [["list 460.5"], "Synchronised"])
      }).pipe(Effect.provide(layer))
  )

  it.effect("S7: a catch-up window without end leaves nothing out of a listing", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const over = dispatch({
        startTime: DateTime.makeUnsafe(t0 - 1e9),
        endTime: DateTime.makeUnsafe(t0 - 9e8)
      })
      yield* service.holdSilently(over.id, over)
      for (const catchUpWindow of [Duration.infinity, Duration.days(4_000_000)]) {
        const filters: Array<unknown> = []
        const { actor, moveTo } = yield* start({
          sync: { catchUpWindow },
          list: (_number, real, asked) => {
            filters.push(asked.filter)
            return real
          }
        })
        yield* moveTo(1)
        assert.deepStrictEqual([(yield* actor.dispatches).length, filters], [1, [{}]])
        yield* actor.actor.stop()
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("S3: a stream that was renewed has stood for as long as the one before", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      yield* service.failWith(unavailable)
      const { moveTo, takeCalls } = yield* start({
        sync: { resyncInterval: Duration.infinity, streamAgeMax: Duration.seconds(100) }
      })
      // Failures make the steps long.
      yield* moveTo(60)
      yield* service.failWith(undefined)
      yield* moveTo(90)
      takeCalls()
      yield* moveTo(190)
      assert.deepStrictEqual(takeCalls(), ["open 186.4", "list 186.4", "close 186.4"])
      yield* moveTo(210)
      yield* service.endStreams()
      yield* moveTo(215)
      assert.deepStrictEqual(takeCalls(), ["close 210", "open 210.5", "list 210.5"])
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "S3: of several failures at once all are told, and waiting long takes that all are hopeless",
    () =>
      Effect.gen(function* () {
        const refusal = DispatchError.unimplemented("no such call")
        const together = (...causes: ReadonlyArray<Cause.Cause<DispatchError.DispatchError>>) =>
          Effect.failCause(causes.reduce(Cause.combine))
        const broken = Cause.die("it is broken")
        for (const [second, opens, cause] of [
          [Cause.fail(unavailable), ["open 0", "open 0.5"], "no such call; gone"],
          [broken, ["open 0", "open 0.5"], "no such call; it is broken"],
          [Cause.fail(refusal), ["open 0"], "no such call"]
        ] as const) {
          const { actor, moveTo, takeCalls } = yield* start({
            open: () => together(Cause.fail(refusal), second)
          })
          yield* moveTo(1)
          assert.deepStrictEqual(opensOf(takeCalls()), [...opens])
          const status = yield* actor.status
          assert.deepStrictEqual(status, SyncStatus.Connecting({ cause }))
          yield* actor.actor.stop()
        }
      }).pipe(Effect.provide(layer))
  )

  it.effect("S5: another story is asked for once more, and what repeats it is not repeated", () =>
    Effect.gen(function* () {
      const { moveTo, takeCalls } = yield* start({
        // Each listing but the first tells a story of its own, and from the tenth on always the same.
        list: (number) => {
          const payload = { number: Math.min(number, 10) }
          return Stream.make(dispatch({ version: 5, duration: Duration.infinity, payload }))
        }
      })
      assert.deepStrictEqual(takeCalls(), ["open 0", "list 0"])
      yield* moveTo(301)
      assert.deepStrictEqual(takeCalls(), ["list 300", "list 300"])
      yield* moveTo(601)
      assert.deepStrictEqual(takeCalls(), ["list 600", "list 600"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S5, S9: two stories make the status stale, with a warning, until they end", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const endless = dispatch({ duration: Duration.infinity })
      const off = dispatch({ duration: Duration.infinity, active: false })
      yield* service.holdSilently(endless.id, endless)
      const { actor, moveTo, takeCalls, warnings } = yield* start({
        sync: { streamAgeMax: Duration.infinity }
      })
      takeCalls()
      yield* service.holdSilently(endless.id, off)
      yield* moveTo(301)
      assert.deepStrictEqual(takeCalls(), ["list 300", "list 300"])
      assert.isFalse((yield* actor.dispatches)[0]?.active)
      assert.deepStrictEqual((yield* actor.status)._tag, "Synchronised")
      yield* service.holdSilently(endless.id, endless)
      yield* moveTo(601)
      const stale = yield* actor.status
      assert.isTrue(
        stale._tag === "Stale" && stale.cause === "two stories of dispatch 1",
        JSON.stringify(stale)
      )
      assert.deepStrictEqual(warnings, ["Not in sync: two stories of dispatch 1"])
      assert.isFalse((yield* actor.dispatches)[0]?.active)
      yield* service.put("Updated", dispatch({ version: 2, duration: Duration.infinity }))
      yield* Probe.settled
      assert.deepStrictEqual(
        yield* actor.status,
        SyncStatus.Synchronised({ since: DateTime.makeUnsafe(t0 + 601_000) })
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect(
    "S6: a deletion that was undone is believed within half a minute, by streams of after it alone",
    () =>
      Effect.gen(function* () {
        const service = yield* ScriptedService.ScriptedService
        const endless = dispatch({ duration: Duration.infinity })
        yield* service.holdSilently(endless.id, endless)
        const old = yield* Queue.unbounded<StreamEvent>()
        const events: Array<string> = []
        const { actor, moveTo, takeCalls } = yield* start({
          sync: { streamAgeMax: Duration.infinity },
          // The second stream takes five seconds to stand, and the first one lives until then.
          open: (number, real) =>
            number === 1
              ? Effect.succeed({ effective: Effect.void, events: Stream.fromQueue(old) })
              : Effect.delay(real, "5 seconds")
        })
        const heard = yield* actor.lifecycleEvents()
        yield* Effect.forkScoped(Stream.runForEach(heard, ({ _tag }) => Effect.sync(() => events.push(_tag))))
        yield* Queue.offer(old, { kind: "Deleted", record: endless })
        yield* moveTo(299)
        assert.deepStrictEqual([events.splice(0), takeCalls()], [["Deleted"], ["open 0", "list 0"]])
        yield* moveTo(329.9)
        assert.deepStrictEqual(takeCalls(), ["list 300"])
        const stale = yield* actor.status
        assert.isTrue(stale._tag === "Stale" && stale.cause.endsWith("deleted: dispatch 1"))
        // Before it is believed and after, the deletion comes once more on the stream from before.
        yield* Queue.offer(old, { kind: "Deleted", record: endless })
        yield* moveTo(331)
        assert.deepStrictEqual(takeCalls().sort(), ["get 330", "list 330", "open 330"])
        assert.deepStrictEqual([events.splice(0), (yield* actor.status)._tag], [["Created"], "Synchronised"])
        yield* Queue.offer(old, { kind: "Deleted", record: endless })
        yield* moveTo(336)
        assert.deepStrictEqual(
          [events, takeCalls().sort()],
          [[], ["close 335", "list 331", "list 332", "list 335"]]
        )
        yield* service.remove(endless.id)
        yield* Probe.settled
        assert.deepStrictEqual(events, ["Deleted"])
      }).pipe(Effect.provide(layer))
  )

  it.effect(
    "S4, S6: a stream that was renewed early is renewed by its own age, once it is lost as well",
    () =>
      Effect.gen(function* () {
        const service = yield* ScriptedService.ScriptedService
        const endless = dispatch({ duration: Duration.infinity })
        const { moveTo, takeCalls } = yield* start({ sync: { resyncInterval: Duration.minutes(5) } })
        yield* service.put("Created", endless)
        yield* Probe.settled
        yield* service.remove(endless.id)
        yield* service.holdSilently(endless.id, endless)
        yield* moveTo(331)
        assert.deepStrictEqual(opensOf(takeCalls()), ["open 0", "open 330"])
        yield* moveTo(1_000)
        yield* service.endStreams()
        yield* moveTo(2_800)
        assert.deepStrictEqual(opensOf(takeCalls()), ["open 1000.5"])
        yield* moveTo(2_801)
        assert.deepStrictEqual(opensOf(takeCalls()), ["open 2800.5"])
      }).pipe(Effect.provide(layer))
  )

  it.effect("S6: a deletion that a listing bears out leads to no further listing", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const endless = dispatch({ duration: Duration.infinity })
      const { moveTo, takeCalls } = yield* start({ sync: { streamAgeMax: Duration.infinity } })
      yield* service.put("Created", endless)
      yield* Probe.settled
      yield* service.remove(endless.id)
      yield* service.holdSilently(endless.id, endless)
      yield* moveTo(301)
      yield* service.holdSilently(endless.id, undefined)
      yield* moveTo(599)
      assert.deepStrictEqual(takeCalls(), ["open 0", "list 0", "list 300", "list 330"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S2: listings that fail are spaced ever further, and soon repeated once one was whole", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      let isAway = true
      const { moveTo, takeCalls } = yield* start({
        list: (_number, real) => (isAway ? Stream.fail(unavailable) : real)
      })
      yield* moveTo(14)
      // Half of 1 s, 1.6 s, 2.56 s and so on.
      assert.deepStrictEqual(takeCalls(), [
        "open 0",
        ...[0, 0.5, 1.3, 2.6, 4.6, 7.9, 13.1].map((at) => `list ${at}`)
      ])
      isAway = false
      yield* moveTo(100)
      assert.deepStrictEqual(takeCalls(), ["list 21.5"])
      isAway = true
      yield* service.send({ kind: "Unknown", record: dispatch() })
      yield* moveTo(101)
      assert.deepStrictEqual(takeCalls(), ["list 100", "list 100.5"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S9: stale is since the first of what broke", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const { actor, moveTo } = yield* start()
      yield* moveTo(10)
      yield* service.failWith(unavailable)
      yield* service.endStreams(unavailable)
      yield* Probe.settled
      const first = yield* actor.status
      assert.deepStrictEqual("since" in first && first.since.epochMilliseconds, t0 + 10_000)
      yield* moveTo(100)
      const still = yield* actor.status
      assert.deepStrictEqual("since" in still && still.since.epochMilliseconds, t0 + 10_000)
    }).pipe(Effect.provide(layer))
  )

  it.effect("S3: the health of a stream is its own, not that of the one before", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      const { moveTo, takeCalls } = yield* start({ sync: unattended })
      yield* moveTo(60)
      yield* service.endStreams()
      yield* moveTo(130)
      yield* service.endStreams()
      yield* moveTo(140)
      assert.deepStrictEqual(opensOf(takeCalls()), ["open 0", "open 60.5", "open 130.8"])
    }).pipe(Effect.provide(layer))
  )

  it.effect("S4: renewals that are refused are spaced further and further", () =>
    Effect.gen(function* () {
      const { moveTo, takeCalls } = yield* start({
        sync: unattended,
        open: (number, real) => (number > 1 && number < 5 ? Effect.fail(exhausted) : real)
      })
      yield* moveTo(1_900)
      assert.deepStrictEqual(
        opensOf(takeCalls()),
        [0, 1_800, 1_800.5, 1_801.3, 1_802.6].map((at) => `open ${at}`)
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("S3: a renewal that only a person can make possible is tried again every 5 minutes", () =>
    Effect.gen(function* () {
      const { moveTo, takeCalls } = yield* start({
        sync: unattended,
        open: (number, real) =>
          number > 1 && number < 4 ? Effect.fail(DispatchError.permissionDenied("not you")) : real
      })
      yield* moveTo(2_500)
      assert.deepStrictEqual(
        opensOf(takeCalls()),
        [0, 1_800, 2_100, 2_400].map((at) => `open ${at}`)
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("S7: a listing that began before a doubt does not settle it", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService.ScriptedService
      yield* service.put("Created", dispatch({ duration: Duration.infinity }))
      const { moveTo, takeCalls } = yield* start({
        list: (number, real, { filter }) => {
          if (filter?.ids !== undefined) return Stream.fail(unavailable)
          return number === 2 ? Stream.unwrap(Effect.as(Effect.sleep("20 seconds"), real)) : real
        }
      })
      yield* moveTo(305)
      yield* service.put("Updated", unreadable(2))
      yield* moveTo(321)
      takeCalls()
      yield* moveTo(400)
      assert.isNotEmpty(takeCalls().filter((call) => call.startsWith("list")))
    }).pipe(Effect.provide(layer))
  )
})
