import * as DispatchError from "@effect-dispatch/core/DispatchError"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import type { UnreadableDispatch } from "@effect-dispatch/core/DispatchClient"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import * as Metrics from "@effect-dispatch/core/Metrics"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { ScriptedService } from "@effect-dispatch/testing/ScriptedService"
import * as SkewClock from "@effect-dispatch/testing/SkewClock"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Logger, Metric, References, type Scope, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { at, dispatch, t0 } from "./fixtures.ts"
import { hold, layer, microgridId, moveTo, put, quiet, remove, settle } from "./site.ts"

const start = Effect.fnUntraced(function* (options: Partial<DispatchingActor.DispatchingActorOptions> = {}) {
  const now = yield* DateTime.now
  if (now.epochMilliseconds === 0) yield* TestClock.setTime(t0 - 10_000)
  const actor = yield* DispatchingActor.make({ microgridId, sync: quiet, ...options })
  yield* actor.actor.start
  yield* settle
  return actor
})

/** All series with another value than 0, by name and labels. */
const values = Effect.map(Metric.snapshot, (all) =>
  Object.fromEntries(
    all.flatMap(({ attributes, id, state }) => {
      const { unit: _, ...labels } = attributes ?? {}
      const value = "value" in state ? state.value : "count" in state ? state.count : 0
      return Number(value) === 0 ? [] : [[[id, ...Object.values(labels)].join(" "), Number(value)] as const]
    })
  )
)

/** A test with a service, and metrics, of its own. */
const test = <A, E>(
  name: string,
  effect: () => Effect.Effect<A, E, Layer.Success<typeof layer> | Scope.Scope>
) =>
  it.effect(name, () =>
    effect().pipe(Effect.provide(Layer.fresh(layer)), Effect.provideService(Metric.MetricRegistry, new Map()))
  )

/** A tracer that keeps the spans that have ended. */
const recording = () => {
  const spans: Array<Tracer.NativeSpan> = []
  class Kept extends Tracer.NativeSpan {
    override end(...parameters: Parameters<Tracer.NativeSpan["end"]>): void {
      super.end(...parameters)
      spans.push(this)
    }
  }
  return { spans, tracer: Tracer.make({ span: (options) => new Kept(options) }) }
}

const unavailable = DispatchError.unavailable("gone")

