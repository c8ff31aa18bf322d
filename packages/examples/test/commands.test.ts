import { Dispatcher, MicrogridId, Target } from "@effect-dispatch/core"
import { ServiceClient } from "@effect-dispatch/testing"
import { assert, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"

const microgridId = MicrogridId.make(1n)
const Site = Dispatcher.layerWithClient({ microgridId }).pipe(Layer.provide(ServiceClient.layerMemory))

it.effect("a counter is reset when its command is due, and not before", () =>
  Effect.gen(function* () {
    let resets = 0
    const { client, initialized, manage } = yield* Dispatcher.Dispatcher
    yield* initialized
    yield* manage("RESET_COUNTER", () => Effect.sync(() => (resets += 1)))
    yield* client.create(microgridId, {
      type: "RESET_COUNTER",
      startTime: DateTime.add(yield* DateTime.now, { hours: 1 }),
      duration: Duration.zero,
      target: Target.componentIds(7n)
    })
    yield* TestClock.adjust("59 minutes")
    assert.strictEqual(resets, 0)
    yield* TestClock.adjust("1 minute")
    assert.strictEqual(resets, 1)
  }).pipe(Effect.provide(Site))
)
