import { DispatchClient, type NewDispatch } from "@effect-dispatch/core/DispatchClient"
import * as Dispatcher from "@effect-dispatch/core/Dispatcher"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as ServiceClient from "@effect-dispatch/testing/ServiceClient"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"

const microgridId = MicrogridId.make(1n)
const site = Dispatcher.layerWithClient({ microgridId }).pipe(Layer.provideMerge(ServiceClient.layerMemory))

const begin = DateTime.makeUnsafe("2026-03-01T12:00:00.900Z").epochMilliseconds

/** Creates what starts now at 900 ms of a second; gives what an actor told, with the millisecond it did so. */
const told = (fields: Partial<NewDispatch>) =>
  Effect.gen(function* () {
    const dispatcher = yield* Dispatcher.Dispatcher
    const changes = yield* dispatcher.runningStateChanges()
    const seen: Array<string> = []
    yield* Effect.forkScoped(
      Stream.runForEach(changes, ({ occurrence, state }) =>
        Effect.map(DateTime.now, (now) => {
          seen.push(
            `${DateTime.formatIso(now).slice(17, 23)} ${state} of ${DateTime.formatIso(occurrence).slice(17, 23)}`
          )
        })
      ),
      { startImmediately: true }
    )
    yield* dispatcher.initialized
    const client = yield* DispatchClient
    yield* client.create(microgridId, {
      type: "RESET",
      startTime: "NOW",
      duration: Duration.zero,
      target: Target.componentIds(1n),
      ...fields
    })
    yield* TestClock.adjust("50 millis")
    yield* TestClock.adjust("10 seconds")
    return seen
  }).pipe(Effect.scoped, Effect.provide(site), (effect) => Effect.andThen(TestClock.setTime(begin), effect))

describe("what starts now", () => {
  it.effect("R9: a command is executed at once, though its instant is a little in the past", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* told({}), ["00.900 Running of 00.000", "00.900 Stopped of 00.000"])
    })
  )

  it.effect("R1: a run is on at once, and ends so long after the second in which it began", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* told({ duration: Duration.seconds(3) }), [
        "00.900 Running of 00.000",
        "03.000 Stopped of 00.000"
      ])
    })
  )
})
