/** The records of microgrids, which only the owner of a microgrid changes (F1). */
import { DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { unavailable } from "../../FleetError.ts"
import { answerTimeout } from "../../FleetLimits.ts"
import type { FleetStore, KeptEdge } from "../../FleetStore.ts"
import { answered } from "../answered.ts"
import type { Tables } from "./fleetTables.ts"

type Records = Pick<FleetStore["Service"], "write" | "keys" | "read">

export const make = (sql: SqlClient, tables: Tables): Records => {
  const set = statement(tables, putRecord(tables))
  const remove = statement(tables, removeRecord(tables))
  return {
    write: ({ epoch, microgridId }, { edges, key, removed, sequence, value }) => {
      const rows = [JSON.stringify(edges.map(toRow)), removed.map(String)]
      const given = [String(microgridId), epoch, ...rows, key, sequence]
      const written = value === undefined ? sql.unsafe(remove, given) : sql.unsafe(set, [...given, value])
      return Effect.mapBoth(written, { onSuccess: ({ length }) => length > 0, onFailure: unavailable })
    },
    keys: (microgridId) =>
      sql
        .unsafe<{ readonly key: string }>(
          `SELECT key FROM ${tables.records} WHERE microgrid = $1::text::numeric`,
          [String(microgridId)]
        )
        .pipe(
          Effect.map((rows) => rows.map(({ key }) => key)),
          (question) => answered(question, answerTimeout)
        ),
    read: (microgridId, key) =>
      sql
        .unsafe<{ readonly value: string }>(
          `SELECT value FROM ${tables.records} WHERE microgrid = $1::text::numeric AND key = $2`,
          [String(microgridId), key]
        )
        .pipe(
          Effect.map(([row]) => row?.value),
          (question) => answered(question, answerTimeout)
        )
  }
}

/**
 * One statement, which the database begins and ends by itself. The share lock orders it against a takeover: that waits
 * for it and reads what it wrote, or it finds the epoch raised and does nothing.
 */
const statement = ({ edges, microgrids }: Tables, change: string): string =>
  `WITH mine AS (SELECT id FROM ${microgrids} WHERE id = $1::text::numeric AND epoch = $2 FOR SHARE),
   changed AS (${change}),
   kept AS (
     INSERT INTO ${edges} (microgrid, epoch, number, edge, planned_time, decided_time, status)
     SELECT mine.id, $2, e.number, e.edge, e.planned, e.decided, e.status
     FROM mine, jsonb_to_recordset($3::text::jsonb)
       AS e (number BIGINT, edge JSONB, planned TIMESTAMPTZ, decided TIMESTAMPTZ, status TEXT)
     ON CONFLICT DO NOTHING
   ),
   gone AS (
     DELETE FROM ${edges} USING mine
     WHERE microgrid = mine.id AND epoch = $2 AND number = ANY($4::text[]::bigint[])
   )
   SELECT 1 AS mine FROM mine`

/** A statement whose connection was lost may come after later ones: it leaves what they wrote. */
const putRecord = ({ records }: Tables): string =>
  `INSERT INTO ${records} AS r (microgrid, key, epoch, sequence, value) SELECT id, $5, $2, $6::bigint, $7 FROM mine
   ON CONFLICT (microgrid, key) DO UPDATE
   SET value = EXCLUDED.value, epoch = EXCLUDED.epoch, sequence = EXCLUDED.sequence
   WHERE (r.epoch, r.sequence) < (EXCLUDED.epoch, EXCLUDED.sequence)`

const removeRecord = ({ records }: Tables): string =>
  `DELETE FROM ${records} AS r USING mine
   WHERE r.microgrid = mine.id AND r.key = $5 AND (r.epoch, r.sequence) < ($2, $6::bigint)`

const toRow = ({ decidedAt, edge, number, plannedAt, status }: KeptEdge) => ({
  number: String(number),
  edge,
  planned: DateTime.formatIso(plannedAt),
  decided: DateTime.formatIso(decidedAt),
  status
})