describe("metrics of a site", () => {
  test("tell its phase and for how long, whether the service is there or not", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* service.failWith(unavailable)
      yield* start()
      yield* moveTo(-4)
      assert.include(yield* values, {
        "dispatch_sync_actors Connecting": 1,
        "dispatch_sync_phase_age_seconds Connecting": 6,
        dispatch_sync_listing_age_seconds: 6
      })
      yield* service.failWith(undefined)
      yield* moveTo(120)
      const inSync = yield* values
      assert.strictEqual(inSync["dispatch_sync_actors Synchronised"], 1)
      assert.isUndefined(inSync["dispatch_sync_actors Connecting"])
      assert.isAbove(inSync["dispatch_sync_stream_age_seconds"] ?? 0, 60)
      yield* service.failWith(unavailable)
      yield* service.endStreams(unavailable)
      yield* moveTo(130)
      const stale = yield* values
      assert.strictEqual(stale["dispatch_sync_phase_age_seconds Stale"], 10)
      assert.isUndefined(stale["dispatch_sync_stream_age_seconds"])
      assert.isAbove(stale["dispatch_sync_reconnects_total Unavailable"] ?? 0, 1)
    }))

  test("count listings by why, those that failed too", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* start({ sync: { ...quiet, resyncInterval: Duration.seconds(80) } })
      yield* moveTo(100)
      yield* service.endStreams()
      yield* moveTo(110)
      const { "dispatch_sync_listings_total Connected": connected, ...others } = yield* values
      assert.strictEqual(connected, 2)
      assert.include(others, {
        "dispatch_sync_listings_total Periodic": 1,
        "dispatch_sync_reconnects_total Ended": 1
      })
    }))

  test("tell of dispatches: known, unreadable, running, and what happened to them", () =>
    Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* hold(dispatch({ id: 1n }), dispatch({ id: 2n, startTime: at(100) }))
      const unreadable: UnreadableDispatch = {
        _tag: "UnreadableDispatch",
        id: dispatch({ id: 3n }).id,
        updateTime: 1n,
        path: "target",
        message: "is empty"
      }
      yield* service.holdSilently(dispatch({ id: 3n }).id, unreadable)
      yield* start()
      yield* moveTo(1)
      assert.include(yield* values, {
        dispatch_known_dispatches: 2,
        dispatch_unschedulable_dispatches: 1,
        dispatch_running_dispatches: 1,
        "dispatch_anomalies_total unreadable": 1,
        "dispatch_running_state_changes_total Running Scheduled": 1
      })
      yield* put("Updated", dispatch({ id: 1n, version: 2, active: false }))
      yield* remove(2n)
      const after = yield* values
      assert.include(after, {
        "dispatch_running_state_changes_total Stopped Updated": 1,
        "dispatch_lifecycle_events_total Created": 2,
        "dispatch_lifecycle_events_total Updated": 1,
        "dispatch_lifecycle_events_total Deleted": 1,
        dispatch_known_dispatches: 1
      })
      assert.isUndefined(after["dispatch_running_dispatches"])
    }))

  it.effect("measure how late what the timer decides is published, in seconds, and nothing else", () =>
    Effect.gen(function* () {
      const clock = yield* SkewClock.SkewClock
      yield* hold(dispatch({ id: 1n }))
      yield* start()
      yield* put("Created", dispatch({ id: 2n, startTime: at(-30), duration: Duration.infinity }))
      // Nobody looks at the wall clock until the timer has gone on for ten seconds.
      yield* clock.step(2_500)
      yield* TestClock.adjust("10 seconds")
      yield* settle
      yield* moveTo(61)
      const late = (yield* Metric.snapshot).flatMap(({ attributes, id, state }) =>
        id === Metrics.lateness.name && "sum" in state
          ? [[attributes?.["state"], state.count, state.sum]]
          : []
      )
      assert.deepStrictEqual(late, [
        ["Running", 1, 2.5],
        ["Stopped", 1, 0]
      ])
    }).pipe(
      Effect.provide(Layer.fresh(layer).pipe(Layer.provideMerge(SkewClock.layer({ start: t0 - 10_000 })))),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
  )

  test("of several actors of a process are counted together, and tell of the worst", () =>
    Effect.gen(function* () {
      yield* start()
      yield* moveTo(0)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* start({ microgridId: MicrogridId.make(2n) })
          yield* moveTo(5)
          assert.include(yield* values, {
            "dispatch_sync_actors Synchronised": 2,
            "dispatch_sync_phase_age_seconds Synchronised": 15
          })
        })
      )
      assert.strictEqual((yield* values)["dispatch_sync_actors Synchronised"], 1)
    }))

  test("tell how far the slowest subscriber is behind, and what was conflated for it", () =>
    Effect.gen(function* () {
      yield* hold(...Array.from({ length: 5 }, (_, index) => dispatch({ id: BigInt(index + 1) })))
      const actor = yield* start()
      const changes = yield* actor.runningStateChanges()
      const events = yield* actor.lifecycleEvents()
      assert.notStrictEqual<unknown>(changes, events)
      yield* moveTo(1)
      assert.include(yield* values, { dispatch_subscribers: 2, dispatch_subscriber_lag_values: 5 })
    }))
})

it.effect("steps of the clock are counted, forward and back, and turns of the timer", () =>
  Effect.gen(function* () {
    const clock = yield* SkewClock.SkewClock
    yield* TestClock.adjust("30 seconds")
    assert.isUndefined((yield* values)["dispatch_clock_steps_total Forward"])
    yield* clock.step(60_000)
    yield* TestClock.adjust("30 seconds")
    yield* clock.step(5_000)
    yield* TestClock.adjust("30 seconds")
    yield* clock.step(-30_000)
    yield* TestClock.adjust("30 seconds")
    const seen = yield* values
    assert.include(seen, { "dispatch_clock_steps_total Forward": 2, "dispatch_clock_steps_total Back": 1 })
    assert.isAtLeast(seen["dispatch_wake_ups_total Look"] ?? 0, 9)
  }).pipe(
    Effect.provide(DispatchScheduler.layer.pipe(Layer.provideMerge(SkewClock.layer()))),
    Effect.provideService(Metric.MetricRegistry, new Map())
  )
)

