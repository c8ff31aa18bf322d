/** Reads of the database that fail, once or for a while, at the worst moments. */
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { DispatchService } from "@effect-dispatch/server/DispatchService"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import * as Probe from "@effect-dispatch/testing/Probe"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, type Scope } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as GroupCommit from "../src/internal/sql/groupCommit.ts"
import * as SqlDispatches from "../src/internal/sql/sqlDispatches.ts"
import * as SqliteClient from "../src/internal/sql/sqliteClient.ts"
import { syncing } from "../src/internal/sql/sqliteDisc.ts"
import { atNoon, create, folder, one, serviceOver } from "./services.ts"

type Method = "exec" | "prepare"

interface Told {
  readonly message: string
}

/** Has statements that begin so fail, as on a disc that cannot be read, until its end or that of the scope. */
const failing = (method: Method, beginning: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = DatabaseSync.prototype[method]
      const disc = {
        before,
        hits: 0,
        isFailing: true,
        end: () => {
          disc.isFailing = false
        }
      }
      DatabaseSync.prototype[method] = function (this: DatabaseSync, sql: string) {
        if (disc.isFailing && sql.trim().startsWith(beginning)) {
          disc.hits++
          throw Object.assign(new Error("disk I/O error"), { errcode: 266 })
        }
        return before.call(this, sql)
      } as never
      return disc
    }),
    ({ before }) =>
      Effect.sync(() => {
        DatabaseSync.prototype[method] = before as never
      })
  )

/** Has Node read no open file until the end of the scope. */
const unreadableFiles = Effect.acquireRelease(
  Effect.sync(() => {
    const before = fs.readSync
    fs.readSync = () => {
      throw new Error("EIO: i/o error, read")
    }
    syncBuiltinESMExports()
    return before
  }),
  (before) =>
    Effect.sync(() => {
      fs.readSync = before
      syncBuiltinESMExports()
    })
)

/** The connections that begin to hold a state from now on. */
const holders = Effect.acquireRelease(
  Effect.sync(() => {
    const before = DatabaseSync.prototype.exec
    const found = new Set<DatabaseSync>()
    DatabaseSync.prototype.exec = function (sql) {
      if (sql.startsWith("BEGIN") && sql !== "BEGIN IMMEDIATE") found.add(this)
      return before.call(this, sql)
    }
    return { before, found }
  }),
  ({ before }) =>
    Effect.sync(() => {
      DatabaseSync.prototype.exec = before
    })
).pipe(Effect.map(({ found }) => found))

const served = <A, E>(
  use: (filename: string) => Effect.Effect<A, E, DispatchService | DispatchStore | Scope.Scope>
) =>
  Effect.gen(function* () {
    yield* atNoon
    const filename = join(yield* folder, "store.sqlite")
    return yield* Effect.provide(
      Effect.scoped(use(filename)),
      serviceOver(Layer.fresh(DispatchStoreSqlite.layer({ filename })))
    )
  }).pipe(Effect.scoped, Effect.provide(Probe.layer))

const all = Effect.flatMap(DispatchService, ({ list }) =>
  Effect.map(list(one, {}), ({ dispatches }) => dispatches.map(({ dispatch }) => dispatch.id))
)

