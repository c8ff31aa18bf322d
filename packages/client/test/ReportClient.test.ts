import { createRouterTransport } from "@connectrpc/connect"
import { reportCallsMax } from "@effect-dispatch/client/ClientLimits"
import * as ReportClient from "@effect-dispatch/client/ReportClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

describe("ReportClient", () => {
  it.effect("J27: of many sites of a process a few report at once, so that others can call", () =>
    Effect.gen(function* () {
      let [atWork, most, made] = [0, 0, 0]
      const client = ReportClient.make({
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
})
