import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import type { JournalEntry, JournalEvent } from "@effect-dispatch/core/JournalEntry"
import { beginning } from "@effect-dispatch/core/JournalStore"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { SiteJournal } from "@effect-dispatch/core/SiteJournal"
import * as SiteJournalSql from "@effect-dispatch/fleet/SiteJournalSql"
import { sqlJournalDaysMax } from "@effect-dispatch/fleet/SqlJournalLimits"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { isAvailable, sharedPostgres } from "./postgres.ts"
import * as SqliteClient from "./sqliteClient.ts"

const microgridId = MicrogridId.make(2n ** 64n - 1n)
const t0 = Date.UTC(2026, 0, 1)
const day = 86_400_000

const entry = (epoch: bigint, number: number, millis: number, event: JournalEvent): JournalEntry => ({
  epoch,
  number: BigInt(number),
  at: DateTime.makeUnsafe(t0 + millis),
  status: "Stale",
  event
})

const alive: JournalEvent = { _tag: "Alive" }

const sqlite = Layer.suspend(() =>
  SqliteClient.layer(join(mkdtempSync(join(tmpdir(), "journal-")), "journal.sqlite"))
)

const cases = (database: Layer.Layer<SqlClient.SqlClient, unknown>) => {
  const open = (name = "plant", microgrid = microgridId) =>
    Effect.gen(function* () {
      const place = Option.getOrThrow(yield* SiteJournal)
      return yield* place.open(microgrid)
    }).pipe(Effect.provide(SiteJournalSql.layer({ name })), Effect.scoped)

  it.live("J6: is there again, with its reporter; each actor has an epoch of its own", () =>
    Effect.gen(function* () {
      const first = yield* open()
      assert.strictEqual(first.last.number, 0n)
      const { epoch } = first.last
      const group = [
        entry(epoch, 1, 0, { _tag: "Began" }),
        entry(epoch, 2, 1_500, { _tag: "Lost", count: 2 })
      ]
      yield* first.append(group)
      const second = yield* open("plant 7")
      assert.isAbove(Number(second.last.epoch), Number(epoch))
      assert.deepStrictEqual(second.reporter, { id: first.reporter.id, name: "plant 7" })
      const later = entry(second.last.epoch, 1, 3_000, { _tag: "Began" })
      yield* second.append([later])
      // One that still writes disturbs nothing.
      const late = entry(epoch, 3, 4_000, alive)
      yield* first.append([late])
      assert.deepStrictEqual(yield* second.after(beginning, 10), [...group, late, later])
      assert.deepStrictEqual(yield* second.after({ epoch, number: 2n }, 1), [late])
      assert.deepStrictEqual(yield* second.after(later, 10), [])
    }).pipe(Effect.provide(Layer.fresh(database)))
  )

  it.live("J6: an entry that is written again is there once, and microgrids have nothing in common", () =>
    Effect.gen(function* () {
      const store = yield* open()
      const { epoch } = store.last
      yield* store.append([entry(epoch, 1, 0, alive)])
      yield* store.append([entry(epoch, 1, 0, alive), entry(epoch, 2, 0, alive)])
      yield* store.append([])
      assert.lengthOf(yield* store.after(beginning, 10), 2)
      const other = yield* open("plant", MicrogridId.make(2n))
      assert.lengthOf(yield* other.after(beginning, 10), 0)
      assert.notStrictEqual(other.reporter.id, store.reporter.id)
    }).pipe(Effect.provide(Layer.fresh(database)))
  )

  it.live("J6: days before the last ones go, and a clock far ahead removes no more than one", () =>
    Effect.gen(function* () {
      const store = yield* open()
      const { epoch } = store.last
      for (let number = 1; number <= sqlJournalDaysMax; number++) {
        yield* store.append([entry(epoch, number, number * day, alive)])
      }
      yield* store.append([entry(epoch, sqlJournalDaysMax + 1, 90_000 * day, alive)])
      yield* store.append([entry(epoch, sqlJournalDaysMax + 2, 2 * day, alive)])
      const left = yield* store.after(beginning, 1_000)
      assert.deepStrictEqual([left.length, left[0]?.number], [sqlJournalDaysMax + 1, 2n])
    }).pipe(Effect.provide(Layer.fresh(database)))
  )

  it.live(
    "J6: what is written holds no transaction, in which a process that stands still would hold up others",
    () =>
      Effect.gen(function* () {
        let begun = 0
        const watched = Layer.effect(
          SqlClient.SqlClient,
          Effect.map(
            SqlClient.SqlClient,
            (sql) =>
              new Proxy(sql, {
                get: (target, name, self): unknown => {
                  if (name === "withTransaction") begun += 1
                  return Reflect.get(target, name, self)
                }
              })
          )
        )
        yield* Effect.gen(function* () {
          const store = yield* open()
          const before = begun
          // The first one looks for old entries.
          yield* store.append([entry(store.last.epoch, 1, 0, alive)])
          assert.strictEqual(begun, before)
          assert.isAbove(begun, 0)
        }).pipe(Effect.provide(watched))
      }).pipe(Effect.provide(Layer.fresh(database)))
  )

  it.live("J6: one who reads on is told how many entries went before it came", () =>
    Effect.gen(function* () {
      const store = yield* open()
      const { epoch } = store.last
      for (let number = 1; number <= sqlJournalDaysMax + 3; number++) {
        yield* store.append([entry(epoch, number, number * day, alive)])
      }
      const readOn = Effect.map(store.after({ epoch, number: 1n }, 2), (entries) =>
        entries.map(({ event, number }) => [number, event])
      )
      assert.deepStrictEqual(yield* readOn, [
        [3n, { _tag: "Lost", count: 2 }],
        [4n, alive]
      ])
      assert.deepStrictEqual((yield* store.after({ epoch, number: 3n }, 1))[0]?.event, alive)
      const [first] = yield* store.after(beginning, 1)
      assert.deepStrictEqual(first?.event, alive)
      // The next actor counts from 1 again.
      const next = yield* open()
      yield* next.append([entry(next.last.epoch, 1, 100 * day, alive)])
      const last = { epoch, number: BigInt(sqlJournalDaysMax + 3) }
      assert.deepStrictEqual((yield* next.after(last, 1))[0]?.event, alive)
    }).pipe(Effect.provide(Layer.fresh(database)))
  )

  it.live("J6: entries of a newer release are left out, and hide none that come after them", () =>
    Effect.gen(function* () {
      const store = yield* open()
      const { epoch } = store.last
      yield* store.append([1, 2, 3, 4, 5].map((number) => entry(epoch, number, 0, alive)))
      const sql = yield* SqlClient.SqlClient
      yield* sql`UPDATE journal_entries SET entry = '{"event":{"_tag":"Newer"}}' WHERE number IN (2, 3)`
      const numbers = Effect.map(store.after({ epoch, number: 1n }, 2), (found) =>
        found.map(({ event, number }) => `${number} ${event._tag}`)
      )
      assert.deepStrictEqual(yield* numbers, ["3 Lost", "4 Alive"])
      assert.lengthOf(yield* store.after(beginning, 4), 4)
    }).pipe(Effect.provide(Layer.fresh(database)))
  )

  it.live("J6: a database that is away fails what it is asked, by a JournalError", () =>
    Effect.gen(function* () {
      const store = yield* open()
      const sql = yield* SqlClient.SqlClient
      yield* sql`DROP TABLE journal_entries`
      const { _tag } = yield* Effect.flip(store.after(beginning, 1))
      assert.strictEqual(_tag, "JournalError")
    }).pipe(Effect.provide(Layer.fresh(database)))
  )
}

describe("the tables of a journal", () => {
  it.effect("have a prefix that names of tables can begin with", () =>
    Effect.gen(function* () {
      for (const prefix of ["", "Journal", "a-b", "x; DROP TABLE y", "x".repeat(32)]) {
        const layer = SiteJournalSql.layer({ name: "plant", prefix })
        const { _tag } = yield* Effect.flip(Effect.scoped(Layer.build(Layer.provide(layer, sqlite))))
        assert.strictEqual(_tag, "FleetError")
      }
    })
  )
})

describe("a journal in SQLite", () => cases(sqlite))

describe.skipIf(!isAvailable)("a journal in PostgreSQL", () => {
  const server = sharedPostgres()
  cases(
    Layer.unwrap(
      Effect.map(server.database, (url) => PgClient.layer({ url: Redacted.make(url), maxConnections: 2 }))
    )
  )
})
