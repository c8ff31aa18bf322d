import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as DispatchGenerator from "@effect-dispatch/testing/DispatchGenerator"
import * as ServiceClient from "@effect-dispatch/testing/ServiceClient"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import { TestClock } from "effect/testing"

const noon = DateTime.makeUnsafe("2026-01-31T12:00:00.250Z")

const draw = (seed: number, count: number) => {
  const generator = DispatchGenerator.make(seed)
  return Array.from({ length: count }, () => generator.next(noon))
}

describe("dispatches drawn from a seed", () => {
  it("are the same for the same seed, and others for another", () => {
    assert.deepStrictEqual(draw(7, 50), draw(7, 50))
    assert.notDeepEqual(draw(7, 50), draw(8, 50))
  })

  it.effect("are all taken by the service", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon.epochMilliseconds)
      const client = yield* DispatchClient
      for (const dispatch of draw(1, 1_000)) yield* client.create(MicrogridId.make(1n), dispatch)
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it("come in all kinds", () => {
    const all = draw(1, 1_000)
    const kinds = {
      now: all.filter(({ startTime }) => startTime === "NOW"),
      commands: all.filter(
        ({ duration }) => duration !== undefined && Duration.isZero(Duration.fromInputUnsafe(duration))
      ),
      endless: all.filter(
        ({ duration }) => duration !== undefined && !Duration.isFinite(Duration.fromInputUnsafe(duration))
      ),
      recurring: all.filter(({ recurrence }) => recurrence !== undefined),
      inLocalTime: all.filter(({ recurrence }) => recurrence?.timeZone !== undefined),
      inactive: all.filter(({ active }) => active === false),
      dryRuns: all.filter(({ dryRun }) => dryRun)
    }
    for (const [kind, some] of Object.entries(kinds)) assert.isAtLeast(some.length, 20, kind)
  })
})
