/** The transaction of a connection to SQLite, and the errors of its statements. */
import type { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { classifySqliteError, SqlError } from "effect/sql/SqlError"

/** The beginning of a transaction: with the lock, so that it cannot fail for want of it later. */
export const beginning = "BEGIN IMMEDIATE"

/**
 * The transaction of a connection. SQLite ends one by itself, for instance when the disc is full. Then no later
 * statement may begin another: half of it would be committed.
 */
export class Transaction {
  readonly #database: DatabaseSync
  /** The reason why SQLite has ended it. */
  #ended: SqlError | undefined

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  readonly begin: Effect.Effect<void, SqlError> = Effect.suspend(() => {
    this.#ended = undefined
    return execOf(this.#database, beginning)
  })

  /** Runs a statement if the transaction has not ended. */
  guarded<A>(statement: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> {
    return Effect.suspend(() =>
      this.#ended === undefined
        ? Effect.tapError(statement, (error) => Effect.sync(() => this.#note(error)))
        : Effect.fail(this.#ended)
    )
  }

  readonly commit: Effect.Effect<void, SqlError> = Effect.suspend(() =>
    this.guarded(execOf(this.#database, "COMMIT"))
  )

  /** Rolls back a transaction that was neither committed nor rolled back, because its beginning was interrupted. */
  readonly abandon: Effect.Effect<void> = Effect.sync(() => {
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK")
  })

  #note(error: SqlError): void {
    if (!this.#database.isTransaction) this.#ended = error
  }
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
export const isBusy = (cause: unknown): boolean => ((cause as { errcode?: number }).errcode ?? 0) % 256 === 5
