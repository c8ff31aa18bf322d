/** The journal of a site in its fleet: edges come with the records, all else in groups of its own (J6). */
import type { JournalPlace } from "@effect-dispatch/core/JournalStore"
import { Effect } from "effect"
import type { Token } from "../../FencingToken.ts"
import type { FleetStore } from "../../FleetStore.ts"
import type { EdgeLog } from "./edgeLog.ts"

/** The place for the journal of an activation, under the name of the reporter. */
export const make = (
  store: Pick<FleetStore["Service"], "name" | "journal">,
  token: Token,
  edges: EdgeLog,
  name: string
): JournalPlace => ({
  place: `the tables of fleet ${store.name}`,
  nextNumber: () => edges.numberOfEntry(),
  open: () =>
    Effect.map(store.journal(token, name), (journal) => ({
      ...journal,
      // An edge that is written later would never be seen by a reader who has gone on.
      after: (position, limit) =>
        Effect.suspend(() => {
          const { settledBelow } = edges
          return Effect.map(journal.after(position, limit), (entries) =>
            entries.filter(({ epoch, number }) => epoch !== token.epoch || number < settledBelow)
          )
        })
    }))
})
