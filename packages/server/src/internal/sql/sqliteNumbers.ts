/**
 * The ids of dispatches and the numbers of changes, which come from counters and are never used again: also not if the
 * database is set back while it is in use, such as by `.restore` of a shell. A counter of all changes tells that: it
 * never falls below what this process has committed.
 */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, PubSub, Stream } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { ChangeHint } from "../../DispatchStore.ts"
import type { Transact } from "./groupCommit.ts"
import { changeNumberOf } from "./sqlDispatches.ts"
import { toSigned } from "./sqlRows.ts"

/** The numbers of a change that is about to be written. */
export interface Next {
  readonly number: bigint
  /** The number of all changes, this one included. */
  readonly made: bigint
  /** True if the database was found set back just now. */
  readonly isSetBack: boolean
}

/** The same, with the id of a new dispatch. */
export interface NextNew extends Next {
  readonly id: DispatchId
}

const idCounter = "dispatch-id"
const madeCounter = "changes-made"

/** The gap left after a set-back, so that no lost id is given again. */
const step = 1_000_000n

/** The counters of the one process that writes. */
export class Numbers {
  readonly #sql: SqlClient
  readonly #setBacks: PubSub.PubSub<ChangeHint>
  /** The number of all changes that are known to be committed. */
  #made: bigint

  private constructor(sql: SqlClient, made: bigint, setBacks: PubSub.PubSub<ChangeHint>) {
    this.#sql = sql
    this.#made = made
    this.#setBacks = setBacks
  }

  /** Reads how far the database has come. */
  static readonly make = (sql: SqlClient): Effect.Effect<Numbers, SqlError> =>
    Effect.zipWith(
      madeOf(sql),
      PubSub.sliding<ChangeHint>(1),
      (made, setBacks) => new Numbers(sql, made, setBacks)
    )

  /** Tells each time that the database was found set back. */
  get hints(): Stream.Stream<ChangeHint> {
    return Stream.fromPubSub(this.#setBacks)
  }

  /** The numbers of a change, within its transaction. */
  next(microgridId: MicrogridId): Effect.Effect<Next, SqlError> {
    const sql = this.#sql
    const name = changeNumberOf(microgridId)
    return this.#rising(
      Effect.map(
        sql<Counter>`
          INSERT INTO counters (name, value) VALUES (${madeCounter}, 1), (${name}, 1)
          ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING name, value`,
        (rows) => ({ number: valueOf(rows, name), made: valueOf(rows, madeCounter), isSetBack: false })
      )
    )
  }

  /** The same with the id of a new dispatch, by one statement. */
  nextNew(microgridId: MicrogridId): Effect.Effect<NextNew, SqlError> {
    const sql = this.#sql
    const name = changeNumberOf(microgridId)
    return this.#rising(
      Effect.map(
        sql<Counter>`
          INSERT INTO counters (name, value) VALUES (${madeCounter}, 1), (${name}, 1), (${idCounter}, 1)
          ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING name, value`,
        (rows) => ({
          id: valueOf(rows, idCounter) as DispatchId,
          number: valueOf(rows, name),
          made: valueOf(rows, madeCounter),
          isSetBack: false
        })
      )
    )
  }

  /** Takes note that a change is committed. */
  learn({ isSetBack, made }: Next): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (made > this.#made) this.#made = made
      return isSetBack ? this.#tell : Effect.void
    })
  }

  /** Looks if the database was set back, and goes on beyond what it has lost. */
  verify(transact: Transact): Effect.Effect<void, SqlError> {
    const mend = transact(
      Effect.flatMap(madeOf(this.#sql), (made) => (made < this.#made ? this.#stepOver(made) : Effect.void))
    )
    return Effect.flatMap(madeOf(this.#sql), (made) =>
      made < this.#made ? Effect.andThen(mend, this.#tell) : Effect.void
    )
  }

  /** Goes on beyond numbers that are taken, if a counter lags behind them. */
  pass(microgridId: MicrogridId, transact: Transact): Effect.Effect<void, SqlError> {
    const sql = this.#sql
    const signed = toSigned(microgridId)
    const passing = sql`
        WITH taken (name, value) AS (
          SELECT ${idCounter}, max(id) FROM dispatches
          UNION ALL
          SELECT ${changeNumberOf(microgridId)}, max(
            COALESCE((SELECT max(number) FROM changes WHERE microgrid_id = ${signed}), 0),
            COALESCE((SELECT max(number) FROM audit WHERE microgrid_id = ${signed}), 0))
        )
        INSERT INTO counters (name, value)
      SELECT name, value + ${step} FROM taken
      WHERE value > COALESCE((SELECT value FROM counters WHERE counters.name = taken.name), 0)
      ON CONFLICT (name) DO UPDATE SET value = excluded.value RETURNING name`
    return Effect.flatMap(transact(passing), (passed) =>
      passed.length > 0
        ? Effect.andThen(
            Effect.logError(
              `A counter was lower than the numbers in use, as after a change by hand: they go on ${step} higher, and all streams end`
            ),
            this.#tell
          )
        : Effect.void
    )
  }

  get #tell(): Effect.Effect<void> {
    return Effect.asVoid(PubSub.publish(this.#setBacks, { _tag: "Anything" }))
  }

  #rising<A extends Next>(taken: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> {
    return Effect.flatMap(taken, (next) =>
      next.made > this.#made
        ? Effect.succeed(next)
        : Effect.andThen(
            this.#stepOver(next.made - 1n),
            Effect.map(taken, (again) => ({ ...again, isSetBack: true }))
          )
    )
  }

  /** No counter has lost more than all of them together. */
  #stepOver(made: bigint): Effect.Effect<void, SqlError> {
    const sql = this.#sql
    const lost = this.#made - made
    return Effect.gen({ self: this }, function* () {
      yield* Effect.logError(
        `The database was set back while it was in use, by ${lost} changes: ids go on ${step} higher, and all streams end. Keys revoked since then are open again`
      )
      yield* sql`
        UPDATE counters SET value = value + ${lost + step}
        WHERE name = ${idCounter} OR name LIKE 'change-number-%'`
      yield* sql`
        INSERT INTO counters (name, value) VALUES (${madeCounter}, ${this.#made})
        ON CONFLICT (name) DO UPDATE SET value = excluded.value`
    })
  }
}

interface Counter {
  readonly name: string
  readonly value: bigint
}

const valueOf = (rows: ReadonlyArray<Counter>, name: string): bigint =>
  rows.find((row) => row.name === name)?.value ?? 1n

const madeOf = (sql: SqlClient): Effect.Effect<bigint, SqlError> =>
  Effect.map(
    sql<{ readonly value: bigint }>`SELECT value FROM counters WHERE name = ${madeCounter}`,
    ([row]) => row?.value ?? 0n
  )
