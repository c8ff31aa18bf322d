/** A page of the journal of a microgrid in a fleet: kept edges, and the other entries, in one order. */
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { isAfter } from "@effect-dispatch/core/JournalStore"
import { eventOfChange } from "@effect-dispatch/core/RunBook"
import { Option } from "effect"
import type { KeptEdge, Position } from "../../FleetStore.ts"
import * as EdgeJson from "../edgeJson.ts"

/** All edges after a place, and as many other entries as are wanted: the first of both. */
export const pageOf = (
  edges: ReadonlyArray<KeptEdge & Position>,
  others: ReadonlyArray<JournalEntry>,
  limit: number
): ReadonlyArray<JournalEntry> =>
  [...edges.flatMap((edge) => Option.toArray(entryOf(edge))), ...others]
    .sort((left, right) => (isAfter(left, right) ? 1 : -1))
    .slice(0, limit)

/** The entry about an edge; none, if it is not the JSON of one. */
const entryOf = ({ decidedAt, edge, epoch, number, status = "Stale" }: KeptEdge & Position) =>
  Option.map(EdgeJson.decode(edge), (change): JournalEntry => ({
    epoch,
    number,
    at: decidedAt,
    status,
    event: eventOfChange(change)
  }))
