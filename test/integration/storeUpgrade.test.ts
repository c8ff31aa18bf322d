import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { PgClient } from "@effect/sql-pg"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { defaultSort } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchStore, type StoreUnusable } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStorePostgres from "@effect-dispatch/server/DispatchStorePostgres"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import { recordsRewrittenAtOnce } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Effect, Exit, Fiber, Layer, Option, Redacted, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { isAvailable, sharedPostgres } from "./postgres.ts"
import { armOf, changes, type Database, dispatches, dispatchOf, write } from "./storeFormat.ts"

/** A database with a store of format 2, and the layer that opens it. */
interface Old {
  readonly database: Database
  readonly store: Layer.Layer<DispatchStore, StoreUnusable>
}

const sqlite = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-upgrade-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const filename = join(folder, "store.sqlite")
  const connection = yield* Effect.acquireRelease(
    Effect.sync(() => new DatabaseSync(filename)),
    (open) => Effect.sync(() => open.close())
  )
  connection.exec("PRAGMA synchronous = OFF")
  const database: Database = {
    dialect: "sqlite",
    run: (statement, values = []) =>
      Effect.sync((): ReadonlyArray<Readonly<Record<string, unknown>>> => {
        const prepared = connection.prepare(statement)
        prepared.setReadBigInts(true)
        return prepared.all(...values).map((row) => ({ ...row }))
      })
  }
  yield* write(database)
  const store = DispatchStoreSqlite.layer({ filename, synchronous: "NORMAL" })
  return { database, store } satisfies Old
})

const server = sharedPostgres()

const overPostgres = Effect.gen(function* () {
  const url = Redacted.make(yield* server.database)
  const context = yield* Effect.orDie(Layer.build(Layer.fresh(PgClient.layer({ url, maxConnections: 1 }))))
  const database: Database = {
    dialect: "pg",
    run: (statement, values = []) =>
      Effect.flatMap(SqlClient.SqlClient, (sql) =>
        Effect.orDie(sql.unsafe<Readonly<Record<string, unknown>>>(statement, values))
      ).pipe(Effect.provideContext(context))
  }
  yield* write(database)
  const alone = <A>(work: (run: Database["run"]) => Effect.Effect<A>) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const run: Database["run"] = (statement, values = []) =>
        Effect.orDie(sql.unsafe<Readonly<Record<string, unknown>>>(statement, values))
      return yield* Effect.orDie(sql.withTransaction(work(run)))
    }).pipe(Effect.provide(Layer.fresh(PgClient.layer({ url, maxConnections: 1 }))), Effect.orDie)
  return { database, alone, store: DispatchStorePostgres.layer({ url }) } satisfies Old & OldPostgres
})

interface OldPostgres {
  /** Does work in a transaction on a connection of its own. */
  readonly alone: <A>(work: (run: Database["run"]) => Effect.Effect<A>) => Effect.Effect<A>
}

const using = <A, E>({ store }: Old, effect: Effect.Effect<A, E, DispatchStore>) =>
  Effect.provide(effect, Layer.fresh(store))

const unsigned = (microgridId: bigint) => BigInt.asUintN(64, microgridId) as MicrogridId

const one = 1n as MicrogridId

/** The records as they are in the tables. */
const recordsOf = ({ run }: Database, table: "dispatches" | "changes") =>
  Effect.map(run(`SELECT data FROM ${table}`), (rows) =>
    rows.map(({ data }) => new Uint8Array(data as Uint8Array))
  )

const versionOf = ({ dialect, run }: Database) =>
  Effect.map(run(dialect === "pg" ? "SELECT version FROM schema_version" : "PRAGMA user_version"), ([row]) =>
    Number(Object.values(row ?? {})[0])
  )

const cursorsOf = ({ run }: Database) =>
  Effect.map(run("SELECT name, value FROM counters WHERE name LIKE 'rewritten-%'"), (rows) =>
    Object.fromEntries(rows.map(({ name, value }) => [name as string, BigInt(value as string)]))
  )

/** Makes the database refuse to change one change, and count those that are changed. */
const failAt = Effect.fnUntraced(function* ({ dialect, run }: Database, number: bigint) {
  yield* run(
    "CREATE TABLE rewritings (number BIGINT NOT NULL)".replace(
      "BIGINT",
      dialect === "pg" ? "BIGINT" : "INTEGER"
    )
  )
  if (dialect === "sqlite") {
    yield* run(`CREATE TRIGGER failing BEFORE UPDATE ON changes WHEN OLD.microgrid_id = 1 AND OLD.number >= ${number}
      BEGIN SELECT RAISE(ABORT, 'the power is cut'); END`)
    yield* run(`CREATE TRIGGER counting AFTER UPDATE ON changes WHEN OLD.microgrid_id = 1
      BEGIN INSERT INTO rewritings VALUES (OLD.number); END`)
    return
  }
  yield* run(`CREATE FUNCTION fail() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'the power is cut'; END $$ LANGUAGE plpgsql`)
  yield* run(`CREATE FUNCTION log() RETURNS trigger AS $$
    BEGIN INSERT INTO rewritings VALUES (OLD.number); RETURN NEW; END $$ LANGUAGE plpgsql`)
  yield* run(`CREATE TRIGGER failing BEFORE UPDATE ON changes FOR EACH ROW
    WHEN (OLD.microgrid_id = 1 AND OLD.number >= ${number}) EXECUTE FUNCTION fail()`)
  yield* run(`CREATE TRIGGER counting AFTER UPDATE ON changes FOR EACH ROW
    WHEN (OLD.microgrid_id = 1) EXECUTE FUNCTION log()`)
})

