import * as ClockOffset from "@effect-dispatch/core/ClockOffset"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { clientOf, id, microgridId } from "./clientOf.ts"
import { answerList, make } from "./grpcService.ts"

const noon = Date.parse("2026-01-05T12:00:00Z")
const date = (millis: number) => new Date(millis).toUTCString()

const readings = (client: DispatchClient["Service"], count: number) =>
  Effect.forkChild(Stream.runCollect(Stream.take(client.clockReadings ?? Stream.empty, count)), {
    startImmediately: true
  })

describe("readings of the service's clock", () => {
  it.effect("S9: answers of every kind tell it, also refusals and the headers of streams", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon + 250)
      const service = yield* make((exchange) => {
        if (exchange.method === "ListMicrogridDispatches") {
          exchange.open({ date: date(noon + 3_000) })
          answerList(exchange, [])
        } else if (exchange.method === "StreamMicrogridDispatches") {
          exchange.open({ date: date(noon + 4_000) })
        } else {
          exchange.refuse(16, "who are you", { date: date(noon + 5_000) })
        }
      })
      const client = yield* clientOf(service)
      const seen = yield* readings(client, 3)
      yield* Stream.runDrain(client.list(microgridId))
      yield* (yield* client.stream(microgridId)).effective
      yield* Effect.flip(client.get(microgridId, id(1n)))
      const local = { sentAt: noon + 250, receivedAt: noon + 250 }
      const found = yield* Fiber.join(seen)
      assert.deepStrictEqual(found, [
        { serviceTime: noon + 3_000, ...local },
        { serviceTime: noon + 4_000, ...local },
        { serviceTime: noon + 5_000, ...local }
      ])
    })
  )

  it.effect("a reading spans the time from sending to the headers", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const service = yield* make(() => undefined)
      const client = yield* clientOf(service)
      const seen = yield* readings(client, 1)
      const { effective } = yield* client.stream(microgridId)
      while (service.exchanges.length === 0) yield* TestClock.withLive(Effect.sleep("5 millis"))
      yield* TestClock.adjust("3 seconds")
      service.exchanges[0]?.open({ date: date(noon + 1_000) })
      yield* effective
      assert.deepStrictEqual(yield* Fiber.join(seen), [
        { serviceTime: noon + 1_000, sentAt: noon, receivedAt: noon + 3_000 }
      ])
    })
  )

  it.effect("a new reader gets the latest reading first", () =>
    Effect.gen(function* () {
      let second = 0
      const service = yield* make((exchange) => {
        exchange.open({ date: date(noon + ++second * 1_000) })
        answerList(exchange, [])
      })
      const client = yield* clientOf(service)
      yield* Stream.runDrain(client.list(microgridId))
      yield* Stream.runDrain(client.list(microgridId))
      const [reading] = yield* Fiber.join(yield* readings(client, 1))
      assert.strictEqual(reading?.serviceTime, noon + 2_000)
    })
  )

  it.live("a date that is missing or not understood tells nothing, and does no harm", () =>
    Effect.gen(function* () {
      const dates = ["", "yesterday", "2026-01-05T11:00:00Z", "Mon, 05 Jan 2026 11:00:00 +0000", date(noon)]
      let next = 0
      const service = yield* make((exchange) => {
        exchange.open({ date: dates[next++] })
        answerList(exchange, [])
      })
      const client = yield* clientOf(service)
      const seen = yield* readings(client, 1)
      for (const _ of dates) yield* Stream.runDrain(client.list(microgridId))
      assert.strictEqual((yield* Fiber.join(seen))[0]?.serviceTime, noon)
    })
  )

  it.live("S9: a service on this machine is found to agree with it", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => answerList(exchange, []))
      const client = yield* clientOf(service)
      const seen = yield* readings(client, 5)
      for (let call = 0; call < 5; call++) yield* Stream.runDrain(client.list(microgridId))
      const found = yield* Fiber.join(seen)
      const offset = found.reduce<ClockOffset.ClockOffset | undefined>(ClockOffset.refine, undefined)
      if (offset === undefined) return assert.fail("nothing is known")
      assert.strictEqual(ClockOffset.atLeast(offset), 0)
      assert.isBelow(ClockOffset.bound(offset), 2_000)
    })
  )
})
