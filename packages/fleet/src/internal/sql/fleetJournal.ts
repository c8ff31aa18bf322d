/** The journals of microgrids in a fleet, edges aside: they have a table of their own (J6). */
import {
  type JournalError,
  type JournalPosition,
  makeReporter,
  type Reporter
} from "@effect-dispatch/core/JournalStore"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Token } from "../../FencingToken.ts"
import { lateEntriesMax } from "../../FleetLimits.ts"
import type { FleetJournal, FleetStore } from "../../FleetStore.ts"
import type { Tables } from "./fleetTables.ts"
import * as SqlJournal from "./sqlJournal.ts"

export const make = (sql: SqlClient, tables: Tables): Pick<FleetStore["Service"], "journal"> => ({
  journal: (token, name) =>
    Effect.map(reporterOf(sql, tables, token, name), (reporter): FleetJournal => ({
      reporter,
      last: { epoch: token.epoch, number: 0n },
      ...SqlJournal.journalIn(sql, tables.journal, token.microgridId, insert(sql, tables)),
      reachesBackTo: reachesBackTo(sql, tables, token),
      late: lateOf(sql, tables, token),
      amended: (late) => amended(sql, tables, token, late)
    }))
})

/** The reporter of a microgrid under its present name, made if there is none. One that was removed keeps none (F6). */
const reporterOf = (
  sql: SqlClient,
  { journal: { reporters }, microgrids }: Tables,
  { microgridId }: Token,
  name: string
): Effect.Effect<Reporter, JournalError> =>
  Effect.gen(function* () {
    const made = yield* makeReporter(name)
    const [row] = yield* sql.unsafe<{ readonly id: string }>(
      `INSERT INTO ${reporters} (microgrid, id, name, epoch)
       SELECT $1::text, $2, $3, 0 FROM ${microgrids} WHERE id = $1::text::numeric FOR SHARE
       ON CONFLICT (microgrid) DO UPDATE SET name = excluded.name RETURNING id`,
      [String(microgridId), made.id, name]
    )
    return { id: row?.id ?? made.id, name }
  }).pipe(Effect.catchTag("SqlError", (error) => Effect.fail(SqlJournal.toError(error))))

/**
 * One statement, so that a process that stands still amid it holds up nobody. The share lock orders it against a takeover:
 * either the next owner finds the entries there, or they are marked as late. A late sign of life is not kept: it tells of no
 * run that could be amended, and readers have gone on without it. A microgrid that was removed keeps none (F6).
 */
const insert =
  (sql: SqlClient, { journal, lateEntries, microgrids }: Tables): SqlJournal.Insert =>
  (rows, entries) =>
    sql.unsafe(
      `WITH present AS (
         SELECT epoch FROM ${microgrids} WHERE id = $1::text::numeric FOR SHARE
       ), added AS (
         INSERT INTO ${journal.entries} (microgrid, epoch, number, day, entry)
         SELECT $1, given.epoch, given.number, given.day, given.entry FROM present,
           unnest($2::text[]::bigint[], $3::text[]::bigint[], $4::text[], $5::text[], $6::boolean[])
             AS given (epoch, number, day, entry, is_alive)
         WHERE present.epoch <= given.epoch OR NOT given.is_alive
         ON CONFLICT DO NOTHING RETURNING microgrid, epoch, number
       )
       INSERT INTO ${lateEntries} (microgrid, epoch, number)
       SELECT added.microgrid, added.epoch, added.number FROM added, present WHERE present.epoch > added.epoch`,
      [
        rows[0].microgrid,
        rows.map(({ epoch }) => String(epoch)),
        rows.map(({ number }) => String(number)),
        rows.map(({ day }) => day),
        rows.map(({ entry }) => entry),
        entries.map(({ event }) => event._tag === "Alive")
      ]
    )

const reachesBackTo =
  (sql: SqlClient, { journal }: Tables, { microgridId }: Token): FleetJournal["reachesBackTo"] =>
  ({ epoch, number }) =>
    sql<{ readonly one: number }>`
      SELECT 1 AS one FROM ${sql(journal.entries)}
      WHERE microgrid = ${String(microgridId)} AND (epoch, number) <= (${epoch}, ${number}) LIMIT 1`.pipe(
      Effect.mapBoth({ onFailure: SqlJournal.toError, onSuccess: (rows) => rows.length > 0 })
    )

const lateOf = (sql: SqlClient, { lateEntries }: Tables, { epoch, microgridId }: Token) =>
  sql<JournalPosition>`
    SELECT epoch, number FROM ${sql(lateEntries)}
    WHERE microgrid = ${String(microgridId)} AND epoch < ${epoch}
    ORDER BY epoch, number LIMIT ${lateEntriesMax}`.pipe(
    Effect.mapBoth({
      onFailure: SqlJournal.toError,
      onSuccess: (rows) =>
        rows.map((row): JournalPosition => ({ epoch: BigInt(row.epoch), number: BigInt(row.number) }))
    })
  )

const amended = (
  sql: SqlClient,
  { lateEntries }: Tables,
  { microgridId }: Token,
  late: ReadonlyArray<JournalPosition>
) =>
  Effect.mapError(
    sql.unsafe(
      `DELETE FROM ${lateEntries} WHERE microgrid = $1 AND (epoch, number) IN (
         SELECT e, n FROM unnest($2::text[]::bigint[], $3::text[]::bigint[]) AS t (e, n))`,
      [String(microgridId), late.map(({ epoch }) => String(epoch)), late.map(({ number }) => String(number))]
    ),
    SqlJournal.toError
  )
