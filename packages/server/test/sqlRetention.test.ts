/** The removal of what is old, where there is so much that it is looked at in slices. */
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { DispatchStoreSqlite } from "@effect-dispatch/server"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as SqlDispatches from "../src/internal/sql/sqlDispatches.ts"
import * as SqlNonces from "../src/internal/sql/sqlNonces.ts"
import * as SqlRetention from "../src/internal/sql/sqlRetention.ts"
import * as SqliteClient from "../src/internal/sql/sqliteClient.ts"
import { folder, noon } from "./services.ts"

interface Place {
  readonly database: DatabaseSync
  readonly keeper: SqlRetention.Keeper
}

/** A store without rows, and a way to write rows past it. */
const withStore = <A, E>(test: (place: Place) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const filename = join(yield* folder, "store.sqlite")
    yield* Effect.scoped(Layer.build(Layer.fresh(DispatchStoreSqlite.layer({ filename }))))
    const { sql } = yield* SqliteClient.make({ filename, synchronous: "NORMAL", checked: false })
    const database = yield* Effect.acquireRelease(
      Effect.sync(() => new DatabaseSync(filename)),
      (open) => Effect.sync(() => open.close())
    )
    const keeper: SqlRetention.Keeper = {
      sql,
      tidy: SqlDispatches.transaction(sql),
      turns: { take: (slice) => slice, length: Duration.millis(5) }
    }
    return yield* test({ database, keeper })
  }).pipe(Effect.provide(Reactivity.layer), Effect.scoped)

const second = (seconds: number) => DateTime.add(noon, { seconds })
const millis = (seconds: number) => second(seconds).epochMilliseconds

/** Writes dispatches with these ids that ended in the second of their id, and were changed at a time. */
const ended = (database: DatabaseSync, first: number, last: number, changedAt: number) =>
  database.exec(`
    WITH RECURSIVE ids (id) AS (SELECT ${first} UNION ALL SELECT id + 1 FROM ids WHERE id < ${last})
    INSERT INTO dispatches (id, microgrid_id, type, start_time, end_time, active, dry_run, recurs, create_time, update_time, data)
    SELECT id, 1, 'CHARGE', 0, ${millis(0)} + id, 1, 0, 0, 0, ${millis(changedAt)} * 1000000, x'00' FROM ids`)

const idsIn = (database: DatabaseSync) =>
  database
    .prepare("SELECT id FROM dispatches ORDER BY id")
    .all()
    .map(({ id }) => Number(id))

const times = { now: second(1_000), before: second(500) }

describe("dispatches that are over", () => {
  it.effect("one that is changed between the look and the removal stays", () =>
    withStore(({ database, keeper }) =>
      Effect.gen(function* () {
        ended(database, 1, 3, 10)
        const change = () =>
          database.exec(`UPDATE dispatches SET update_time = ${millis(900)} * 1000000 WHERE id = 2`)
        let tidied = 0
        const removal: SqlRetention.Keeper = {
          ...keeper,
          tidy: (write) =>
            Effect.suspend(() => {
              if (++tidied === 1) change()
              return keeper.tidy(write)
            })
        }
        assert.strictEqual(yield* SqlRetention.prune(removal, "dispatches", times, 100), 2)
        assert.isAbove(tidied, 0)
        assert.deepStrictEqual(idsIn(database), [2])
      })
    )
  )

  it.effect("those behind very many that were changed since are removed as well", () =>
    withStore(({ database, keeper }) =>
      Effect.gen(function* () {
        ended(database, 1, 2_500, 900)
        ended(database, 2_501, 2_502, 10)
        assert.strictEqual(yield* SqlRetention.prune(keeper, "dispatches", times, 100), 2)
        assert.lengthOf(idsIn(database), 2_500)
      })
    )
  )
})

describe("nonces beyond the bound", () => {
  const fill = (database: DatabaseSync, key: string, count: number, at: number) =>
    database.exec(`
      WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < ${count})
      INSERT INTO nonces SELECT '${key}', 'n' || id, ${millis(at)} + id FROM ids`)

  const left = (database: DatabaseSync) =>
    Object.fromEntries(
      database
        .prepare("SELECT key_id, count(*) AS count, min(time) AS oldest FROM nonces GROUP BY key_id")
        .all()
        .map(({ count, key_id, oldest }) => [String(key_id), [Number(count), Number(oldest) - millis(0)]])
    )

  it.effect("are counted and found behind very many of others, and removed in small transactions", () =>
    withStore(({ database, keeper }) =>
      Effect.gen(function* () {
        fill(database, "a", 24_000, 0)
        fill(database, "busy", 26_000, 30)
        const removed = yield* SqlNonces.trim(keeper, 49_000, 20_000, second(1_000))
        assert.strictEqual(removed, 1_000)
        assert.deepStrictEqual(left(database), { a: [24_000, 1], busy: [25_000, 31_001] })
        assert.strictEqual(yield* SqlNonces.trim(keeper, 49_000, 20_000, second(1_000)), 0)
      })
    )
  )

  it.effect("the oldest of a key are sought in the order of time: it may have very many", () =>
    withStore(({ keeper: { sql } }) =>
      Effect.gen(function* () {
        const within = sql`(time, key_id, nonce) > (1, 'a', 'b') AND (time, key_id, nonce) <= (2, 'a', 'b')`
        const statement = SqlNonces.statementOfOldest(sql, "busy", within, 100)
        const [row] = yield* sql<{ readonly detail: string }>`EXPLAIN QUERY PLAN ${statement}`
        assert.include(row?.detail, "nonces_by_time ((time,key_id,nonce)>(?,?,?)")
      })
    )
  )

  it.effect("those of a clock that was ahead go first, however many", () =>
    withStore(({ database, keeper }) =>
      Effect.gen(function* () {
        fill(database, "a", 3_000, 0)
        fill(database, "ahead", 2_000, 5_000)
        assert.strictEqual(yield* SqlNonces.trim(keeper, 3_500, 20_000, second(1_000)), 1_500)
        assert.strictEqual(left(database)["a"]?.[0], 3_000)
      })
    )
  )
})
