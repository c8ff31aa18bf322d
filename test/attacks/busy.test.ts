import { DatabaseSync } from "node:sqlite"
import { join } from "node:path"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchService, DispatchStoreSqlite } from "@effect-dispatch/server"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import { pruneAtOnce } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Ref, type Scope } from "effect"
import { type Database, write } from "../integration/storeFormat.ts"
import { blockMax, isInFull, longestBlock, tell } from "./eventLoop.ts"
import { folder, largeStore } from "./largeStore.ts"

const one = MicrogridId.make(1n)
const two = MicrogridId.make(2n)
const rows = isInFull ? 100_000 : 4_000
const deletedAt = DateTime.makeUnsafe("2026-01-01T00:00:00Z")

/** As many parts of types as a filter may have, none of which any type has. */
const inVain = Array.from({ length: 1_000 }, (_, index) => `Z${index}`)

/** What costs most to read, and how many match of so many. */
const greedy: ReadonlyArray<readonly [filter: DispatchFilter, share: number]> = [
  [{ queries: inVain }, 0],
  [{ targets: inVain.map((_, index) => Target.componentIds(BigInt(index + 1))) }, 1],
  [{ active: false }, 0],
  [{ updateTime: { to: DateTime.makeUnsafe("2020-01-01T00:00:00Z") } }, 0],
  [{ dryRun: false, recurring: false }, 1],
  [{}, 1]
]

/** Reads all kinds again and again, and pages of a thousand to the end of the listing, until it is interrupted. */
const reading = Effect.gen(function* () {
  const { list } = yield* DispatchService.DispatchService
  const counts = Effect.forever(
    Effect.forEach(greedy, ([filter, share]) =>
      Effect.map(list(one, { filter }), ({ totalItems }) =>
        assert.strictEqual(totalItems, share * Math.ceil(rows * 0.75))
      )
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

/** A file of format 2 that holds as much, and is not up to date. */
const oldStore = Effect.gen(function* () {
  const filename = join(yield* folder, "old.sqlite")
  const connection = new DatabaseSync(filename)
  const database: Database = {
    dialect: "sqlite",
    run: (statement, values = []) =>
      Effect.sync(() => {
        connection.prepare(statement).run(...values)
        return []
      })
  }
  yield* write(database)
  yield* Effect.sync(() => {
    const last = connection.prepare("SELECT max(id) AS id FROM dispatches").get()?.["id"] as number
    const columns =
      "microgrid_id, type, start_time, end_time, active, dry_run, recurring, target, create_time, update_time, data, deleted_time"
    const copy = connection.prepare(
      `INSERT INTO dispatches (id, ${columns}) SELECT id + ?, ${columns} FROM dispatches WHERE id <= ?`
    )
    connection.exec("BEGIN")
    for (let copies = 1; copies * 600 < rows; copies++) copy.run(copies * last, last)
    connection.exec("COMMIT")
    connection.close()
  })
  return DispatchStoreSqlite.layer({ filename, synchronous: "NORMAL" })
})

const service = Layer.fresh(DispatchService.layer).pipe(
  Layer.provideMerge(largeStore(rows, { deletedAt: BigInt(deletedAt.epochMilliseconds) }))
)

/** What goes on beside the readers. */
const beside = {
  nothing: Effect.sleep(isInFull ? "5 seconds" : "200 millis"),
  "a prune": Effect.map(pruning, (removed) => assert.strictEqual(removed, Math.floor(rows / 4))),
  "a migration": Effect.flatMap(oldStore, (store) => Effect.scoped(Layer.build(Layer.fresh(store))))
}

describe("greedy readers and sixteen writers", () => {
  for (const [name, work] of Object.entries<Effect.Effect<unknown, unknown, DispatchStore | Scope.Scope>>(
    beside
  )) {
    it.live(
      `beside ${name}, everybody is served`,
      () =>
        Effect.gen(function* () {
          const acknowledged = yield* Ref.make(0)
          const load = Effect.all([reading, writing(acknowledged)], { concurrency: "unbounded" })
          const { millis, work: alone } = yield* longestBlock(
            Effect.raceFirst(work, Effect.andThen(load, Effect.never))
          )
          yield* tell(`greedy readers, sixteen writers and ${name}: longest block`, millis)
          yield* tell(`${name}: of work alone`, alone)
          // A migration is done before its service serves anybody; what it shares is the machine.
          if (name !== "a migration") assert.isBelow(alone, blockMax)
          const { get } = yield* DispatchService.DispatchService
          const written = yield* Ref.get(acknowledged)
          assert.isAbove(written, 0)
          assert.strictEqual((yield* get(two, DispatchId.make(BigInt(rows + written)))).type, "CHARGE")
        }).pipe(Effect.scoped, Effect.provide(service)),
      120_000
    )
  }
})
