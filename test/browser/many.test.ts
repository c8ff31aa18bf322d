import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import type { Page } from "playwright-core"
import { inWorker, launch, open, picture, row, serve, status, test } from "./browser.ts"

const microgridId = MicrogridId.make(1n)
const many = 10_000

/** Recurring dispatches of many types, as an application makes them. */
const seed = (url: string) =>
  Effect.gen(function* () {
    const { create } = yield* DispatchClient
    const now = yield* DateTime.now
    const numbers = Array.from({ length: many }, (_, number) => number)
    const make = (number: number) =>
      create(microgridId, {
        type: `TYPE_${number % 97}`,
        startTime: DateTime.addDuration(now, Duration.minutes(1 + (number % 600))),
        duration: Duration.minutes(5 + (number % 50)),
        target: Target.componentIds(BigInt(1 + (number % 300))),
        payload: { power_w: number },
        recurrence: RecurrenceRule.make({
          frequency: number % 3 === 0 ? "HOURLY" : "DAILY",
          interval: 1 + (number % 5)
        })
      })
    yield* Effect.forEach(numbers, make, { concurrency: 64, discard: true })
  }).pipe(Effect.provide(DispatchClientGrpc.layer({ url })))

/** The heap of the shared worker in bytes, after a collection. */
const workerHeap = Effect.fnUntraced(function* (page: Page) {
  yield* inWorker(page, "HeapProfiler.collectGarbage")
  return Number((yield* inWorker(page, "Runtime.getHeapUsage"))["usedSize"])
})

const pageHeap = (page: Page) =>
  Effect.promise(async () => {
    const session = await page.context().newCDPSession(page)
    await session.send("HeapProfiler.collectGarbage")
    return (await session.send("Runtime.getHeapUsage")).usedSize
  })

const megabyte = 1_024 * 1_024

describe("ten thousand dispatches", () => {
  test(
    "are on the page with few nodes and within the memory that they may take",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        yield* seed(service.url)
        const { page } = yield* open(yield* launch(), service.page)
        yield* status(page, "Synchronised", 30_000)
        const begun = Date.now()
        yield* Effect.promise(() => page.getByText("10,000 dispatches").waitFor({ timeout: 20_000 }))
        const seconds = (Date.now() - begun) / 1_000
        yield* row(page, /TYPE_/)
        // So many are told apart by type, until somebody chooses otherwise.
        yield* Effect.promise(() => page.getByRole("row", { name: /^TYPE_0 104$/ }).waitFor())
        const nodes = Effect.promise(() => page.evaluate<number>("document.querySelectorAll('*').length"))
        const onTimeline = yield* nodes
        yield* picture(page, "many-timeline")
        yield* Effect.promise(() => page.getByLabel("Window").selectOption("1y"))
        yield* Effect.sleep("1 second")
        yield* picture(page, "many-year")
        yield* Effect.promise(() => page.getByRole("button", { name: "List", exact: true }).click())
        yield* Effect.sleep("500 millis")
        const inList = yield* nodes
        yield* Effect.promise(() => page.getByRole("button", { name: "Next", exact: true }).click())
        yield* Effect.promise(() => page.getByText("70–138 of 10,000").waitFor())
        const [ofPage, ofWorker] = [yield* pageHeap(page), yield* workerHeap(page)]
        console.log(
          `10,000 dispatches ${seconds} s after the status, ${onTimeline} and ${inList} nodes, ${(ofPage / megabyte).toFixed(1)} MB in the page and ${(ofWorker / megabyte).toFixed(1)} MB in the worker`
        )
        assert.isAtMost(Math.max(onTimeline, inList), 2_000)
        assert.isAtMost(ofPage + ofWorker, 40 * megabyte)
      }),
    150_000
  )
})
