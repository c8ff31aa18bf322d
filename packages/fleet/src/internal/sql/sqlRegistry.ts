/** The list of microgrids in PostgreSQL. */
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { PgClient } from "@effect/sql-pg"
import { DateTime, Effect, Option, Stream } from "effect"
import { unavailable } from "../../FleetError.ts"
import { answerTimeout } from "../../FleetLimits.ts"
import type { FleetRegistry, Registered } from "../../FleetRegistry.ts"
import { answered } from "../answered.ts"
import { tablesOf } from "./fleetTables.ts"

interface Row {
  readonly id: string
  readonly bucket: number
  readonly wanted: boolean
  readonly parked: string | null
  readonly epoch: bigint
  readonly owner: string | null
  readonly since: number | null
}

const columns = `id::text AS id, bucket, wanted, parked, epoch, owner,
  (extract(epoch FROM since) * 1000)::float8 AS since`

export const make = (sql: PgClient.PgClient, name: string, buckets: number): FleetRegistry["Service"] => {
  const { microgrids } = tablesOf(name)
  const { added, channel, parked, removed, swept } = statements(name, buckets)
  const count = (statement: string, given: ReadonlyArray<unknown>) =>
    answered(
      Effect.map(sql.unsafe<{ readonly bucket: number }>(statement, given), ({ length }) => length),
      answerTimeout
    )
  const rows = (statement: string, given: ReadonlyArray<unknown> = []) =>
    answered(
      Effect.map(sql.unsafe<Row>(statement, given), (found) => found.map(toRegistered)),
      answerTimeout
    )
  return {
    add: (ids) => count(added, [[...ids].map(String)]),
    remove: (ids) => {
      const given = [[...ids].map(String)]
      return Effect.tap(count(removed, given), () => count(swept, given))
    },
    park: (ids, reason) => count(parked, [[...ids].map(String), reason]),
    list: rows(`SELECT ${columns} FROM ${microgrids} ORDER BY ${microgrids}.id`),
    get: (id) =>
      Effect.map(
        rows(`SELECT ${columns} FROM ${microgrids} WHERE id = $1::text::numeric`, [String(id)]),
        ([row]) => Option.fromUndefinedOr(row)
      ),
    changes: Stream.unwrap(
      Effect.map(Effect.mapError(sql.listen(channel), unavailable), (queue) =>
        Stream.fromQueue(queue).pipe(
          Stream.mapError(unavailable),
          Stream.map(({ payload }) => Number(payload))
        )
      )
    )
  }
}

/** The changes of the list. Each tells all processes, with the same commit, which buckets have changed. */
const statements = (name: string, buckets: number) => {
  const { edges, journal, lateEntries, microgrids, records } = tablesOf(name)
  const channel = `${name}_registry`
  const notifying = (changed: string) =>
    `${changed}, told AS (SELECT pg_notify('${channel}', bucket::text) FROM (SELECT DISTINCT bucket FROM changed) AS b)
     SELECT bucket FROM changed, (SELECT count(*) FROM told) AS t`
  const ids = "SELECT unnest($1::text[])::numeric AS id"
  const forgetting = (gone: string) =>
    `forgotten AS (DELETE FROM ${records} WHERE microgrid IN (SELECT id FROM ${gone})),
      untold AS (DELETE FROM ${edges} WHERE microgrid IN (SELECT id FROM ${gone})),
      late AS (DELETE FROM ${lateEntries} WHERE microgrid IN (SELECT id::text FROM ${gone})),
      closed AS (DELETE FROM ${journal.entries} WHERE microgrid IN (SELECT id::text FROM ${gone})),
      silent AS (DELETE FROM ${journal.reporters} WHERE microgrid IN (SELECT id::text FROM ${gone}))`
  return {
    channel,
    added: notifying(`WITH changed AS (
      INSERT INTO ${microgrids} AS m (id, bucket) SELECT id, (id % ${buckets})::integer FROM (${ids}) AS a
      ON CONFLICT (id) DO UPDATE SET wanted = TRUE, parked = NULL WHERE NOT m.wanted RETURNING bucket)`),
    removed: notifying(`WITH changed AS (DELETE FROM ${microgrids} WHERE id IN (${ids}) RETURNING id, bucket),
      ${forgetting("changed")}`),
    // A write that the removal waited for is not seen by it, and none comes after it. No transaction holds both: a client
    // that stood still in it would hold up the whole bucket.
    swept: `WITH gone AS (SELECT id FROM (${ids}) AS a WHERE NOT EXISTS (SELECT 1 FROM ${microgrids} AS m WHERE m.id = a.id)),
      ${forgetting("gone")} SELECT 1 AS bucket FROM gone`,
    parked: notifying(`WITH changed AS (
      UPDATE ${microgrids} SET wanted = FALSE, parked = $2 WHERE id IN (${ids}) AND wanted RETURNING bucket)`)
  }
}

const toRegistered = ({ bucket, epoch, id, owner, parked, since, wanted }: Row): Registered => ({
  microgridId: MicrogridId.make(BigInt(id)),
  bucket,
  parked: wanted ? undefined : (parked ?? ""),
  epoch: BigInt(epoch),
  owner: owner ?? undefined,
  since: since === null ? Option.none() : Option.some(DateTime.makeUnsafe(since))
})
