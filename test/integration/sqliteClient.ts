/** A plain `SqlClient` over the SQLite of Node, as an application of its own may have. */
import { DatabaseSync, type SQLInputValue } from "node:sqlite"
import { Context, Effect, Fiber, Layer, Scope, Semaphore, Stream } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import { SqlClient, Statement } from "effect/sql"
import type { Connection } from "effect/sql/SqlConnection"
import { classifySqliteError, SqlError } from "effect/sql/SqlError"

const failed = (cause: unknown) =>
  new SqlError({ reason: classifySqliteError(cause, { message: "failed", operation: "execute" }) })

const make = Effect.fnUntraced(function* (filename: string) {
  const database = yield* Effect.acquireRelease(
    Effect.sync(() => new DatabaseSync(filename)),
    (opened) => Effect.sync(() => opened.close())
  )
  const rows = (sql: string, given: ReadonlyArray<unknown>) =>
    Effect.try({
      try: (): ReadonlyArray<object> => database.prepare(sql).all(...(given as ReadonlyArray<SQLInputValue>)),
      catch: failed
    })
  const executed: Connection["execute"] = (sql, given, transform) =>
    Effect.map(rows(sql, given), (found) => (transform === undefined ? found : transform(found)))
  const connection: Connection = {
    execute: executed,
    executeRaw: rows,
    executeValues: (sql, given) => Effect.map(rows(sql, given), (found) => found.map(Object.values)),
    executeValuesUnprepared: (sql, given) =>
      Effect.map(rows(sql, given), (found) => found.map(Object.values)),
    executeUnprepared: executed,
    executeStream: (sql, given, transform) => Stream.fromIterableEffect(executed(sql, given, transform))
  }
  const alone = yield* Semaphore.make(1)
  return yield* SqlClient.make({
    driver: "node:sqlite",
    acquirer: alone.withPermits(1)(Effect.succeed(connection)),
    compiler: Statement.makeCompilerSqlite(),
    transactionAcquirer: Effect.uninterruptibleMask((restore) =>
      Effect.withFiber((fiber: Fiber.Fiber<unknown, unknown>) => {
        const scope = Context.getUnsafe(fiber.context, Scope.Scope)
        return restore(alone.take(1)).pipe(
          Effect.andThen(Scope.addFinalizer(scope, alone.release(1))),
          Effect.as(connection)
        )
      })
    ),
    spanAttributes: []
  })
})

/** The client of a file. */
export const layer = (filename: string): Layer.Layer<SqlClient.SqlClient> =>
  Layer.effect(SqlClient.SqlClient, make(filename)).pipe(Layer.provide(Reactivity.layer))
