import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import {
  classifySqliteError,
  ConnectionError,
  SqlError,
  StatementTimeoutError,
  UnknownError
} from "effect/sql/SqlError"
import { failure } from "../src/internal/sql/sqlFailure.ts"
import * as SqliteClient from "../src/internal/sql/sqliteClient.ts"
import { folder } from "./services.ts"

const ofCode = (fields: object, text: string) => Object.assign(new Error(text), fields)

it("what a database says of itself reaches the client in words", () => {
  const sqlite = (errcode: number) =>
    new SqlError({
      reason: classifySqliteError(ofCode({ errcode, errno: errcode }, "x"), {
        message: "Failed",
        operation: "execute"
      })
    })
  assert.strictEqual(
    failure(sqlite(5)).message,
    "the store failed: the database is locked by another program"
  )
  assert.strictEqual(failure(sqlite(13)).message, "the store failed: no space is left for the database")
  // An extended code says more, and begins with the same.
  assert.strictEqual(
    failure(sqlite(10 + 256 * 4)).message,
    "the store failed: the disc of the database fails"
  )
  const full = new UnknownError({
    cause: ofCode({ code: "53100" }, "could not extend file"),
    message: "Query failed"
  })
  assert.strictEqual(
    failure(new SqlError({ reason: full })).message,
    "the store failed: no space is left for the database"
  )
  const slow = new StatementTimeoutError({
    cause: ofCode({ code: "57014" }, "canceling statement"),
    message: "Query failed"
  })
  assert.strictEqual(
    failure(new SqlError({ reason: slow })).message,
    "the store failed: the database took too long"
  )
})

it("where the database is, is told to nobody who calls", () => {
  const cause = ofCode({ code: "ECONNREFUSED" }, "connect ECONNREFUSED 10.0.0.7:5432")
  const reason = new ConnectionError({ cause, message: "Socket error" })
  assert.strictEqual(
    failure(new SqlError({ reason })).message,
    "the store failed: the database cannot be reached"
  )
})

it.effect("a disc that is full is told as that by SQLite itself", () =>
  Effect.gen(function* () {
    const filename = join(yield* folder, "full.sqlite")
    const { sql } = yield* SqliteClient.make({ filename, synchronous: "NORMAL", checked: false })
    const fill = Effect.gen(function* () {
      yield* sql`CREATE TABLE t (data BLOB)`
      yield* sql`PRAGMA max_page_count = 4`
      yield* sql`INSERT INTO t VALUES (zeroblob(1000000))`
    })
    const error = yield* Effect.flip(sql.withTransaction(fill))
    assert.strictEqual(failure(error).message, "the store failed: no space is left for the database")
  }).pipe(Effect.provide(Reactivity.layer), Effect.scoped)
)