describe("traces of a site", () => {
  test("an edge has a span from its instant, linked to the cycle that brought its version", () => {
    const { spans, tracer } = recording()
    return Effect.gen(function* () {
      yield* hold(dispatch({ id: 1n }))
      yield* start()
      yield* put("Created", dispatch({ id: 2n, startTime: at(10) }))
      yield* moveTo(30)
      const named = (name: string) => spans.filter((span) => span.name === `DispatchingActor.${name}`)
      const [listing] = named("list")
      const [connect] = named("connect")
      const edges = named("Running")
      assert.deepStrictEqual(
        edges.map(({ attributes, links, startTime }) => [
          attributes.get("microgrid.id"),
          attributes.get("dispatch.id"),
          attributes.get("dispatch.cause"),
          Number(startTime / 1_000_000n) - t0,
          links.map(({ span }) => span.spanId)
        ]),
        [
          ["1", "1", "Scheduled", 0, [listing?.spanId]],
          ["1", "2", "Scheduled", 10_000, [connect?.spanId]]
        ]
      )
      assert.strictEqual(listing?.attributes.get("sync.reason"), "Connected")
      assert.strictEqual(listing?.attributes.get("sync.records"), 1)
    }).pipe(Effect.withTracer(tracer))
  })

  test("are bounded: a hundred edges a second have a span, and the next after that says how many had none", () => {
    const { spans, tracer } = recording()
    return Effect.gen(function* () {
      yield* hold(...Array.from({ length: 150 }, (_, index) => dispatch({ id: BigInt(index + 1) })))
      yield* start()
      yield* moveTo(1)
      assert.strictEqual(spans.filter(({ name }) => name === "DispatchingActor.Running").length, 100)
      yield* moveTo(61)
      const stops = spans.filter(({ name }) => name === "DispatchingActor.Stopped")
      assert.strictEqual(stops.length, 100)
      assert.strictEqual(stops[0]?.attributes.get("dispatch.edges_untraced"), 50)
      assert.isFalse(stops[1]?.attributes.has("dispatch.edges_untraced"))
      assert.strictEqual((yield* values)["dispatch_edges_untraced_total"], 100)
    }).pipe(Effect.withTracer(tracer))
  })

  test("hold no payload and no target", () => {
    const { spans, tracer } = recording()
    return Effect.gen(function* () {
      yield* hold(dispatch({ id: 1n, payload: { canary: "canary-in-payload" } }))
      yield* start()
      yield* moveTo(90)
      const all = JSON.stringify(spans.map((span) => [span.name, ...span.attributes.entries()]))
      assert.include(all, "Stopped")
      assert.notInclude(all, "canary")
    }).pipe(Effect.withTracer(tracer))
  })
})

describe("logs of a site", () => {
  test("say which microgrid and which dispatch they are about, and nothing of payloads", () => {
    const lines: Array<{
      readonly message: string
      readonly annotations: Readonly<Record<string, unknown>>
    }> = []
    const logger = Logger.make(({ fiber, message }) => {
      lines.push({ message: String(message), annotations: fiber.getRef(References.CurrentLogAnnotations) })
    })
    return Effect.gen(function* () {
      const service = yield* ScriptedService
      yield* hold(dispatch({ id: 1n, payload: { canary: "canary-in-payload" } }))
      yield* service.holdSilently(dispatch({ id: 3n }).id, {
        _tag: "UnreadableDispatch",
        id: dispatch({ id: 3n }).id,
        updateTime: 1n,
        path: "target",
        message: "is empty"
      })
      yield* start()
      yield* moveTo(90)
      assert.deepStrictEqual(lines, [
        {
          message: "Keeps nothing: what is known ends with the process, and so do stops still to come",
          annotations: { microgrid: "1" }
        },
        {
          message: "Dispatch 3 cannot be scheduled: target: is empty",
          annotations: { microgrid: "1", dispatch: "3" }
        }
      ])
    }).pipe(Effect.provide(Logger.layer([logger])))
  })
})
