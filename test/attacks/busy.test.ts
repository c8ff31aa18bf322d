import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { DispatchFilter, DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchService } from "@effect-dispatch/server"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import { pruneAtOnce } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Ref, Schedule } from "effect"
import { blockMax, isInFull, longestBlock, tell } from "./eventLoop.ts"
import { largeStore } from "./largeStore.ts"

const one = MicrogridId.make(1n)
const two = MicrogridId.make(2n)
const rows = isInFull ? 100_000 : 4_000
const deletedAt = DateTime.makeUnsafe("2026-01-01T00:00:00Z")

/** As many parts of types as a filter may have, none of which any type has. */
const inVain = Array.from({ length: 1_000 }, (_, index) => `Z${index}`)

const known = Array.from({ length: 1_000 }, (_, index) => DispatchId.make(BigInt(index + 1)))

/** The number of dispatches that are not deleted and pass a test. */
const countOf = (passes: (index: number) => boolean): number =>
  Array.from({ length: rows }, (_, index) => index + 1).filter((index) => index % 4 !== 0 && passes(index))
    .length

const all = countOf(() => true)
const ofTarget = countOf((index) => index % 50 === 6)
const ofKnown = countOf((index) => index <= 1_000)

/** The filters and orders that cost most to read, and the number that matches. */
const greedy: ReadonlyArray<readonly [filter: DispatchFilter, total: number, sort?: DispatchSort]> = [
  [{ queries: inVain }, 0],
  [{ targets: inVain.map((_, index) => Target.componentIds(BigInt(index + 1))) }, all],
  [{ active: false }, 0],
  [{ updateTime: { to: DateTime.makeUnsafe("2020-01-01T00:00:00Z") } }, 0],
  [{ dryRun: false, recurring: false }, all],
  [{}, all],
  [{ targets: [Target.componentIds(7n)] }, ofTarget, { field: "startTime", order: "descending" }],
  [
    { targets: [Target.componentIds(7n)], active: true },
    ofTarget,
    { field: "updateTime", order: "ascending" }
  ],
  [{ ids: known }, ofKnown, { field: "startTime", order: "descending" }],
  [{ ids: known, queries: ["CHARGE"] }, ofKnown, { field: "updateTime", order: "descending" }]
]

/** Reads all kinds again and again, and pages of a thousand to the end of the listing, until it is interrupted. */
const reading = Effect.gen(function* () {
  const { list } = yield* DispatchService.DispatchService
  const counts = Effect.forever(
    Effect.forEach(greedy, ([filter, total, sort]) =>
      Effect.map(list(one, { filter, sort }), ({ totalItems }) => assert.strictEqual(totalItems, total))
    )
  )
  const pages = Effect.gen(function* () {
    let pageToken: string | undefined
    do {
      const page = yield* list(one, { pageSize: 1_000, pageToken })
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
  })
  yield* Effect.all([counts, counts, Effect.forever(pages)], { concurrency: "unbounded" })
})

/** Creates again and again, so many at a time. */
const writing = (acknowledged: Ref.Ref<number>) =>
  Effect.gen(function* () {
    const { create } = yield* DispatchService.DispatchService
    const once = create(two, {
      type: "CHARGE",
      startTime: "NOW",
      duration: Duration.minutes(10),
      target: Target.componentIds(1n, 2n)
    })
    yield* Effect.replicateEffect(
      Effect.forever(
        Effect.andThen(
          once,
          Ref.update(acknowledged, (n) => n + 1)
        )
      ),
      16,
      { concurrency: "unbounded" }
    )
  })

/** Removes every dispatch that was deleted. */
const pruning = Effect.gen(function* () {
  const { prune } = yield* DispatchStore
  const before = DateTime.addDuration(deletedAt, Duration.days(1))
  let removed = 0
  while (true) {
    const count = yield* prune("dispatches", { now: before, before }, pruneAtOnce)
    removed += count
    if (count < pruneAtOnce) return removed
    yield* Effect.yieldNow
  }
})

const service = Layer.fresh(DispatchService.layer).pipe(
  Layer.provideMerge(largeStore(rows, { deletedAt: BigInt(deletedAt.epochMilliseconds) }))
)

/**
 * The other work beside the readers. No migration is among it: one of SQLite is done before its service listens, and one
 * of PostgreSQL is at work in the database, not in the thread of a service.
 */
const beside = {
  nothing: Effect.sleep(isInFull ? "5 seconds" : "200 millis"),
  "a prune": Effect.map(pruning, (removed) => assert.strictEqual(removed, Math.floor(rows / 4)))
}

/** Waits until something is counted, however slow the machine. */
const someOf = (count: Ref.Ref<number>) =>
  Effect.repeat(Ref.get(count), { schedule: Schedule.spaced("10 millis"), until: (number) => number > 0 })

describe("greedy readers and sixteen writers", () => {
  for (const [name, work] of Object.entries<Effect.Effect<unknown, unknown, DispatchStore>>(beside)) {
    it.live(
      `beside ${name}, everybody is served`,
      () =>
        Effect.gen(function* () {
          const acknowledged = yield* Ref.make(0)
          const load = Effect.all([reading, writing(acknowledged)], { concurrency: "unbounded" })
          const { millis, work: alone } = yield* longestBlock(
            Effect.raceFirst(Effect.andThen(work, someOf(acknowledged)), Effect.andThen(load, Effect.never))
          )
          yield* tell(`greedy readers, sixteen writers and ${name}: longest block`, millis)
          yield* tell(`${name}: of work alone`, alone)
          assert.isBelow(alone, blockMax)
          const { get } = yield* DispatchService.DispatchService
          const written = yield* Ref.get(acknowledged)
          assert.isAbove(written, 0)
          assert.strictEqual(
            (yield* get(two, DispatchId.make(BigInt(rows + written)))).dispatch.type,
            "CHARGE"
          )
        }).pipe(Effect.scoped, Effect.provide(service)),
      120_000
    )
  }
})
