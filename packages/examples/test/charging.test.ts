import { DispatchClient, Dispatcher, MicrogridId, Target } from "@effect-dispatch/core"
import { ServiceClient } from "@effect-dispatch/testing"
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Charger, Charging } from "../src/charging.ts"

const microgridId = MicrogridId.make(1n)
const Site = Dispatcher.layerWithClient({ microgridId }).pipe(Layer.provideMerge(ServiceClient.layerMemory))

it.effect("charges as the dispatch says, for as long as it runs", () =>
  Effect.gen(function* () {
    const powers: Array<number> = []
    const charger = Charger.of({ setPower: (watts) => Effect.sync(() => void powers.push(watts)) })
    yield* Layer.build(Charging).pipe(Effect.provideService(Charger, charger))
    const dispatcher = yield* Dispatcher.Dispatcher
    yield* dispatcher.initialized
    const client = yield* DispatchClient.DispatchClient
    yield* client.create(microgridId, {
      type: "CHARGE",
      startTime: "NOW",
      duration: "20 minutes",
      target: Target.componentCategories("EV_CHARGER"),
      payload: { power_w: 11_000 }
    })
    yield* TestClock.adjust("19 minutes")
    assert.deepStrictEqual(powers, [11_000])
    yield* TestClock.adjust("1 hour")
    assert.deepStrictEqual(powers, [11_000, 0])
  }).pipe(Effect.provide(Site))
)
