import { DispatchClientGrpc, DispatcherGrpc } from "@effect-dispatch/client"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Payload } from "@effect-dispatch/core/Payload"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Deferred, Duration, Effect, Layer, Logger } from "effect"
import { Charger, Charging } from "@effect-dispatch/examples/charging"
import { followCharging } from "@effect-dispatch/examples/followCharging"
import { startPeakShaving } from "@effect-dispatch/examples/withoutLayers"
import { makeService } from "./service.ts"

const microgridId = MicrogridId.make(1n)
const bounded = { timeout: 30_000 }

const create = (type: string, payload: Payload) =>
  Effect.flatMap(DispatchClient, (client) =>
    client.create(microgridId, {
      type,
      startTime: "NOW",
      duration: Duration.hours(1),
      target: Target.componentIds(1n),
      payload
    })
  )

describe("the dispatcher over loopback HTTP/2", () => {
  it.live(
    "without layers: Effect.runFork of the program starts and stops everything",
    () =>
      Effect.gen(function* () {
        const service = yield* makeService
        const log: Array<unknown> = []
        const discharging = yield* Deferred.make<void>()
        const stop = startPeakShaving(service.url, {
          discharge: (watts) => {
            log.push(watts)
            Deferred.doneUnsafe(discharging, Effect.void)
          },
          rest: () => log.push("rest")
        })
        yield* Effect.provide(
          create("PEAK_SHAVING", { power_w: 5_000 }),
          DispatchClientGrpc.layer({ url: service.url })
        )
        yield* Deferred.await(discharging)
        assert.deepStrictEqual(log, [5_000])
        yield* Effect.promise(stop)
        assert.deepStrictEqual(log, [5_000, "rest"])
      }),
    bounded
  )

  it.live(
    "as a layer, with the service from the environment: manages actors, and tells what it knows",
    () =>
      Effect.gen(function* () {
        const service = yield* makeService
        const powers: Array<number> = []
        const charging = yield* Deferred.make<void>()
        const charger = Charger.of({
          setPower: (watts) =>
            Effect.suspend(() => {
              powers.push(watts)
              return Deferred.succeed(charging, undefined)
            })
        })
        const site = DispatcherGrpc.layerConfig({ microgridId }).pipe(
          Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ DISPATCH_API_URL: service.url })))
        )
        const logged: Array<unknown> = []
        const logger = Logger.make(({ message }) => void logged.push(message))
        yield* Effect.gen(function* () {
          const { client, dispatches, initialized } = yield* Dispatcher
          yield* initialized
          yield* Effect.forkScoped(followCharging)
          yield* Layer.build(Layer.provide(Charging, Layer.succeed(Charger, charger)))
          const made = yield* Effect.provideService(
            create("CHARGE", { power_w: 11_000 }),
            DispatchClient,
            client
          )
          yield* Deferred.await(charging)
          assert.isTrue((yield* dispatches).some((known) => known.sameContent(made)))
          // A real service takes its time: nobody but the log knows when.
          yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => logged.length > 0 })
        }).pipe(Effect.scoped, Effect.provide(Layer.merge(site, Logger.layer([logger]))))
        assert.deepStrictEqual(powers, [11_000, 0])
        assert.deepInclude(logged.flat(), { power_w: 11_000 })
      }),
    bounded
  )

  it.live(
    "a program that cannot be set up ends with the reason",
    () =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(
          DispatcherGrpc.run({ microgridId, url: "grpc://example.org" }, () => Effect.void)
        )
        assert.include(String(exit), "key")
      }),
    bounded
  )
})
