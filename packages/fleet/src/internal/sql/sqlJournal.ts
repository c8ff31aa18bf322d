/** Journals in a database: SQLite and PostgreSQL understand each statement (J6). */
import { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import {
  beginning,
  isAfter,
  JournalError,
  type JournalPosition,
  type JournalStore,
  makeReporter,
  type Reporter,
  withLost
} from "@effect-dispatch/core/JournalStore"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Array as Arrays, DateTime, Effect, Option, Schema } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { type JournalTables, makeTables } from "./journalTables.ts"
import { sqlJournalDaysMax, sqlJournalEntriesMax, sqlJournalPruneEvery } from "../../SqlJournalLimits.ts"

/** A journal, and its next owner. */
export interface Owner {
  readonly microgridId: MicrogridId
  /** The name of the reporter, for people. */
  readonly name: string
}

/** Opens a journal for the next owner, who gets an epoch; the reporter is made with the journal. */
export const open = (
  sql: SqlClient,
  tables: JournalTables,
  owner: Owner
): Effect.Effect<JournalStore, JournalError> =>
  sql.withTransaction(own(sql, tables, owner)).pipe(
    Effect.map(({ epoch, reporter }): JournalStore => {
      const { after, append } = journalIn(sql, tables, owner.microgridId)
      return {
        reporter,
        last: { epoch, number: 0n },
        append,
        after: (place, limit) =>
          Effect.map(after(place, limit), (entries) =>
            // One who begins has lost nothing of what went before it came.
            withLost(entries, isAfter(place, beginning) ? place : undefined).slice(0, limit)
          )
      }
    }),
    Effect.mapError(toError)
  )

/** Makes the tables; gives the reporter under its present name, and the epoch of the next owner. */
const own = Effect.fnUntraced(function* (sql: SqlClient, tables: JournalTables, owner: Owner) {
  for (const statement of makeTables(tables)) yield* sql.unsafe(statement)
  const { reporters } = tables
  const { name } = owner
  const microgrid = String(owner.microgridId)
  const made = { microgrid, ...(yield* makeReporter(name)), epoch: 0 }
  yield* sql`INSERT INTO ${sql(reporters)} ${sql.insert(made)} ON CONFLICT DO NOTHING`
  yield* sql`UPDATE ${sql(reporters)} SET epoch = epoch + 1, name = ${name} WHERE microgrid = ${microgrid}`
  const [row] = yield* sql<{ readonly id: string; readonly epoch: string }>`
    SELECT id, CAST(epoch AS VARCHAR(20)) AS epoch FROM ${sql(reporters)} WHERE microgrid = ${microgrid}`
  const reporter: Reporter = { id: row?.id ?? made.id, name }
  return { reporter, epoch: BigInt(row?.epoch ?? 1) }
})

/** The entries of a microgrid, whose numbers need not follow each other. None are added once it is not `there`. */
export const journalIn = (
  sql: SqlClient,
  tables: JournalTables,
  microgridId: MicrogridId,
  insert: Insert = (rows) =>
    sql`INSERT INTO ${sql(tables.entries)} ${sql.insert(rows)} ON CONFLICT DO NOTHING`
): Pick<JournalStore, "append" | "after"> => {
  const journal = new SqlJournal(sql, { tables, microgrid: String(microgridId), insert })
  return {
    append: (entries) => Effect.mapError(journal.append(entries), toError),
    after: (position, limit) => Effect.mapError(journal.after(position, limit), toError)
  }
}

/** A row of the table of entries. */
export type EntryRow = {
  readonly microgrid: string
  readonly epoch: bigint
  readonly number: bigint
  readonly day: string
  readonly entry: string
}

/** The row of an entry. */
export const rowOf = (microgrid: string, entry: JournalEntry): EntryRow => ({
  microgrid,
  epoch: entry.epoch,
  number: entry.number,
  day: DateTime.formatIsoDateUtc(entry.at),
  entry: encode(entry)
})

/** Writes the rows of entries, those that are there aside, by one statement. */
export type Insert = (
  rows: Arrays.NonEmptyArray<EntryRow>,
  entries: ReadonlyArray<JournalEntry>
) => Effect.Effect<unknown, SqlError>

export const toError = ({ message, reason }: SqlError) =>
  new JournalError({ message: reason.cause instanceof Error ? reason.cause.message : message })

const encode = Schema.encodeSync(Schema.fromJsonString(JournalEntry))
/** One that a newer release wrote may be none. */
const decode = Schema.decodeOption(Schema.fromJsonString(JournalEntry))

interface SqlJournalOptions {
  readonly tables: JournalTables
  readonly microgrid: string
  readonly insert: Insert
}

/** The entries of one microgrid. */
class SqlJournal {
  readonly #sql: SqlClient
  readonly #tables: JournalTables
  readonly #microgrid: string
  readonly #insert: Insert
  /** The day of the last entry, and the number of entries since the last look for surplus ones. */
  #day: string | undefined
  #added = 0

  constructor(sql: SqlClient, { insert, microgrid, tables }: SqlJournalOptions) {
    this.#sql = sql
    this.#tables = tables
    this.#microgrid = microgrid
    this.#insert = insert
  }

  append(entries: ReadonlyArray<JournalEntry>): Effect.Effect<void, SqlError> {
    return Effect.gen({ self: this }, function* () {
      if (!Arrays.isReadonlyArrayNonEmpty(entries)) return
      const rows = Arrays.map(entries, (entry) => rowOf(this.#microgrid, entry))
      const { day } = Arrays.lastNonEmpty(rows)
      const isDue = day !== this.#day || this.#added + rows.length >= sqlJournalPruneEvery
      yield* this.#insert(rows, entries)
      if (isDue) yield* this.#prune
      this.#day = day
      this.#added = isDue ? 0 : this.#added + rows.length
    })
  }

  after(place: JournalPosition, limit: number): Effect.Effect<ReadonlyArray<JournalEntry>, SqlError> {
    return Effect.gen({ self: this }, function* () {
      const found: Array<JournalEntry> = []
      // Fewer than are wanted are the end of the journal, so those that cannot be read do not count.
      for (let after = place; ;) {
        const wanted = limit - found.length
        const rows = yield* this.#rowsAfter(after, wanted)
        found.push(...rows.flatMap(({ entry }) => Option.toArray(decode(entry))))
        const last = rows.at(-1)
        if (last === undefined || rows.length < wanted || found.length === limit) return found
        after = { epoch: BigInt(last.epoch), number: BigInt(last.number) }
      }
    })
  }

  #rowsAfter({ epoch, number }: JournalPosition, limit: number) {
    const sql = this.#sql
    return sql<Pick<EntryRow, "epoch" | "number" | "entry">>`
      SELECT epoch, number, entry FROM ${sql(this.#tables.entries)}
      WHERE microgrid = ${this.#microgrid} AND (epoch, number) > (${epoch}, ${number})
      ORDER BY epoch, number LIMIT ${limit}`
  }

  /**
   * Removes the entries of days before the last ones that have any, and those beyond the newest. No transaction holds both:
   * a process that stood still in it would hold up the next owner.
   */
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
