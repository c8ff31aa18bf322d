/** The edges of microgrids, kept for a while: for consumers that were away, and as a journal (F5). */
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { DateTime, Effect, Option } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { answerTimeout, edgesKeptFor, edgesKeptMax } from "../../FleetLimits.ts"
import type { FleetStore, KeptEdge, Position } from "../../FleetStore.ts"
import { answered } from "../answered.ts"
import { journalledEdge } from "../journalledEdge.ts"
import { seconds, type Tables } from "./fleetTables.ts"
import * as SqlJournal from "./sqlJournal.ts"

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
    Effect.gen(function* () {
      let all = 0
      for (;;) {
        const surplus = yield* answered(surplusOf(sql, tables, bucket), answerTimeout)
        const count = yield* answered(remove(sql, tables, surplus), answerTimeout)
        all += count
        if (surplus.length < edgesRemovedMax || count === 0) return all
      }
    })
})

/** More than there ever are. */
const edgesReadMax = 2 ** 31

const columns = `e.epoch, e.number, e.edge::text AS edge,
  (extract(epoch FROM e.planned_time) * 1000)::float8 AS planned,
  (extract(epoch FROM e.decided_time) * 1000)::float8 AS decided, e.status`

/** A microgrid without edges gives one row of nulls: whether some were removed is known of it all the same. */
const after = ({ edges, microgrids }: Tables): string =>
  `SELECT ${columns}, (m.pruned_epoch, m.pruned_number) <= ($2, $3) AS whole
   FROM ${microgrids} AS m
   LEFT JOIN ${edges} AS e ON e.microgrid = m.id AND (e.epoch, e.number) > ($2, $3)
   WHERE m.id = $1::text::numeric ORDER BY e.epoch, e.number LIMIT $4::bigint`

/** The number of edges that are removed at once. */
const edgesRemovedMax = 1_000

interface SurplusRow extends EdgeRow {
  readonly microgrid: string
  /** True if the microgrid has a journal. */
  readonly journalled: boolean
}

/** The edges that are too old or beyond the newest, as many as are removed at once. */
const surplusOf = (sql: SqlClient, { edges, journal, microgrids }: Tables, bucket: number) =>
  sql.unsafe<SurplusRow>(
    `WITH ranked AS (
       SELECT microgrid, epoch, number, written_time,
         row_number() OVER (PARTITION BY microgrid ORDER BY epoch DESC, number DESC) AS place
       FROM ${edges} WHERE microgrid IN (SELECT id FROM ${microgrids} WHERE bucket = $1)
     )
     SELECT e.microgrid::text AS microgrid, ${columns}, TRUE AS whole,
       EXISTS (SELECT 1 FROM ${journal.reporters} AS j WHERE j.microgrid = e.microgrid::text) AS journalled
     FROM ranked AS r JOIN ${edges} AS e USING (microgrid, epoch, number)
     WHERE r.place > ${edgesKeptMax} OR r.written_time < now() - ${seconds(edgesKeptFor)}
     ORDER BY e.microgrid, e.epoch, e.number LIMIT ${edgesRemovedMax}`,
    [bucket]
  )

/**
 * Removes edges, marks how far, and writes those of a journal as entries of it, by one statement: a reader who looks for
 * entries after edges finds each. The lock orders it against a removal of the microgrid, which keeps none (F6), and against
 * another that removes edges.
 */
const remove = (
  sql: SqlClient,
  { edges, journal, microgrids }: Tables,
  surplus: ReadonlyArray<SurplusRow>
) => {
  const rows = surplus.map(entryOf)
  if (rows.length === 0) return Effect.succeed(0)
  return sql
    .unsafe<{ readonly count: bigint }>(
      `WITH given AS (
         SELECT * FROM unnest($1::text[]::numeric[], $2::text[]::bigint[], $3::text[]::bigint[], $4::text[], $5::text[])
           AS t (microgrid, epoch, number, day, entry)
       ), present AS (
         SELECT id FROM ${microgrids} WHERE id IN (SELECT microgrid FROM given) ORDER BY id FOR NO KEY UPDATE
       ), gone AS (
         DELETE FROM ${edges} AS e USING given, present
         WHERE e.microgrid = given.microgrid AND e.epoch = given.epoch AND e.number = given.number
           AND present.id = e.microgrid
         RETURNING e.microgrid, e.epoch, e.number, given.day, given.entry
       ), kept AS (
         INSERT INTO ${journal.entries} (microgrid, epoch, number, day, entry)
         SELECT microgrid::text, epoch, number, day, entry FROM gone WHERE entry <> ''
         ON CONFLICT DO NOTHING
       ), last AS (
         SELECT DISTINCT ON (microgrid) microgrid, epoch, number FROM gone
         ORDER BY microgrid, epoch DESC, number DESC
       ), marked AS (
         UPDATE ${microgrids} AS m SET pruned_epoch = last.epoch, pruned_number = last.number
         FROM last WHERE m.id = last.microgrid
       )
       SELECT count(*) AS count FROM gone`,
      [
        rows.map(({ microgrid }) => microgrid),
        rows.map(({ epoch }) => String(epoch)),
        rows.map(({ number }) => String(number)),
        rows.map(({ day }) => day),
        rows.map(({ entry }) => entry)
      ]
    )
    .pipe(Effect.map(([row]) => Number(row?.count ?? 0)))
}

/** The entry of an edge that is removed; one without a journal, or that is none of this release, leaves nothing. */
const entryOf = (row: SurplusRow) => {
  const edge = toEdge(row)
  const entry = row.journalled ? journalledEdge(edge) : Option.none()
  return Option.match(entry, {
    onNone: () => ({ ...edge, microgrid: row.microgrid, day: "", entry: "" }),
    onSome: (told) => SqlJournal.rowOf(row.microgrid, told)
  })
}

const toEdge = ({ decided, edge, epoch, number, planned, status }: EdgeRow): KeptEdge & Position => ({
  epoch: BigInt(epoch),
  number: BigInt(number),
  edge: JSON.parse(edge),
  plannedAt: DateTime.makeUnsafe(planned),
  decidedAt: DateTime.makeUnsafe(decided),
  ...(status === null ? undefined : { status })
})
