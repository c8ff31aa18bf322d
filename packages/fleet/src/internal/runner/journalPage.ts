/** A page of the journal of a microgrid in a fleet: kept edges, and the other entries, in one order. */
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { beginning, isAfter, type JournalPosition } from "@effect-dispatch/core/JournalStore"
import { Option } from "effect"
import type { KeptEdge, Position } from "../../FleetStore.ts"
import { journalledEdge } from "../journalledEdge.ts"

/** The edges that are kept after a place. */
export interface KeptEdges {
  readonly edges: ReadonlyArray<KeptEdge & Position>
  /** False if later ones were removed, and are no entries either. */
  readonly isWhole: boolean
}

/** Of edges and other entries after a place, as many of each as are wanted, the first of both. */
export const pageOf = (
  { edges, isWhole }: KeptEdges,
  others: ReadonlyArray<JournalEntry>,
  { after, limit }: { readonly after: JournalPosition; readonly limit: number }
): ReadonlyArray<JournalEntry> => {
  // An owner that was replaced has written an edge as an entry, if it did not know that its statement had been taken.
  const entries = new Map(
    [...others, ...edges.flatMap((edge) => Option.toArray(journalledEdge(edge)))].map((entry) => [
      `${entry.epoch}/${entry.number}`,
      entry
    ])
  )
  const page = [...entries.values()].sort((left, right) => (isAfter(left, right) ? 1 : -1)).slice(0, limit)
  const isAtBeginning = !isAfter(after, beginning)
  return isWhole || isAtBeginning ? page : withLost(page, after)
}

/** A reader who comes too late for some edges is told so before the next entry. */
const withLost = (
  page: ReadonlyArray<JournalEntry>,
  { epoch, number }: JournalPosition
): ReadonlyArray<JournalEntry> => {
  const [first] = page
  if (first === undefined) return page
  const missing = first.epoch === epoch ? first.number - 1n - number : first.number - 1n
  const count = Math.max(1, Number(missing))
  return [{ ...first, number: first.number - 1n, event: { _tag: "Lost", count } }, ...page]
}
