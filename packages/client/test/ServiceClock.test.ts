import * as ClockOffset from "@effect-dispatch/core/ClockOffset"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Stream } from "effect"
import { TestClock } from "effect/testing"
import { clientOf, id, microgridId } from "./clientOf.ts"
import { answerList, make } from "./grpcService.ts"

const noon = Date.parse("2026-01-05T12:00:00Z")
const date = (millis: number) => new Date(millis).toUTCString()

/** The headers of a stream are handed on a little later than it stands. */
const known = (client: DispatchClient["Service"], at: (offset: ClockOffset.ClockOffset) => boolean) =>
  Effect.gen(function* () {
    for (;;) {
      const offset = client.clockOffset?.()
      if (offset !== undefined && at(offset)) return offset
      yield* TestClock.withLive(Effect.sleep("5 millis"))
    }
  })

describe("the service's clock, by its answers", () => {
  it.effect("S9: answers of every kind tell it, also refusals and the headers of streams", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon + 250)
      const service = yield* make((exchange) => {
        if (exchange.method === "ListMicrogridDispatches") {
          exchange.open({ date: date(noon + 3_000) })
          answerList(exchange, [])
        } else if (exchange.method === "StreamMicrogridDispatches") {
          exchange.open({ date: date(noon + 6_000) })
        } else {
          exchange.refuse(16, "who are you", { date: date(noon + 9_000) })
        }
      })
      const client = yield* clientOf(service)
      // Answers that contradict each other: the newest counts.
      const ahead = (seconds: number) => ({
        earliest: seconds * 1_000 - 250,
        latest: seconds * 1_000 + 750,
        at: noon + 250
      })
      assert.isUndefined(client.clockOffset?.())
      yield* Stream.runDrain(client.list(microgridId))
      assert.deepStrictEqual(client.clockOffset?.(), ahead(3))
      yield* (yield* client.stream(microgridId)).effective
      assert.deepStrictEqual(yield* known(client, ({ latest }) => latest > 4_000), ahead(6))
      yield* Effect.flip(client.get(microgridId, id(1n)))
      assert.deepStrictEqual(client.clockOffset?.(), ahead(9))
    })
  )

  it.effect("S9: it was read between the sending of a call and the headers of its answer", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const service = yield* make(() => undefined)
      const client = yield* clientOf(service)
      const { effective } = yield* client.stream(microgridId)
      while (service.exchanges.length === 0) yield* TestClock.withLive(Effect.sleep("5 millis"))
      yield* TestClock.adjust("3 seconds")
      service.exchanges[0]?.open({ date: date(noon + 1_000) })
      yield* effective
      const offset = yield* known(client, () => true)
      assert.deepStrictEqual(offset, { earliest: -2_000, latest: 2_000, at: noon + 3_000 })
    })
  )

  it.effect("S9: a client warns once when the clocks turn out to be more than 2 s apart", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(noon)
      const ahead = [2_000, 9_000, 9_000, 0]
      let next = 0
      const service = yield* make((exchange) => {
        exchange.open({ date: date(noon + (ahead[next++] ?? 0)) })
        answerList(exchange, [])
      })
      const warnings: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel === "Warn") warnings.push(String(message))
      })
      const client = yield* clientOf(service).pipe(Effect.provide(Logger.layer([logger])))
      const told: Array<number> = []
      for (const _ of ahead) {
        yield* Stream.runDrain(client.list(microgridId))
        told.push(warnings.length)
      }
      assert.deepStrictEqual(told, [0, 1, 1, 1])
      assert.match(
        warnings[0] ?? "",
        /^The service's clock is 9\.5 s ahead of the local one \(give or take 0\.5 s\)/
      )
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
      const isKnown: Array<boolean> = []
      for (const _ of dates) {
        yield* Stream.runDrain(client.list(microgridId))
        isKnown.push(client.clockOffset?.() !== undefined)
      }
      assert.deepStrictEqual(isKnown, [false, false, false, false, true])
    })
  )

  it.live("S9: a service on this machine is found to agree with it", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => answerList(exchange, []))
      const client = yield* clientOf(service)
      for (let call = 0; call < 5; call++) yield* Stream.runDrain(client.list(microgridId))
      const offset = client.clockOffset?.() ?? assert.fail("nothing is known")
      assert.strictEqual(ClockOffset.atLeast(offset), 0)
      assert.isBelow(ClockOffset.bound(offset), 2_000)
    })
  )
})
