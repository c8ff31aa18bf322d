/** The transaction of a connection to SQLite, and the errors of its statements. */
import type { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { classifySqliteError, SqlError } from "effect/sql/SqlError"
import { errcodeOf } from "./sqlFailure.ts"

/** The beginning of a transaction: with the lock, so that it cannot fail for want of it later. */
export const beginning = "BEGIN IMMEDIATE"

/**
 * The transaction of a connection. SQLite ends one by itself, for instance when the disc is full. Then no later
 * statement may begin another: half of it would be committed.
 */
export class Transaction {
  readonly #database: DatabaseSync
  /** Fails while the index of the log is broken: SQLite rolls back by it, and would fill the disc with a longer one. */
  readonly #usable: Effect.Effect<void, SqlError>
  /** The reason why SQLite has ended it. */
  #ended: SqlError | undefined

  constructor(database: DatabaseSync, usable: Effect.Effect<void, SqlError>) {
    this.#database = database
    this.#usable = usable
  }

  /** Begins one, and first ends one that could not be abandoned. */
  readonly begin: Effect.Effect<void, SqlError> = Effect.suspend(() => {
    this.#ended = undefined
    return Effect.andThen(this.#end, execOf(this.#database, beginning))
  })

  /** Runs a statement if the transaction has not ended. */
  guarded<A>(sql: string, statement: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> {
    return Effect.suspend(() =>
      this.#ended === undefined
        ? Effect.tapError(this.#safely(sql, statement), (error) => Effect.sync(() => this.#note(sql, error)))
        : Effect.fail(this.#ended)
    )
  }

  readonly commit: Effect.Effect<void, SqlError> = Effect.suspend(() =>
    this.guarded("COMMIT", execOf(this.#database, "COMMIT"))
  )

  /**
   * Rolls back a transaction that was neither committed nor rolled back: its beginning was interrupted, or its end
   * failed. If it cannot be, the next one tries again.
   */
  readonly abandon: Effect.Effect<void> = Effect.suspend(() => Effect.ignore(this.#end))

  readonly #end: Effect.Effect<void, SqlError> = Effect.suspend(() =>
    this.#database.isTransaction ? this.#safely("ROLLBACK", execOf(this.#database, "ROLLBACK")) : Effect.void
  )

  #safely<A>(sql: string, statement: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> {
    return sql.startsWith("ROLLBACK") ? Effect.andThen(this.#usable, statement) : statement
  }

  /** Half of a write that could not be rolled back is never committed. */
  #note(sql: string, error: SqlError): void {
    if (!this.#database.isTransaction || sql.startsWith("ROLLBACK")) this.#ended = error
  }
}

/** Ends the transaction of a connection, if there is one, and undoes what it wrote. */
export const endTransaction = (database: DatabaseSync): void => {
  if (database.isTransaction) database.exec("ROLLBACK")
}

/** Runs statements without values. */
export const execOf = (database: DatabaseSync, statement: string): Effect.Effect<void, SqlError> =>
  Effect.try({
    try: () => database.exec(statement),
    catch: toSqlError(statement.toLowerCase())
  })

/** An error of SQLite, as one of Effect. */
export const toSqlError = (operation: string) => (cause: unknown) => {
  const code = cause as { errcode?: number; errno?: number }
  if (typeof code.errcode === "number") code.errno ??= code.errcode
  const message = isBusy(cause) ? "the database is locked by another program" : `Failed to ${operation}`
  return new SqlError({ reason: classifySqliteError(cause, { message, operation }) })
}

/** True if SQLite says that another program holds the lock. */
export const isBusy = (cause: unknown): boolean => (errcodeOf(cause) & 255) === 5
