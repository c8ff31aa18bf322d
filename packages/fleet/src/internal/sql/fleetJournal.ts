/** The journals of microgrids in a fleet, edges aside: they have a table of their own (J6). */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { FleetStore } from "../../FleetStore.ts"
import type { Tables } from "./fleetTables.ts"
import * as SqlJournal from "./sqlJournal.ts"

export const make = (
  sql: SqlClient,
  { journal: tables, microgrids }: Tables
): Pick<FleetStore["Service"], "journal"> => ({
  journal: ({ epoch, microgridId }, name) =>
    Effect.map(SqlJournal.reporterOf(sql, tables, { microgridId, name }), (reporter) => ({
      reporter,
      last: { epoch, number: 0n },
      // Without a lock: a process that stood still in the transaction would hold up whoever takes over.
      ...SqlJournal.journalIn(
        sql,
        tables,
        microgridId,
        Effect.map(
          sql.unsafe(`SELECT 1 FROM ${microgrids} WHERE id = $1::text::numeric`, [String(microgridId)]),
          ({ length }) => length > 0
        )
      )
    }))
})
