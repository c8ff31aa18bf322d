/**
 * The readers' view of a file of SQLite: the committed state or, while it is unknown if a commit counts, the state
 * before.
 */
import type { DatabaseSync } from "node:sqlite"
import { Effect, Result } from "effect"
import { SqlError, UnknownError } from "effect/sql/SqlError"
import type { OpenFile } from "./sqliteFile.ts"
import { endTransaction, toSqlError } from "./sqliteTransaction.ts"

/**
 * The connection that reads, which holds on to the state before by a transaction of its own.
 *
 * SQLite ends that transaction when a read of the disc fails. Then readers are refused until the commit counts: they
 * would see what may still be lost.
 */
export class SqliteView {
  readonly #reader: DatabaseSync
  #isHeld = false
  /** It is to be released as soon as the file is sound, and SQLite lets go of the state. */
  #isDoubtful = false

  constructor(reader: DatabaseSync) {
    this.#reader = reader
  }

  /** Goes on showing the present state. After a failure nothing is held. */
  readonly hold: Effect.Effect<void, SqlError> = Effect.try({
    try: () => this.#begin(),
    catch: toSqlError("hold the present state")
  })

  /** Shows the committed state. If that fails, readers are refused until it does not. */
  readonly release: Effect.Effect<void> = Effect.suspend(() =>
    Effect.catch(this.#released, () => this.#doubt)
  )

  /** Fails if the present state cannot be held: then no write can be committed. */
  readonly check: Effect.Effect<void, SqlError> = Effect.try({
    try: () => {
      if (this.#isHeld) return
      this.#begin()
      this.#end()
    },
    catch: toSqlError("hold the present state")
  })

  /** Shows the committed state if the file is sound. */
  releaseAfter(verify: OpenFile["verify"]): Effect.Effect<void, SqlError> {
    return Effect.andThen(
      Effect.onError(verify, () => this.#doubt),
      this.release
    )
  }

  /** The same file; the committed state shows as soon as it is found sound again. */
  following({ isLogOver, usable, verify }: OpenFile): OpenFile {
    const follow = Effect.suspend(() => (this.#isDoubtful ? this.#released : Effect.void))
    const present = Effect.suspend(() => {
      if (this.#isDoubtful) return this.#released
      return this.#isHeld && !this.#reader.isTransaction ? Effect.fail(lost()) : Effect.void
    })
    return { verify: Effect.andThen(verify, follow), usable: Effect.andThen(usable, present), isLogOver }
  }

  readonly #doubt: Effect.Effect<void> = Effect.sync(() => {
    this.#isDoubtful = true
  })

  readonly #released: Effect.Effect<void, SqlError> = Effect.try({
    try: () => this.#end(),
    catch: toSqlError("let go of the state before")
  })

  #begin(): void {
    this.#end()
    this.#reader.exec("BEGIN")
    const seen = Result.try(() => this.#reader.exec("SELECT 1 FROM sqlite_schema LIMIT 1"))
    if (Result.isFailure(seen)) {
      this.#end()
      throw seen.failure
    }
    this.#isHeld = true
  }

  #end(): void {
    endTransaction(this.#reader)
    this.#isHeld = false
    this.#isDoubtful = false
  }
}

const lost = (): SqlError => {
  const message = "a read failed while a commit waited for the disc: try again in a moment"
  return new SqlError({ reason: new UnknownError({ cause: new Error(message), message, operation: "read" }) })
}