const letPass = ({ dialect, run }: Database) =>
  run(dialect === "pg" ? "DROP TRIGGER failing ON changes" : "DROP TRIGGER failing")

/** The plain categories that every client reads in the older arm. */
const shared = new Set<string>([
  "GRID_CONNECTION_POINT",
  "METER",
  "INVERTER",
  "CONVERTER",
  "BATTERY",
  "EV_CHARGER"
])

const armFor = (target: Target.Target): string => {
  if (target._tag === "ComponentIds") return "componentIds"
  const isShared = target.categories.every(
    ({ category, subtype }) => subtype === undefined && shared.has(category)
  )
  return isShared ? "componentCategories" : "componentCategoriesTypes"
}

const upgrades = (old: Effect.Effect<Old, never, Scope.Scope>) => {
  it.effect("all that was in the store of an older release is there, and is found by target", () =>
    Effect.gen(function* () {
      const it = yield* old
      assert.isAbove(dispatches.length, 2 * recordsRewrittenAtOnce)
      yield* using(
        it,
        Effect.gen(function* () {
          const store = yield* DispatchStore
          for (const { data, id, isDeleted, microgridId } of dispatches) {
            const found = yield* store.get(unsigned(microgridId), id as DispatchId)
            assert.strictEqual(Option.isNone(found), isDeleted, `${id}`)
            if (Option.isSome(found))
              assert.isTrue(found.value.dispatch.sameContent(dispatchOf(data)), `${id}`)
          }
          const told = yield* store.changesAfter(one, 0n, 10_000)
          const expected = changes.filter(({ microgridId }) => microgridId === 1n)
          assert.deepStrictEqual(
            told.map(({ kind, number }) => [number, kind]),
            expected.map(({ kind, number }) => [number, kind])
          )
          expected.forEach(({ data, number }, index) =>
            assert.isTrue(told[index]?.dispatch.sameContent(dispatchOf(data)), `change ${number}`)
          )
          for (const target of [
            Target.componentIds(1n),
            Target.componentCategories("BATTERY"),
            Target.componentCategories({ category: "INVERTER", subtype: "PV" })
          ]) {
            const present = dispatches
              .filter(({ isDeleted, microgridId }) => !isDeleted && microgridId === 1n)
              .map(({ data }) => dispatchOf(data))
              .filter((dispatch) => Target.overlaps(target, dispatch.target))
            const filter = { targets: [target] }
            const page = { microgridId: one, filter, sort: defaultSort, after: undefined, limit: 1_000 }
            assert.sameMembers(
              (yield* store.page(page)).map(({ dispatch }) => dispatch.id),
              present.map(({ id }) => id)
            )
          }
          const origin = { at: DateTime.makeUnsafe(0), by: "test" }
          const next = yield* store.insert(
            one,
            origin,
            (id) => new Dispatch({ ...dispatchOf(dispatches[0]?.data as Uint8Array), id })
          )
          assert.strictEqual(next.dispatch.id, 601n)
        })
      )
    })
  )

  it.effect("what is stored is written anew for clients of every generation, dispatches and changes", () =>
    Effect.gen(function* () {
      const it = yield* old
      for (const { data } of [...dispatches, ...changes])
        assert.notStrictEqual(armOf(data), "componentCategories")
      yield* using(it, Effect.void)
      for (const table of ["dispatches", "changes"] as const) {
        const records = yield* recordsOf(it.database, table)
        const arms = records.map(armOf)
        assert.include(arms, "componentCategories")
        assert.deepStrictEqual(
          arms,
          records.map((data) => armFor(dispatchOf(data).target))
        )
      }
      assert.strictEqual(yield* versionOf(it.database), 9)
      assert.deepStrictEqual(yield* cursorsOf(it.database), {})
    })
  )

  it.effect("an upgrade that is cut off goes on from its last slice, and does nothing twice", () =>
    Effect.gen(function* () {
      const it = yield* old
      const number = BigInt(recordsRewrittenAtOnce + 10)
      yield* failAt(it.database, number)
      const cut = yield* Effect.exit(using(it, Effect.void))
      assert.isTrue(Exit.isFailure(cut))
      assert.strictEqual(yield* versionOf(it.database), 3)
      assert.deepStrictEqual(yield* cursorsOf(it.database), {
        "rewritten-dispatch": 600n,
        "rewritten-change-microgrid": 1n,
        "rewritten-change-number": BigInt(recordsRewrittenAtOnce)
      })
      yield* letPass(it.database)
      yield* using(it, Effect.void)
      assert.strictEqual(yield* versionOf(it.database), 9)
      const rewritings = yield* it.database.run("SELECT number FROM rewritings")
      const numbers = rewritings.map(({ number }) => BigInt(number as string))
      assert.isAbove(numbers.length, 100)
      assert.strictEqual(new Set(numbers).size, numbers.length)
      const arms = (yield* recordsOf(it.database, "changes")).map(armOf)
      assert.deepStrictEqual(
        arms,
        (yield* recordsOf(it.database, "changes")).map((data) => armFor(dispatchOf(data).target))
      )
    })
  )

  it.effect("a damaged record stays as it is and keeps nothing else from being served", () =>
    Effect.gen(function* () {
      const it = yield* old
      const [first, second] = dispatches.filter(({ isDeleted }) => !isDeleted)
      const place = it.database.dialect === "pg" ? ["$1", "$2"] : ["?", "?"]
      const garbage = new Uint8Array([255, 255, 255])
      yield* it.database.run(`UPDATE dispatches SET data = ${place[0]} WHERE id = ${place[1]}`, [
        garbage,
        first?.id ?? 0n
      ])
      const found = yield* using(
        it,
        Effect.flatMap(DispatchStore, (store) =>
          store.get(unsigned(second?.microgridId ?? 0n), second?.id as DispatchId)
        )
      )
      assert.isTrue(Option.isSome(found))
      const records = yield* recordsOf(it.database, "dispatches")
      assert.lengthOf(
        records.filter((data) => Buffer.compare(data, garbage) === 0),
        1
      )
    })
  )
}

