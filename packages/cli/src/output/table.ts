/** Lists as tables that fit the terminal. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import type { DateTime } from "effect"
import { type Standing, standingOf } from "../schedule/standing.ts"
import * as Columns from "./columns.ts"
import type { Column } from "./columns.ts"
import * as LastRun from "./lastRun.ts"
import { wrap } from "./layout.ts"
import { bold, dim, green, yellow } from "./terminal.ts"
import * as Text from "./text.ts"
import type { Times } from "./times.ts"

/** The bounds of a table. */
export interface TableOptions {
  readonly now: DateTime.Utc
  /** Its largest width. */
  readonly columns: number
  readonly times: Times
  /** The ids of dispatches that conflict with another one. */
  readonly conflicting?: ReadonlySet<bigint>
  /** The last runs, as sites report them. */
  readonly lastRuns?: ReadonlyMap<bigint, ReadonlyArray<ReportedRun>>
  /** All that there are, where some are left out. */
  readonly total?: number
}

/** A dispatch with all that its row says. */
interface Row extends TableOptions, Standing {
  readonly dispatch: Dispatch
}

const columnsOfDispatches: ReadonlyArray<Column<Row>> = [
  { heading: "ID", rank: 0, cell: ({ dispatch }) => String(dispatch.id) },
  {
    heading: "NAME",
    rank: 3,
    isSparse: true,
    widthMin: 12,
    cell: ({ dispatch }) => Text.safe(dispatch.name ?? "")
  },
  {
    heading: "STATE",
    rank: 4,
    cell: ({ conflicting, dispatch, state }) =>
      state + (dispatch.dryRun ? ", dry" : "") + (conflicting?.has(dispatch.id) === true ? " !" : "")
  },
  { heading: "TYPE", rank: 2, widthMin: 8, cell: ({ dispatch }) => Text.safe(dispatch.type) },
  {
    heading: "UNTIL",
    rank: 5,
    isSparse: true,
    cell: ({ current, now, times }) =>
      current === undefined ? "" : current.until === undefined ? "stopped" : times.short(current.until, now)
  },
  {
    heading: "NEXT RUN",
    rank: 1,
    cell: ({ next, times }) => (next === undefined ? "-" : times.moment(next)),
    short: ({ next, now, times }) => (next === undefined ? "-" : times.short(next, now))
  },
  {
    heading: "LAST RUN",
    rank: 6,
    isSparse: true,
    cell: ({ dispatch, lastRuns, now, times }) =>
      LastRun.short(lastRuns?.get(dispatch.id) ?? [], { now, times })
  },
  { heading: "DURATION", rank: 7, cell: ({ dispatch }) => Text.duration(dispatch.duration) },
  {
    heading: "RECURS",
    rank: 8,
    widthMin: 16,
    cell: ({ dispatch, times }) => Text.recurrence(dispatch, times)
  },
  { heading: "TARGET", rank: 6, widthMin: 7, cell: ({ dispatch }) => Text.target(dispatch.target) },
  { heading: "START", rank: 10, cell: ({ dispatch, times }) => times.instant(dispatch.startTime) },
  { heading: "PAYLOAD", rank: 9, widthMin: 14, cell: ({ dispatch }) => Text.payload(dispatch.payload) }
]

/** The lines of a table of dispatches. */
export const dispatches = (list: ReadonlyArray<Dispatch>, options: TableOptions): ReadonlyArray<string> => {
  const rows = list.map((dispatch): Row => ({ ...options, ...standingOf(dispatch, options.now), dispatch }))
  const { heading, left, lines } = Columns.fitted(columnsOfDispatches, rows, options.columns)
  return [
    bold(heading),
    ...rows.map((row, index) => paintOf(row)(lines[index] ?? "")),
    ...wrap(notesOf(list, options, left), options.columns).map(dim)
  ]
}

const paintOf = ({ conflicting, dispatch, state }: Row) => {
  if (state === "inactive") return dim
  if (conflicting?.has(dispatch.id) === true) return yellow
  return state === "running" ? green : (text: string) => text
}

const notesOf = (
  list: ReadonlyArray<Dispatch>,
  { times, total = list.length }: TableOptions,
  left: ReadonlyArray<string>
): string => {
  const count = Text.counted(total, "dispatch", "dispatches")
  return [
    total > list.length ? `the first ${list.length.toLocaleString("en-US")} of ${count}` : count,
    `times in ${times.zone}`,
    ...(left.length === 0 ? [] : [`no room for ${left.join(", ")}`])
  ].join("; ")
}
