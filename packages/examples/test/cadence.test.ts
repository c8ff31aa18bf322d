import { Dispatcher, DispatchScheduler, MicrogridId, SyncSettings, Target } from "@effect-dispatch/core"
import { ServiceClient } from "@effect-dispatch/testing"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"

const microgridId = MicrogridId.make(1n)
const Site = Dispatcher.layerWithClient({ microgridId, sync: SyncSettings.defaultSettings }).pipe(
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, DispatchScheduler.MaxSleep.defaultValue())),
  Layer.provide(ServiceClient.layerMemory)
)

it.effect("what is over is retired by a later listing", () =>
  Effect.gen(function* () {
    const { client, initialized, lifecycleEvents } = yield* Dispatcher.Dispatcher
    yield* initialized
    const events = yield* lifecycleEvents("CHARGE")
    yield* client.create(microgridId, {
      type: "CHARGE",
      startTime: "NOW",
      duration: "20 minutes",
      target: Target.componentCategories("EV_CHARGER")
    })
    yield* TestClock.adjust("1 hour")
    const told = yield* Stream.runCollect(Stream.take(events, 2))
    assert.deepStrictEqual(
      told.map(({ _tag }) => _tag),
      ["Created", "Retired"]
    )
  }).pipe(Effect.provide(Site))
)
