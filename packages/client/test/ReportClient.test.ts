import { createRouterTransport } from "@connectrpc/connect"
import { reportCallsMax } from "@effect-dispatch/client/ClientLimits"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as LateReports from "../src/internal/lateReports.ts"
import * as ReportCalls from "../src/internal/reportCalls.ts"

describe("ReportClient", () => {
  it.effect("J27: of many sites of a process a few report at once, so that others can call", () =>
    Effect.gen(function* () {
      let [atWork, most, made] = [0, 0, 0]
      const client = ReportCalls.make({
        transport: createRouterTransport(() => {}),
        features: { announced: new Set<never>() },
        unary: () =>
          Effect.suspend(() => {
            most = Math.max(most, ++atWork)
            made += 1
            return Effect.delay(DispatchError.unavailable("no"), "1 second")
          }).pipe(Effect.ensuring(Effect.sync(() => void (atWork -= 1))))
      })
      const batch = { microgridId: MicrogridId.make(1n), reporter: { id: "a", name: "a" }, reports: [] }
      const all = Array.from({ length: 3 * reportCallsMax }, () => Effect.exit(client.report(batch)))
      yield* Effect.forkChild(Effect.all(all, { concurrency: "unbounded" }))
      yield* TestClock.adjust("500 millis")
      assert.deepStrictEqual([most, made], [reportCallsMax, reportCallsMax])
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual([most, made], [reportCallsMax, 3 * reportCallsMax])
    })
  )

  it.effect("the part that is loaded with the first call is told of if it cannot be, and tried again", () =>
    Effect.gen(function* () {
      let loads = 0
      const calls = {
        transport: createRouterTransport(() => {}),
        features: { announced: new Set(["report" as const]) },
        unary: () => DispatchError.notFound("by the service")
      }
      const client = LateReports.make(calls, () =>
        loads++ === 0 ? Promise.reject(new TypeError("no file")) : Promise.resolve(ReportCalls)
      )
      const list = Effect.flip(Stream.runDrain(client.list(MicrogridId.make(1n))))
      assert.isTrue(yield* client.isOffered)
      assert.strictEqual(loads, 0)
      const { message, reason } = yield* list
      assert.deepStrictEqual([reason._tag, loads], ["Unavailable", 1])
      assert.include(message, "could not be loaded")
      for (let time = 0; time < 2; time++) assert.strictEqual((yield* list).reason._tag, "NotFound")
      assert.strictEqual(loads, 2)
    })
  )
})
