/** The facts that all processes of a fleet must agree on. The first one states them. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { type FleetError, mismatch, unavailable } from "../../FleetError.ts"
import type { FleetSettings } from "../../FleetSettings.ts"
import type { Tables } from "./fleetTables.ts"

/** The version of the protocol between processes, and between them and the tables. */
export const protocol = 1

/** The number of buckets of a fleet that is there, for a process that changes nothing; fails for another protocol. */
export const bucketsOf = Effect.fnUntraced(function* (
  sql: SqlClient,
  { meta }: Tables,
  name: string
): Effect.fn.Return<number, FleetError> {
  const rows = yield* Effect.mapError(
    sql.unsafe<{ readonly name: string; readonly value: string }>(`SELECT name, value FROM ${meta}`),
    unavailable
  )
  const facts = new Map(rows.map((row) => [row.name, row.value]))
  const found = facts.get("protocol")
  if (found !== String(protocol)) {
    return yield* mismatch(`fleet ${name} has protocol ${found}, and this process ${protocol}`)
  }
  return Number(facts.get("buckets"))
})

/** Fails unless the fleet has the same facts; states them if it has none. */
export const agree = Effect.fnUntraced(function* (
  sql: SqlClient,
  { meta }: Tables,
  name: string,
  { buckets }: FleetSettings
): Effect.fn.Return<void, FleetError> {
  for (const [fact, own] of [
    ["buckets", String(buckets)],
    ["protocol", String(protocol)]
  ] as const) {
    // The update that changes nothing makes the statement give the row that is there.
    const rows = yield* sql
      .unsafe<{ readonly value: string }>(
        `INSERT INTO ${meta} (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = ${meta}.value RETURNING value`,
        [fact, own]
      )
      .pipe(Effect.mapError(unavailable))
    const found = rows[0]?.value
    if (found !== own) {
      return yield* mismatch(`fleet ${name} has ${fact} ${found}, and this process ${own}`)
    }
  }
})
