/** The journals of microgrids in a fleet: the table of edges, and one of all other entries (J6). */
import { JournalError } from "@effect-dispatch/core/JournalStore"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { FleetStore } from "../../FleetStore.ts"
import { journalPage } from "../journalPage.ts"
import type { Tables } from "./fleetTables.ts"
import * as SqlJournal from "./sqlJournal.ts"

export const make = (
  sql: SqlClient,
  { journal: tables }: Tables,
  edgesAfter: FleetStore["Service"]["edgesAfter"]
): Pick<FleetStore["Service"], "journal"> => ({
  journal: ({ epoch, microgridId }, name) => {
    const { after, append } = SqlJournal.entriesOf(sql, tables, microgridId)
    return Effect.map(SqlJournal.reporterOf(sql, tables, { microgridId, name }), (reporter) => ({
      reporter,
      last: { epoch, number: 0n },
      append,
      after: (position, limit) =>
        Effect.gen(function* () {
          // Edges last: one that is there now was there before all entries that come later.
          const others = yield* after(position, limit)
          const { edges } = yield* Effect.mapError(
            edgesAfter(microgridId, position),
            ({ message }) => new JournalError({ message })
          )
          return journalPage(edges, others, limit)
        })
    }))
  }
})
