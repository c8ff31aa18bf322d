import type { ClockReading } from "@effect-dispatch/core/ClockOffset"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Logger, Option, Queue, Stream } from "effect"
import { TestClock } from "effect/testing"
import { t0 } from "./fixtures.ts"

/** An answer that took 200 ms, of a service whose clock is ahead by so much. */
const reading = (aheadMillis: number): ClockReading => ({
  serviceTime: t0 + aheadMillis,
  sentAt: t0,
  receivedAt: t0 + 200
})

/** An actor in sync with a service whose clock is read, and what it says of it. */
const start = Effect.gen(function* () {
  yield* TestClock.setTime(t0)
  const readings = yield* Queue.unbounded<ClockReading>()
  const warnings: Array<string> = []
  const heard: Array<string> = []
  const client = { ...(yield* DispatchClient), clockReadings: Stream.fromQueue(readings) }
  const logger = Logger.make(({ logLevel, message }) => {
    if (logLevel === "Warn") warnings.push(String(message))
  })
  const actor = yield* DispatchingActor.make({ microgridId: MicrogridId.make(1n) }).pipe(
    Effect.provideService(DispatchClient, client),
    Effect.provide(Logger.layer([logger]))
  )
  yield* Effect.forkScoped(
    Stream.runForEach(actor.statusChanges, ({ _tag }) => Effect.sync(() => heard.push(_tag)))
  )
  yield* Probe.settled
  yield* actor.actor.start.pipe(Effect.provide(Logger.layer([logger])))
  yield* Probe.settled
  return {
    actor,
    heard,
    warnings,
    read: (aheadMillis: number) =>
      Effect.andThen(
        Effect.sync(() => Queue.offerUnsafe(readings, reading(aheadMillis))),
        Probe.settled
      )
  }
})

const layer = DispatchScheduler.layer.pipe(
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
  Layer.merge(ScriptedService.layer),
  Layer.provideMerge(Probe.layer)
)

describe("SyncStatus", () => {
  it.effect("S9: tells how far the service's clock is from the local one, with its bounds", () =>
    Effect.gen(function* () {
      const { actor, read } = yield* start
      assert.deepStrictEqual(yield* actor.clockOffset, Option.none())
      yield* read(500)
      assert.deepStrictEqual(
        yield* actor.clockOffset,
        Option.some({ earliest: 300, latest: 1_500, at: t0 + 200 })
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("S9: warns when the clocks are more than 2 s apart, which is no change of the status", () =>
    Effect.gen(function* () {
      const { heard, read, warnings } = yield* start
      yield* read(2_199)
      yield* read(2_200)
      assert.deepStrictEqual([warnings.length, heard], [0, ["Connecting", "Synchronised"]])
      yield* read(9_000)
      yield* read(9_001)
      assert.strictEqual(warnings.length, 1)
      assert.match(
        warnings[0] ?? "",
        /^The service's clock is 9\.4 s ahead of the local one \(give or take 0\.6 s\)/
      )
      yield* read(0)
      assert.deepStrictEqual([warnings.length, heard.slice(2)], [1, []])
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
