/**
 * The readers' view of a file of SQLite: the committed state or, while it is unknown if a commit counts, the state
 * before.
 */
import type { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { OpenFile } from "./sqliteFile.ts"
import { execOf } from "./sqliteTransaction.ts"

/** The connection that reads, which holds on to the state before by a transaction of its own. */
export class SqliteView {
  readonly #reader: DatabaseSync
  /** It is held because the file was not sound after a commit, until it is. */
  #isDoubtful = false

  constructor(reader: DatabaseSync) {
    this.#reader = reader
  }

  /** Goes on showing the present state. */
  readonly hold: Effect.Effect<void, SqlError> = Effect.suspend(() =>
    execOf(this.#reader, "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1")
  )

  /** Shows the committed state. */
  readonly release: Effect.Effect<void> = Effect.sync(() => {
    this.#isDoubtful = false
    this.#reader.exec("COMMIT")
  })

  /** Shows the committed state if the file is sound. */
  releaseAfter(verify: OpenFile["verify"]): Effect.Effect<void, SqlError> {
    const doubt = Effect.sync(() => {
      this.#isDoubtful = true
    })
    return Effect.andThen(
      Effect.onError(verify, () => doubt),
      this.release
    )
  }

  /** The same file; the committed state shows as soon as it is found sound again. */
  following({ isLogOver, usable, verify }: OpenFile): OpenFile {
    const follow = Effect.suspend(() => (this.#isDoubtful ? this.release : Effect.void))
    return { verify: Effect.tap(verify, () => follow), usable: Effect.tap(usable, () => follow), isLogOver }
  }
}