describe("a store of an older release in SQLite", () => upgrades(sqlite))

describe.skipIf(!isAvailable)("a store of an older release in PostgreSQL", () => {
  upgrades(overPostgres)

  it.effect("ids go on where they were, and an instance of an older release makes none any more", () =>
    Effect.gen(function* () {
      const it = yield* overPostgres
      const [counted] = yield* it.database.run("SELECT value FROM counters WHERE name = 'dispatch-id'")
      yield* using(it, Effect.void)
      const [next] = yield* it.database.run("SELECT nextval('dispatch_ids') AS id")
      assert.strictEqual(BigInt(next?.["id"] as string), BigInt(counted?.["value"] as string) + 1n)
      const asBefore = it.database.run(
        `INSERT INTO counters (name, value) VALUES ('dispatch-id', 1)
         ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`
      )
      const exit = yield* Effect.exit(asBefore)
      assert.isTrue(Exit.isFailure(exit))
      assert.include(String(exit), "ids_come_from_a_sequence")
    })
  )

  it.live("ids that an instance of an older release makes meanwhile are not made again", () =>
    Effect.gen(function* () {
      const it = yield* overPostgres
      const made = "UPDATE counters SET value = value + 1 WHERE name = 'dispatch-id' RETURNING value"
      const begun = yield* Deferred.make<void>()
      const done = yield* Deferred.make<void>()
      const older = yield* Effect.forkScoped(
        it.alone(
          Effect.fnUntraced(function* (run) {
            const [row] = yield* run(made)
            yield* Deferred.succeed(begun, undefined)
            yield* Deferred.await(done)
            return BigInt(row?.["value"] as string)
          })
        )
      )
      yield* Deferred.await(begun)
      const upgrade = yield* Effect.forkScoped(using(it, Effect.void))
      const waiting = it.database.run("SELECT 1 FROM pg_locks WHERE NOT granted")
      yield* Effect.repeat(Effect.andThen(Effect.sleep("20 millis"), waiting), {
        until: (rows) => rows.length > 0
      })
      yield* Deferred.succeed(done, undefined)
      const last = yield* Fiber.join(older)
      yield* Fiber.join(upgrade)
      const [next] = yield* it.database.run("SELECT nextval('dispatch_ids') AS id")
      assert.strictEqual(BigInt(next?.["id"] as string), last + 1n)
    }).pipe(Effect.scoped)
  )

  it.effect("instances that start together bring it up to date once", () =>
    Effect.gen(function* () {
      const it = yield* overPostgres
      yield* failAt(it.database, 10_000n)
      const start = using(
        it,
        Effect.flatMap(DispatchStore, (store) => store.lastChange(one))
      )
      const last = yield* Effect.all([start, start, start], { concurrency: "unbounded" })
      assert.strictEqual(new Set(last).size, 1)
      assert.strictEqual(yield* versionOf(it.database), 9)
      const numbers = (yield* it.database.run("SELECT number FROM rewritings")).map(({ number }) => number)
      assert.isAbove(numbers.length, 100)
      assert.strictEqual(new Set(numbers).size, numbers.length)
    })
  )
})
