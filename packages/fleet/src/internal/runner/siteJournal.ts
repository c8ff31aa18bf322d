/** The journal of a site in its fleet: edges come with the records, all else in groups of its own (J6). */
import {
  JournalError,
  type JournalPlace,
  type JournalPosition,
  type JournalStore
} from "@effect-dispatch/core/JournalStore"
import { journalCloseTimeout } from "@effect-dispatch/core/SiteJournal"
import { Effect, Option, Queue, Semaphore, Stream } from "effect"
import type { Token } from "../../FencingToken.ts"
import { journalReadsMax } from "../../FleetLimits.ts"
import type { FleetJournal, FleetStore } from "../../FleetStore.ts"
import { journalledEdge } from "../journalledEdge.ts"
import type { EdgeLog } from "./edgeLog.ts"
import { pageOf } from "./journalPage.ts"
import * as LateEntries from "./lateEntries.ts"

type Store = Pick<FleetStore["Service"], "name" | "journal" | "edgesAfter">

/** The journals of a process: they share a reporter, and the turns in which they are read. */
export interface Journals {
  readonly name: string
  readonly turns: Semaphore.Semaphore
}

/** Those under the name of a reporter. After a takeover all are read at once, and must not hold up records. */
export const underName = (name: string): Journals => ({
  name,
  turns: Semaphore.makeUnsafe(journalReadsMax)
})

/** The place for the journal of an activation. */
export const make = (
  store: Store,
  token: Token,
  edges: EdgeLog,
  { name, turns }: Journals
): JournalPlace => ({
  place: `the tables of fleet ${store.name}`,
  edges: { nextNumber: () => edges.numberOfEntry(), written: settled(token, edges) },
  open: () =>
    Effect.gen(function* () {
      const others = yield* store.journal(token, name)
      yield* Effect.addFinalizer(() => keepTold(token, edges, others))
      yield* Effect.forkScoped(LateEntries.amendAll({ token, edges, journal: others }))
      return {
        ...others,
        after: (position, limit) =>
          turns.withPermit(Effect.suspend(() => read({ store, token, edges, others }, position, limit)))
      }
    })
})

/** The places up to which edges are told and written. */
const settled = ({ epoch }: Token, edges: EdgeLog): Stream.Stream<JournalPosition> =>
  Stream.callback<void>(
    (queue) =>
      Effect.acquireRelease(
        Effect.sync(() => edges.whenSettled(() => void Queue.offerUnsafe(queue, undefined))),
        (end) => Effect.sync(end)
      ),
    { bufferSize: 1, strategy: "sliding" }
  ).pipe(Stream.map(() => ({ epoch, number: edges.settledBelow - 1n })))

/** An owner that was replaced writes no edge any more. Those that it had told are entries, under its epoch. */
const keepTold = ({ epoch }: Token, edges: EdgeLog, others: JournalStore): Effect.Effect<void> =>
  Effect.gen(function* () {
    const entries = edges.unwritten.flatMap((edge) => Option.toArray(journalledEdge({ ...edge, epoch })))
    if (entries.length === 0) return
    yield* Effect.timeout(others.append(entries), journalCloseTimeout)
  }).pipe(
    Effect.catch(({ message }) =>
      Effect.logWarning(`Starts and stops that were told last are in no journal: ${message}`)
    )
  )

interface Sources {
  readonly store: Store
  readonly token: Token
  readonly edges: EdgeLog
  readonly others: FleetJournal
}

/** An edge that is written later would never be seen by a reader who has gone on: none goes past it. */
const read = (
  { edges, others, store, token }: Sources,
  ...[after, limit]: Parameters<JournalStore["after"]>
): ReturnType<JournalStore["after"]> => {
  const { settledBelow } = edges
  return Effect.gen(function* () {
    // Entries last: an edge that becomes one meanwhile is found there.
    const { edges: kept, ...removed } = yield* Effect.mapError(
      store.edgesAfter(token.microgridId, after, limit),
      ({ message }) => new JournalError({ message })
    )
    const found = yield* others.after(after, limit)
    const isWhole = removed.isWhole || (yield* others.reachesBackTo(after))
    return pageOf({ edges: kept, isWhole }, found, { after, limit }).filter(
      ({ epoch, number }) => epoch !== token.epoch || number < settledBelow
    )
  })
}
