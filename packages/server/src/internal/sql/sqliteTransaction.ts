/** The transaction of a connection to SQLite, and what a statement that fails says. */
import type { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { classifySqliteError, SqlError } from "effect/sql/SqlError"

/** How a transaction begins: with the lock, so that it cannot fail for want of it later. */
export const beginning = "BEGIN IMMEDIATE"

/**
 * The transaction of a connection. SQLite ends one by itself when the disc is full, for instance: nothing that comes after
 * may begin another, of which half would be committed.
 */
export class Transaction {
  readonly #database: DatabaseSync
  /** Why SQLite has ended it. */
  #ended: SqlError | undefined

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  readonly begin: Effect.Effect<void, SqlError> = Effect.suspend(() => {
    this.#ended = undefined
    return execOf(this.#database, beginning)
  })

  /** Runs a statement if the transaction is what it was. */
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

  /** Rolls back what was begun and neither committed nor rolled back: its beginning was interrupted. */
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

/** What SQLite throws, as Effect has it. */
export const toSqlError = (operation: string) => (cause: unknown) => {
  const code = cause as { errcode?: number; errno?: number }
  if (typeof code.errcode === "number") code.errno ??= code.errcode
  const message = isBusy(cause) ? "the database is locked by another program" : `Failed to ${operation}`
  return new SqlError({ reason: classifySqliteError(cause, { message, operation }) })
}

/** Whether SQLite says that another program holds the lock. */
export const isBusy = (cause: unknown): boolean => ((cause as { errcode?: number }).errcode ?? 0) % 256 === 5
