/** The entry of a journal about an edge (J6). */
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { eventOfChange } from "@effect-dispatch/core/RunBook"
import { Option } from "effect"
import type { KeptEdge, Position } from "../FleetStore.ts"
import * as EdgeJson from "./edgeJson.ts"

/** The entry about a kept edge; none, if it is not the JSON of one. */
export const journalledEdge = ({
  decidedAt,
  edge,
  epoch,
  number,
  status = "Stale"
}: KeptEdge & Position): Option.Option<JournalEntry> =>
  Option.map(EdgeJson.decode(edge), (change): JournalEntry => ({
    epoch,
    number,
    at: decidedAt,
    status,
    event: eventOfChange(change)
  }))
