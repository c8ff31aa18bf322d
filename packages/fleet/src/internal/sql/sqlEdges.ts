/** The edges of microgrids, kept for a while: for consumers that were away, and as a journal (F5). */
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { answerTimeout, edgesKeptFor, edgesKeptMax } from "../../FleetLimits.ts"
import type { FleetStore, KeptEdge, Position } from "../../FleetStore.ts"
import { answered } from "../answered.ts"
import { seconds, type Tables } from "./fleetTables.ts"

type Edges = Pick<FleetStore["Service"], "edgesAfter" | "pruneEdges">

interface EdgeRow {
  readonly epoch: bigint
  readonly number: bigint
  readonly edge: string
  readonly planned: number
  readonly decided: number
  readonly status: SyncStatus["_tag"] | null
  readonly whole: boolean
}

/** No edge, of a microgrid that has none after the place. */
interface NoRow {
  readonly epoch: null
  readonly whole: boolean
}

export const make = (sql: SqlClient, tables: Tables): Edges => ({
  edgesAfter: (microgridId, { epoch, number }, limit = edgesReadMax) =>
    sql.unsafe<EdgeRow | NoRow>(after(tables), [String(microgridId), epoch, number, limit]).pipe(
      Effect.map((rows) => ({
        edges: rows.flatMap((row) => (row.epoch === null ? [] : [toEdge(row)])),
        isWhole: rows[0]?.whole ?? true
      })),
      (question) => answered(question, answerTimeout)
    ),
  pruneEdges: (bucket) =>
    sql.unsafe<{ readonly count: bigint }>(prune(tables), [bucket]).pipe(
      Effect.map(([row]) => Number(row?.count ?? 0)),
      (question) => answered(question, answerTimeout)
    )
})

/** More than there ever are. */
const edgesReadMax = 2 ** 31

/** A microgrid without edges gives one row of nulls: whether some were removed is known of it all the same. */
const after = ({ edges, microgrids }: Tables): string =>
  `SELECT e.epoch, e.number, e.edge::text AS edge,
     (extract(epoch FROM e.planned_time) * 1000)::float8 AS planned,
     (extract(epoch FROM e.decided_time) * 1000)::float8 AS decided,
     e.status, (m.pruned_epoch, m.pruned_number) <= ($2, $3) AS whole
   FROM ${microgrids} AS m
   LEFT JOIN ${edges} AS e ON e.microgrid = m.id AND (e.epoch, e.number) > ($2, $3)
   WHERE m.id = $1::text::numeric ORDER BY e.epoch, e.number LIMIT $4::bigint`

/** Removes what is too old or beyond the newest, and marks how far. */
const prune = ({ edges, microgrids }: Tables): string =>
  `WITH ranked AS (
     SELECT microgrid, epoch, number, written_time,
       row_number() OVER (PARTITION BY microgrid ORDER BY epoch DESC, number DESC) AS place
     FROM ${edges} WHERE microgrid IN (SELECT id FROM ${microgrids} WHERE bucket = $1)
   ), gone AS (
     DELETE FROM ${edges} AS e USING ranked AS r
     WHERE e.microgrid = r.microgrid AND e.epoch = r.epoch AND e.number = r.number AND (r.place > ${edgesKeptMax}
       OR r.written_time < now() - ${seconds(edgesKeptFor)})
     RETURNING e.microgrid, e.epoch, e.number
   ), last AS (
     SELECT DISTINCT ON (microgrid) microgrid, epoch, number FROM gone ORDER BY microgrid, epoch DESC, number DESC
   ), marked AS (
     UPDATE ${microgrids} AS m SET pruned_epoch = last.epoch, pruned_number = last.number
     FROM last WHERE m.id = last.microgrid
   )
   SELECT count(*) AS count FROM gone`

const toEdge = ({ decided, edge, epoch, number, planned, status }: EdgeRow): KeptEdge & Position => ({
  epoch: BigInt(epoch),
  number: BigInt(number),
  edge: JSON.parse(edge),
  plannedAt: DateTime.makeUnsafe(planned),
  decidedAt: DateTime.makeUnsafe(decided),
  ...(status === null ? undefined : { status })
})
