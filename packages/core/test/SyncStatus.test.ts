import { type ClockOffset, type ClockReading, refine } from "@effect-dispatch/core/ClockOffset"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import { t0 } from "./fixtures.ts"

/** An actor in sync with a service, and what it says of it. */
const start = Effect.gen(function* () {
  yield* TestClock.setTime(t0)
  const heard: Array<string> = []
  let offset: ClockOffset | undefined
  const client = { ...(yield* DispatchClient), clockOffset: () => offset }
  const actor = yield* DispatchingActor.make({ microgridId: MicrogridId.make(1n) }).pipe(
    Effect.provideService(DispatchClient, client)
  )
  yield* Effect.forkScoped(
    Stream.runForEach(actor.statusChanges, ({ _tag }) => Effect.sync(() => heard.push(_tag)))
  )
  yield* Probe.settled
  yield* actor.actor.start
  yield* Probe.settled
  const read = (reading: ClockReading) => (offset = refine(offset, reading))
  return { actor, heard, read }
})

const layer = DispatchScheduler.layer.pipe(
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
  Layer.merge(ScriptedService.layer),
  Layer.provideMerge(Probe.layer)
)

describe("SyncStatus", () => {
  it.effect(
    "S9: tells how far the service's clock is from the local one, with its bounds, which is no change of the status",
    () =>
      Effect.gen(function* () {
        const { actor, heard, read } = yield* start
        assert.deepStrictEqual(yield* actor.clockOffset, Option.none())
        // It took 200 ms.
        read({ serviceTime: t0 + 500, sentAt: t0, receivedAt: t0 + 200 })
        yield* Probe.settled
        assert.deepStrictEqual(
          yield* actor.clockOffset,
          Option.some({ earliest: 300, latest: 1_500, at: t0 + 200 })
        )
        assert.deepStrictEqual(heard, ["Connecting", "Synchronised"])
      }).pipe(Effect.provide(layer))
  )

  it.effect("S9: a listing that finds all as it was is no change of the status", () =>
    Effect.gen(function* () {
      const { actor, heard } = yield* start
      const before = yield* actor.status
      const { observed } = yield* ScriptedService.ScriptedService
      for (let minutes = 0; minutes < 20; minutes++) {
        yield* TestClock.adjust("1 minute")
        yield* Probe.settled
      }
      assert.isAbove((yield* observed).listings, 2)
      assert.deepStrictEqual(heard, ["Connecting", "Synchronised"])
      assert.strictEqual(yield* actor.status, before)
    }).pipe(Effect.provide(layer))
  )
})
