/** The journal of a site in its fleet: edges come with the records, all else in groups of its own (J6). */
import { JournalError, type JournalPlace, type JournalStore } from "@effect-dispatch/core/JournalStore"
import { Effect } from "effect"
import type { Token } from "../../FencingToken.ts"
import type { FleetStore } from "../../FleetStore.ts"
import type { EdgeLog } from "./edgeLog.ts"
import { pageOf } from "./journalPage.ts"

type Store = Pick<FleetStore["Service"], "name" | "journal" | "edgesAfter">

/** The place for the journal of an activation, under the name of the reporter. */
export const make = (store: Store, token: Token, edges: EdgeLog, name: string): JournalPlace => ({
  place: `the tables of fleet ${store.name}`,
  nextNumber: () => edges.numberOfEntry(),
  open: () =>
    Effect.map(store.journal(token, name), (others) => ({
      ...others,
      after: (position, limit) => Effect.suspend(() => read({ store, token, edges, others }, position, limit))
    }))
})

interface Sources {
  readonly store: Store
  readonly token: Token
  readonly edges: EdgeLog
  readonly others: JournalStore
}

/** An edge that is written later would never be seen by a reader who has gone on: none goes past it. */
const read = (
  { edges, others, store, token }: Sources,
  ...[position, limit]: Parameters<JournalStore["after"]>
): ReturnType<JournalStore["after"]> => {
  const { settledBelow } = edges
  return Effect.gen(function* () {
    // Edges last: those before an entry that is there were there before it.
    const found = yield* others.after(position, limit)
    const kept = yield* Effect.mapError(
      store.edgesAfter(token.microgridId, position),
      ({ message }) => new JournalError({ message })
    )
    return pageOf(kept.edges, found, limit).filter(
      ({ epoch, number }) => epoch !== token.epoch || number < settledBelow
    )
  })
}
