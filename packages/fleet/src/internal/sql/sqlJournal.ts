/** Journals in a database: SQLite and PostgreSQL understand each statement (J6). */
import { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import {
  JournalError,
  type JournalPosition,
  type JournalStore,
  type Reporter
} from "@effect-dispatch/core/JournalStore"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect, Random, Schema } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { sqlJournalDaysMax, sqlJournalEntriesMax, sqlJournalPruneEvery } from "../../SqlJournalLimits.ts"

/** The tables of journals; a prefix begins their names. */
export interface JournalTables {
  readonly reporters: string
  readonly entries: string
}

export const journalTablesOf = (prefix: string): JournalTables => ({
  reporters: `${prefix}_reporters`,
  entries: `${prefix}_entries`
})

/** Makes the tables where there are none. */
export const makeTables = (
  sql: SqlClient,
  { entries, reporters }: JournalTables
): Effect.Effect<void, SqlError> =>
  Effect.gen(function* () {
    yield* sql`CREATE TABLE IF NOT EXISTS ${sql(reporters)} (
      microgrid VARCHAR(20) PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, epoch BIGINT NOT NULL)`
    yield* sql`CREATE TABLE IF NOT EXISTS ${sql(entries)} (
      microgrid VARCHAR(20) NOT NULL, epoch BIGINT NOT NULL, number BIGINT NOT NULL, day VARCHAR(10) NOT NULL,
      entry TEXT NOT NULL, PRIMARY KEY (microgrid, epoch, number))`
  })

/** A journal, and its owner: the given epoch, or else the next one. */
export interface Owner {
  readonly microgridId: MicrogridId
  readonly name: string
  readonly epoch?: bigint | undefined
}

/** Opens a journal for a new owner: its reporter is made with it. */
export const open = (
  sql: SqlClient,
  tables: JournalTables,
  owner: Owner
): Effect.Effect<JournalStore, JournalError> =>
  Effect.gen(function* () {
    yield* makeTables(sql, tables)
    const { epoch, reporter } = yield* sql.withTransaction(own(sql, tables, owner))
    const journal = new SqlJournal(sql, tables, String(owner.microgridId))
    return {
      reporter,
      last: { epoch, number: yield* journal.lastNumber(epoch) },
      append: (entries) => Effect.mapError(journal.append(entries), toError),
      after: (position, limit) => Effect.mapError(journal.after(position, limit), toError)
    } satisfies JournalStore
  }).pipe(Effect.mapError(toError))

/** The reporter under its present name, and the epoch of the new owner. */
const own = Effect.fnUntraced(function* (sql: SqlClient, { reporters }: JournalTables, owner: Owner) {
  const { name } = owner
  const microgrid = String(owner.microgridId)
  const made = { microgrid, id: yield* randomId, name, epoch: 0 }
  yield* sql`INSERT INTO ${sql(reporters)} ${sql.insert(made)} ON CONFLICT DO NOTHING`
  if (owner.epoch === undefined) {
    yield* sql`UPDATE ${sql(reporters)} SET epoch = epoch + 1, name = ${name} WHERE microgrid = ${microgrid}`
  } else {
    yield* sql`UPDATE ${sql(reporters)} SET name = ${name} WHERE microgrid = ${microgrid}`
  }
  const [row] = yield* sql<{ readonly id: string; readonly epoch: string }>`
    SELECT id, CAST(epoch AS VARCHAR(20)) AS epoch FROM ${sql(reporters)} WHERE microgrid = ${microgrid}`
  const reporter: Reporter = { id: row?.id ?? made.id, name }
  return { reporter, epoch: owner.epoch ?? BigInt(row?.epoch ?? 1) }
})

const randomId: Effect.Effect<string> = Effect.map(
  Effect.all(Array.from({ length: 4 }, () => Random.nextInt)),
  (numbers) => numbers.map((number) => (number >>> 0).toString(16).padStart(8, "0")).join("")
)

const toError = ({ message, reason }: SqlError) =>
  new JournalError({ message: reason.cause instanceof Error ? reason.cause.message : message })

const encode = Schema.encodeSync(Schema.fromJsonString(JournalEntry))
const decode = Schema.decodeSync(Schema.fromJsonString(JournalEntry))

/** The entries of one microgrid. */
class SqlJournal {
  readonly #sql: SqlClient
  readonly #tables: JournalTables
  readonly #microgrid: string
  /** The day of the last entry, and the number of entries since the last look for surplus ones. */
  #day: string | undefined
  #added = 0

  constructor(sql: SqlClient, tables: JournalTables, microgrid: string) {
    this.#sql = sql
    this.#tables = tables
    this.#microgrid = microgrid
  }

  /** The last number of an epoch that is taken. */
  lastNumber(epoch: bigint): Effect.Effect<bigint, SqlError> {
    const sql = this.#sql
    const rows = sql<{ readonly number: string | null }>`
      SELECT CAST(max(number) AS VARCHAR(20)) AS number FROM ${sql(this.#tables.entries)}
      WHERE microgrid = ${this.#microgrid} AND epoch = ${epoch}`
    return Effect.map(rows, ([row]) => BigInt(row?.number ?? 0))
  }

  append(entries: ReadonlyArray<JournalEntry>): Effect.Effect<void, SqlError> {
    return Effect.gen({ self: this }, function* () {
      const sql = this.#sql
      const rows = entries.map((entry) => ({
        microgrid: this.#microgrid,
        epoch: entry.epoch,
        number: entry.number,
        day: DateTime.formatIsoDateUtc(entry.at),
        entry: encode(entry)
      }))
      const last = rows.at(-1)
      if (last === undefined) return
      yield* sql`INSERT INTO ${sql(this.#tables.entries)} ${sql.insert(rows)} ON CONFLICT DO NOTHING`
      this.#added += rows.length
      if (last.day === this.#day && this.#added < sqlJournalPruneEvery) return
      yield* this.#prune
      this.#day = last.day
      this.#added = 0
    })
  }

  after(
    { epoch, number }: JournalPosition,
    limit: number
  ): Effect.Effect<ReadonlyArray<JournalEntry>, SqlError> {
    const sql = this.#sql
    const rows = sql<{ readonly entry: string }>`
      SELECT entry FROM ${sql(this.#tables.entries)}
      WHERE microgrid = ${this.#microgrid} AND (epoch, number) > (${epoch}, ${number})
      ORDER BY epoch, number LIMIT ${limit}`
    return Effect.map(rows, (found) => found.map(({ entry }) => decode(entry)))
  }

  /** Removes the entries of days before the last ones that have any, and those beyond the newest. */
  get #prune(): Effect.Effect<void, SqlError> {
    const sql = this.#sql
    const entries = sql(this.#tables.entries)
    const microgrid = this.#microgrid
    return Effect.andThen(
      sql`DELETE FROM ${entries} WHERE microgrid = ${microgrid} AND day NOT IN (
        SELECT day FROM ${entries} WHERE microgrid = ${microgrid}
        GROUP BY day ORDER BY max(epoch) DESC, max(number) DESC LIMIT ${sqlJournalDaysMax})`,
      sql`DELETE FROM ${entries} WHERE microgrid = ${microgrid} AND (epoch, number) <= (
        SELECT epoch, number FROM ${entries} WHERE microgrid = ${microgrid}
        ORDER BY epoch DESC, number DESC LIMIT 1 OFFSET ${sqlJournalEntriesMax})`
    ).pipe(Effect.asVoid)
  }
}
