import {
  DispatchClient,
  DispatchingActor,
  DispatchScheduler,
  MicrogridId,
  Target
} from "@effect-dispatch/core"
import { ServiceClient } from "@effect-dispatch/testing"
import { assert, it } from "@effect/vitest"
import { Duration, Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"

const microgridId = MicrogridId.make(1n)
const Site = DispatchingActor.layer({ microgridId }).pipe(
  Layer.provideMerge(ServiceClient.layerMemory),
  Layer.provide(DispatchScheduler.layer)
)

it.effect("the charger is told when to start and when to stop", () =>
  Effect.gen(function* () {
    const actor = yield* DispatchingActor
    const client = yield* DispatchClient
    const changes = yield* actor.runningStateChanges()
    yield* actor.initialized
    yield* client.create(microgridId, {
      type: "CHARGE",
      startTime: "NOW",
      duration: Duration.minutes(20),
      target: Target.componentCategories("EV_CHARGER")
    })
    yield* TestClock.adjust("1 hour")
    const states = yield* changes.pipe(
      Stream.take(2),
      Stream.map(({ state }) => state),
      Stream.runCollect
    )
    assert.deepStrictEqual(states, ["Running", "Stopped"])
  }).pipe(Effect.provide(Site))
)