describe("a read of the database that fails", () => {
  it.effect(
    "while readers are held: the write is refused in words, readiness tells, and the next is served",
    () =>
      served((filename) =>
        Effect.gen(function* () {
          const store = yield* DispatchStore
          const first = yield* create()
          const reads = yield* failing("exec", "SELECT 1 FROM sqlite_schema")
          assert.include((yield* Effect.flip(create())).message, "the disc of the database fails")
          assert.include((yield* Effect.flip(store.check)).message, "the disc of the database fails")
          assert.isAbove(reads.hits, 1)
          assert.deepStrictEqual(yield* all, [first.id])
          // Readers go on to see what others commit, such as the revocation of a key.
          const shell = new DatabaseSync(filename)
          shell.exec("UPDATE counters SET value = 7 WHERE name = 'change-number-1'")
          assert.strictEqual(yield* store.lastChange(one), 7n)
          shell.exec("UPDATE counters SET value = 1 WHERE name = 'change-number-1'")
          shell.close()
          reads.end()
          yield* store.check
          const second = yield* create()
          assert.deepStrictEqual(yield* all, [second.id, first.id])
          assert.strictEqual(yield* store.lastChange(one), 2n)
        })
      )
  )

  it.effect(
    "while readers are let go: what was committed is acknowledged, and is seen before anything else",
    () =>
      served(() =>
        Effect.gen(function* () {
          const store = yield* DispatchStore
          yield* create()
          const ends = yield* failing("exec", "ROLLBACK")
          const second = yield* create()
          assert.strictEqual(ends.hits, 1)
          assert.include((yield* Effect.flip(all)).message, "the disc of the database fails")
          assert.include((yield* Effect.flip(store.check)).message, "the disc of the database fails")
          assert.include((yield* Effect.flip(create())).message, "the disc of the database fails")
          ends.end()
          assert.include(yield* all, second.id)
          yield* store.check
          yield* create()
        })
      )
  )

  it.effect("and ends the state that is held: nothing is shown that the disc does not have", () =>
    served(() =>
      Effect.gen(function* () {
        const first = yield* create()
        const waiting: Array<(cause: null) => void> = []
        yield* Effect.acquireRelease(
          Effect.sync(() => {
            syncing.fdatasync = ((_: number, done: (cause: null) => void) =>
              void waiting.push(done)) as typeof fs.fdatasync
          }),
          () => Effect.sync(() => (syncing.fdatasync = fs.fdatasync))
        )
        const readers = yield* holders
        const write = yield* Effect.forkChild(create())
        while (waiting.length === 0) yield* Probe.settled
        // SQLite ends a transaction when a read of the disc fails in it.
        for (const reader of readers) if (reader.isTransaction) reader.exec("ROLLBACK")
        assert.include((yield* Effect.flip(all)).message, "a read failed while a commit waited for the disc")
        waiting.shift()?.(null)
        const second = yield* Fiber.join(write)
        assert.deepStrictEqual(yield* all, [second.id, first.id])
      })
    )
  )

  it.effect("when a write cannot be committed: readers go on to see what others commit", () =>
    served((filename) =>
      Effect.gen(function* () {
        const store = yield* DispatchStore
        yield* create()
        const commits = yield* failing("exec", "COMMIT")
        assert.include((yield* Effect.flip(create())).message, "the disc of the database fails")
        const shell = new DatabaseSync(filename)
        shell.prepare("UPDATE counters SET value = 7 WHERE name = 'change-number-1'").run()
        shell.close()
        assert.strictEqual(yield* store.lastChange(one), 7n)
        commits.end()
        yield* create()
      })
    )
  )

  it.effect("when the index of the log is read: each call says so, and the next is served", () =>
    served(() =>
      Effect.gen(function* () {
        const store = yield* DispatchStore
        const first = yield* create()
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* unreadableFiles
            for (const use of [all, create(), store.check, store.lastChange(one)])
              assert.include((yield* Effect.flip(use as typeof all)).message, "EIO")
          })
        )
        assert.deepStrictEqual(yield* all, [first.id])
        yield* create()
      })
    )
  )

  it.effect("when a statement is prepared: it is prepared again the next time", () =>
    served(() =>
      Effect.gen(function* () {
        const store = yield* DispatchStore
        const uses: ReadonlyArray<readonly [string, Effect.Effect<unknown, Told, DispatchService>]> = [
          ["INSERT INTO dispatches", create()],
          ["SELECT number, kind, dispatch_id", store.audit(one, 10)],
          ["SELECT data FROM dispatches", store.get(one, DispatchId.make(1n))]
        ]
        for (const [beginning, use] of uses) {
          const statements = yield* failing("prepare", beginning)
          assert.include((yield* Effect.flip(use)).message, "the disc of the database fails")
          assert.isAbove(statements.hits, 0)
          statements.end()
          yield* use
        }
      })
    )
  )
})

describe("a rollback that fails", () => {
  const writing = <A, E>(
    test: (
      transact: GroupCommit.Transact,
      sql: Effect.Success<ReturnType<typeof SqliteClient.make>>["sql"]
    ) => Effect.Effect<A, E, never>
  ) =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      const { sql } = yield* SqliteClient.make({ filename, synchronous: "NORMAL", checked: false })
      const alone = SqlDispatches.transaction(sql)
      yield* alone(sql`CREATE TABLE t (id INTEGER)`)
      return yield* test(yield* GroupCommit.make(alone, 8), sql)
    }).pipe(Effect.scoped, Effect.provide(Reactivity.layer))

  const kept = (sql: Effect.Success<ReturnType<typeof SqliteClient.make>>["sql"]) =>
    Effect.map(sql<{ readonly id: bigint }>`SELECT id FROM t ORDER BY id`, (rows) =>
      rows.map(({ id }) => Number(id))
    )

  it.live("gives the turn of the writers back, and the next transaction begins anew", () =>
    writing((transact, sql) =>
      Effect.gen(function* () {
        const ends = yield* failing("exec", "ROLLBACK")
        const ends2 = yield* failing("prepare", "ROLLBACK")
        const half = Effect.andThen(sql`INSERT INTO t VALUES (1)`, Effect.fail("refused"))
        const refused = yield* Effect.flip(Effect.timeout(transact<unknown, unknown>(half), "5 seconds"))
        assert.strictEqual((refused as { readonly _tag: string })._tag, "SqlError")
        assert.isAbove(ends.hits, 0)
        ends.end()
        ends2.end()
        yield* Effect.timeout(transact(sql`INSERT INTO t VALUES (2)`), "5 seconds")
        assert.deepStrictEqual(yield* kept(sql), [2])
      }).pipe(Effect.scoped)
    )
  )

  it.live("of one of several writes: nothing of it is committed with the others", () =>
    writing((transact, sql) =>
      Effect.gen(function* () {
        const ends = yield* failing("prepare", "ROLLBACK TO")
        const half = Effect.andThen(sql`INSERT INTO t VALUES (1)`, Effect.fail("refused"))
        const writes = [half, sql`INSERT INTO t VALUES (2)`, sql`INSERT INTO t VALUES (3)`]
        yield* Effect.forEach(writes, (write) => Effect.exit(transact<unknown, unknown>(write)), {
          concurrency: "unbounded"
        })
        assert.isAbove(ends.hits, 0)
        assert.notInclude(yield* kept(sql), 1)
        ends.end()
        yield* transact(sql`INSERT INTO t VALUES (4)`)
        assert.notInclude(yield* kept(sql), 1)
      }).pipe(Effect.scoped)
    )
  )
})
