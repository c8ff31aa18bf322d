import { DispatchClient, DispatchScheduler, MicrogridId, Target } from "@effect-dispatch/core"
import { ServiceClient } from "@effect-dispatch/testing"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { shift } from "../src/dispatchingActor.ts"

const microgridId = MicrogridId.make(1n)
const Service = DispatchScheduler.layer.pipe(Layer.provideMerge(ServiceClient.layerMemory))

it.effect("core: the dispatching actor by itself is started, followed, stopped and waited for", () =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    const client = yield* DispatchClient.DispatchClient
    const create = (type: string) =>
      client.create(microgridId, {
        type,
        startTime: "NOW",
        duration: "1 hour",
        target: Target.componentCategories("EV_CHARGER")
      })
    yield* create("REPORT")
    const working = yield* Effect.forkChild(Effect.provide(shift, Logger.layer([logger])))
    yield* TestClock.adjust("1 minute")
    yield* create("CHARGE")
    yield* TestClock.adjust("2 hours")
    assert.deepStrictEqual(lines.splice(0), [
      "Keeps nothing: what is known ends with the process, and so do stops still to come",
      "DispatchingActor(1) knows 1 dispatches",
      "#1 Created",
      "#2 Running",
      "#2 Created",
      "#2 Stopped"
    ])
    yield* TestClock.adjust("6 hours")
    yield* Fiber.join(working)
    yield* create("CHARGE")
    yield* TestClock.adjust("2 hours")
    assert.deepStrictEqual(lines, ["The shift is over"])
  }).pipe(Effect.provide(Service))
)
