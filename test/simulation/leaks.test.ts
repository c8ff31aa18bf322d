import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Metric, Random, Scope } from "effect"
import { TestClock } from "effect/testing"

const reconnects = 100_000

const layer = DispatchScheduler.layer.pipe(
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
  Layer.provideMerge(ScriptedService.layer),
  Layer.provideMerge(Probe.layer)
)

/** A dispatch that runs. */
const dispatch = (id: DispatchId) =>
  new Dispatch({
    id,
    type: "CHARGE",
    startTime: DateTime.makeUnsafe(0),
    duration: Duration.infinity,
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    createTime: DateTime.makeUnsafe(0),
    updateTime: id
  })

/** The number of finalizers that wait in a scope. */
const finalizers = ({ state }: Scope.Scope): number =>
  state._tag === "Open" ? (state.finalizers?.size ?? 1) : 0

describe("an actor that reconnects for ever", () => {
  it.effect(
    `S3, S6: is after ${reconnects} reconnects as large as it was: fibers, finalizers, streams, what is known`,
    () =>
      Effect.gen(function* () {
        let fibers = 0
        let opened = 0
        const streamScopes = new Set<Scope.Scope>()
        const counting = Metric.FiberRuntimeMetrics.of({
          recordFiberStart: () => void (fibers += 1),
          recordFiberEnd: () => void (fibers -= 1)
        })
        const service = yield* ScriptedService.ScriptedService
        const real = yield* DispatchClient
        const client = DispatchClient.of({
          ...real,
          stream: (microgrid) =>
            Effect.gen(function* () {
              opened += 1
              streamScopes.add(yield* Effect.scope)
              return yield* real.stream(microgrid)
            })
        })
        const scope = yield* Scope.make()
        const actor = yield* DispatchingActor.make({
          microgridId: MicrogridId.make(1n)
        }).pipe(Effect.provideService(DispatchClient, client), Scope.provide(scope))
        yield* actor.actor.start.pipe(
          Effect.provideService(Metric.FiberRuntimeMetrics, counting),
          Effect.provideService(Random.Random, { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 1e-6 })
        )

        /** The stream ends; while there is none, a running dispatch comes or goes. */
        const reconnect = Effect.fnUntraced(function* (n: number) {
          yield* service.endStreams()
          const id = DispatchId.make(BigInt(Math.floor(n / 20) + 1))
          if (n % 20 === 0) yield* service.holdSilently(id, dispatch(id))
          if (n % 20 === 10) yield* service.holdSilently(id, undefined)
          yield* TestClock.adjust(1)
        })
        const measure = Effect.gen(function* () {
          yield* Probe.settled
          for (const each of streamScopes) if (each.state._tag === "Closed") streamScopes.delete(each)
          const { openStreams } = yield* service.observed
          const known = (yield* actor.dispatches).length
          return {
            fibers,
            finalizers: finalizers(scope),
            openStreams,
            streamScopes: streamScopes.size,
            known
          }
        })

        yield* Probe.settled
        for (let n = 0; n < 100; n++) yield* reconnect(n)
        const before = yield* measure
        for (let n = 100; n < reconnects; n++) yield* reconnect(n)
        assert.deepStrictEqual(yield* measure, before)
        assert.strictEqual(before.openStreams, 1)
        assert.strictEqual(opened, reconnects + 1)
      }).pipe(Effect.provide(layer)),
    { timeout: 300_000 }
  )
})
