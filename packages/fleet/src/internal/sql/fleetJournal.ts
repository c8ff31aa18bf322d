/** The journals of microgrids in a fleet, edges aside: they have a table of their own (J6). */
import {
  type JournalError,
  type JournalPosition,
  makeReporter,
  type Reporter
} from "@effect-dispatch/core/JournalStore"
import { Effect, Option } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Token } from "../../FencingToken.ts"
import { lateEntriesMax } from "../../FleetLimits.ts"
import type { FleetJournal, FleetStore, LateEntry } from "../../FleetStore.ts"
import type { Tables } from "./fleetTables.ts"
import * as SqlJournal from "./sqlJournal.ts"

export const make = (sql: SqlClient, tables: Tables): Pick<FleetStore["Service"], "journal"> => ({
  journal: (token, name) =>
    Effect.map(reporterOf(sql, tables, token, name), (reporter): FleetJournal => ({
      reporter,
      last: { epoch: token.epoch, number: 0n },
      ...SqlJournal.journalIn(sql, tables.journal, token.microgridId, insert(sql, tables)),
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
  (rows) =>
    sql.unsafe(
      `WITH present AS (
         SELECT epoch FROM ${microgrids} WHERE id = $1::text::numeric FOR SHARE
       ), added AS (
         INSERT INTO ${journal.entries} (microgrid, epoch, number, day, entry)
         SELECT $1, given.* FROM present,
           unnest($2::text[]::bigint[], $3::text[]::bigint[], $4::text[], $5::text[])
             AS given (epoch, number, day, entry)
         WHERE present.epoch <= given.epoch OR given.entry::json #>> '{event,_tag}' <> 'Alive'
         ON CONFLICT DO NOTHING RETURNING microgrid, epoch, number
       )
       INSERT INTO ${lateEntries} (microgrid, epoch, number)
       SELECT added.microgrid, added.epoch, added.number FROM added, present WHERE present.epoch > added.epoch`,
      [
        rows[0].microgrid,
        rows.map(({ epoch }) => String(epoch)),
        rows.map(({ number }) => String(number)),
        rows.map(({ day }) => day),
        rows.map(({ entry }) => entry)
      ]
    )

const lateOf = (sql: SqlClient, { journal, lateEntries }: Tables, { epoch, microgridId }: Token) =>
  sql<JournalPosition & { readonly entry: string | null }>`
    SELECT late.epoch, late.number, entries.entry FROM ${sql(lateEntries)} AS late
    LEFT JOIN ${sql(journal.entries)} AS entries USING (microgrid, epoch, number)
    WHERE late.microgrid = ${String(microgridId)} AND late.epoch < ${epoch}
    ORDER BY late.epoch, late.number LIMIT ${lateEntriesMax}`.pipe(
    Effect.mapBoth({
      onFailure: SqlJournal.toError,
      onSuccess: (rows) =>
        rows.map(({ entry, epoch, number }): LateEntry => ({
          epoch: BigInt(epoch),
          number: BigInt(number),
          entry: Option.flatMap(Option.fromNullOr(entry), SqlJournal.decode)
        }))
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
