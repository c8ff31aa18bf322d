import { DispatchClient, Dispatcher, MicrogridId, RecurrenceRule, Target } from "@effect-dispatch/core"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { defaultSettings, SyncDefaults } from "@effect-dispatch/core/SyncSettings"
import { ServiceClient } from "@effect-dispatch/testing"
import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Duration, Effect, Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"

const microgridId = MicrogridId.make(1n)

/** The client of the tests, and how often each of its calls was made. */
const Counted = Layer.effectContext(
  Effect.gen(function* () {
    const context = yield* Layer.build(ServiceClient.layerMemory)
    const client = Context.get(context, DispatchClient.DispatchClient)
    const calls = { list: 0, stream: 0 }
    return Context.add(
      Context.add(context, Calls, calls),
      DispatchClient.DispatchClient,
      DispatchClient.DispatchClient.of({
        ...client,
        list: (...parameters) => Stream.suspend(() => (calls.list++, client.list(...parameters))),
        stream: (...parameters) => Effect.suspend(() => (calls.stream++, client.stream(...parameters)))
      })
    )
  })
)

class Calls extends Context.Service<Calls, { list: number; stream: number }>()("test/Calls") {}

const Site = Dispatcher.layerWithClient({ microgridId }).pipe(Layer.provideMerge(Counted))

/** The time of the processor that this process has taken: other programs on the machine do not count. */
const cpuMillis = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1_000
}

/** An actor that counts. */
const counted = (seen: { starts: number; stops: number }) =>
  Effect.acquireRelease(
    Effect.sync(() => seen.starts++),
    () => Effect.sync(() => seen.stops++)
  ).pipe(Effect.andThen(Effect.never))

/** A dispatch that runs from now on for half an hour. */
const create = (client: DispatchClient.DispatchClient["Service"]) =>
  client.create(microgridId, {
    type: "CHARGE",
    startTime: "NOW",
    duration: Duration.minutes(30),
    target: Target.componentIds(7n)
  })

/** Starts and stops of a dispatch of two hours a day, in the time to come. */
const daily = Effect.fnUntraced(function* (ahead: Duration.Input) {
  const { client, initialized, manage } = yield* Dispatcher.Dispatcher
  yield* initialized
  const seen = { starts: 0, stops: 0 }
  yield* manage("CHARGE", () => counted(seen))
  yield* client.create(microgridId, {
    type: "CHARGE",
    startTime: DateTime.add(yield* DateTime.now, { hours: 1 }),
    duration: Duration.hours(2),
    target: Target.componentIds(7n),
    recurrence: RecurrenceRule.make({ frequency: "DAILY", interval: 1 })
  })
  yield* TestClock.adjust(ahead)
  return seen
})

describe("virtual time", () => {
  it.effect("S4: in virtual time nothing is listed again and no stream is renewed, so nothing wakes up", () =>
    Effect.gen(function* () {
      const { initialized } = yield* Dispatcher.Dispatcher
      yield* initialized
      const begun = cpuMillis()
      yield* TestClock.adjust("7 days")
      assert.isBelow(cpuMillis() - begun, 50)
      assert.deepStrictEqual({ ...(yield* Calls) }, { list: 1, stream: 1 })
    }).pipe(Effect.provide(Site))
  )

  it.effect("S4: nor where the scheduler is a layer beside the client's", () =>
    Effect.gen(function* () {
      const { initialized } = yield* DispatchingActor.DispatchingActor
      yield* initialized
      const begun = cpuMillis()
      yield* TestClock.adjust("7 days")
      assert.isBelow(cpuMillis() - begun, 50)
    }).pipe(
      Effect.provide(
        DispatchingActor.layer({ microgridId }).pipe(
          Layer.provide(Layer.merge(DispatchScheduler.layer, ServiceClient.layerMemory))
        )
      )
    )
  )

  it.effect("S4: the cadence of a site comes back with its settings", () =>
    Effect.gen(function* () {
      const { initialized } = yield* Dispatcher.Dispatcher
      yield* initialized
      yield* TestClock.adjust("2 hours")
      const { list, stream } = yield* Calls
      assert.isAtLeast(list, 20)
      assert.isAtLeast(stream, 4)
    }).pipe(
      Effect.provide(
        Dispatcher.layerWithClient({ microgridId, sync: defaultSettings }).pipe(Layer.provideMerge(Counted))
      )
    )
  )

  it.effect("R7: a dispatch of every day runs every day of a year, in less than a second", () =>
    Effect.gen(function* () {
      const begun = cpuMillis()
      assert.deepStrictEqual(yield* daily("365 days"), { starts: 365, stops: 365 })
      assert.isBelow(cpuMillis() - begun, 1_000)
    }).pipe(Effect.provide(Site))
  )

  it.effect("time waits for what begins: a run that is over in the step is not missed", () =>
    Effect.gen(function* () {
      const { client, manage } = yield* Dispatcher.Dispatcher
      yield* TestClock.adjust("1 hour")
      yield* create(client)
      const seen = { starts: 0, stops: 0 }
      yield* manage("CHARGE", () => counted(seen))
      yield* TestClock.adjust("19 minutes")
      assert.deepStrictEqual(seen, { starts: 1, stops: 0 })
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(seen, { starts: 1, stops: 1 })
    }).pipe(Effect.provide(Site))
  )

  it.effect("time waits for a site that has just been made", () =>
    Effect.gen(function* () {
      yield* create(yield* DispatchClient.DispatchClient)
      yield* TestClock.adjust("1 minute")
      const seen = { starts: 0, stops: 0 }
      yield* Effect.gen(function* () {
        const { manage } = yield* Dispatcher.Dispatcher
        yield* manage("CHARGE", () => counted(seen))
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(seen, { starts: 1, stops: 1 })
      }).pipe(Effect.provide(Dispatcher.layerWithClient({ microgridId })))
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it.effect("the site knows each change when the call returns: creating, updating, deleting", () =>
    Effect.gen(function* () {
      const { client, dispatch, initialized, runningStateChanges } = yield* Dispatcher.Dispatcher
      yield* initialized
      const seen: Array<string> = []
      const changes = yield* runningStateChanges("CHARGE")
      yield* Effect.forkScoped(Stream.runForEach(changes, ({ state }) => Effect.sync(() => seen.push(state))))
      const { id } = yield* create(client)
      assert.deepStrictEqual(seen, ["Running"])
      yield* client.update(microgridId, id, { active: false })
      assert.deepStrictEqual(seen, ["Running", "Stopped"])
      yield* client.delete(microgridId, id)
      assert.deepStrictEqual(yield* dispatch(id), Option.none())
    }).pipe(Effect.scoped, Effect.provide(Site))
  )

  const cadence = Effect.gen(function* () {
    const context = yield* Layer.build(ServiceClient.layerMemory)
    return {
      maxSleep: Context.get(context, DispatchScheduler.MaxSleep),
      settings: Context.get(context, SyncDefaults)
    }
  })

  it.effect("a clock that cannot step is not looked at again and again", () =>
    Effect.gen(function* () {
      const { maxSleep, settings } = yield* cadence
      assert.strictEqual(maxSleep, Duration.infinity)
      assert.deepStrictEqual(settings, {
        ...defaultSettings,
        resyncInterval: Duration.infinity,
        streamAgeMax: Duration.infinity
      })
    })
  )

  it.live("on the real clock steps are noticed, and the service is listed, as ever", () =>
    Effect.gen(function* () {
      const { maxSleep, settings } = yield* cadence
      assert.deepStrictEqual(maxSleep, Duration.seconds(10))
      assert.deepStrictEqual(settings, defaultSettings)
    })
  )
})
