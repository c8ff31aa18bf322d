/** The facts that all processes of a fleet must agree on. The first one states them. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { type FleetError, mismatch, unavailable } from "../../FleetError.ts"
import type { FleetSettings } from "../../FleetSettings.ts"
import type { Tables } from "./fleetTables.ts"

/** The version of the protocol between processes, and between them and the tables. */
export const protocol = 1

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
