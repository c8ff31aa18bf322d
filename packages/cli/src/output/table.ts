/** Lists as tables that fit the terminal. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DateTime } from "effect"
import { type Standing, standingOf } from "../schedule/standing.ts"
import { cut, pad, widthOf, wrap } from "./layout.ts"
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
  /** All that there are, where some are left out. */
  readonly total?: number
}

/** A dispatch with all that its row says. */
interface Row extends TableOptions, Standing {
  readonly dispatch: Dispatch
}

interface Column {
  readonly heading: string
  /** Where there is no room, the columns with the highest rank give way first; 0 never does. */
  readonly rank: number
  /** Its smallest width; columns that cannot be cut have none. */
  readonly widthMin?: number
  readonly cell: (row: Row) => string
  /** A shorter form, for a narrow terminal. */
  readonly short?: (row: Row) => string
}

const columnsOfDispatches: ReadonlyArray<Column> = [
  { heading: "ID", rank: 0, cell: ({ dispatch }) => String(dispatch.id) },
  {
    heading: "NAME",
    rank: 3,
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
    cell: ({ current, now, times }) =>
      current === undefined ? "" : current.until === undefined ? "stopped" : times.short(current.until, now)
  },
  {
    heading: "NEXT RUN",
    rank: 1,
    cell: ({ next, times }) => (next === undefined ? "-" : times.moment(next)),
    short: ({ next, now, times }) => (next === undefined ? "-" : times.short(next, now))
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

/** Columns that are there only if there is something in them. */
const sparse = new Set(["NAME", "UNTIL"])

/** A column with its cells. */
interface Filled {
  readonly heading: string
  readonly rank: number
  readonly cells: ReadonlyArray<string>
  readonly width: number
  /** The cells in their shorter form, where there is one. */
  readonly short: { readonly cells: ReadonlyArray<string>; readonly width: number } | undefined
  readonly widthMin: number
}

/** The lines of a table of dispatches. */
export const dispatches = (list: ReadonlyArray<Dispatch>, options: TableOptions): ReadonlyArray<string> => {
  const rows = list.map((dispatch): Row => ({ ...options, ...standingOf(dispatch, options.now), dispatch }))
  const all = columnsOfDispatches
    .map((column) => fill(column, rows))
    .filter(({ cells, heading }) => !sparse.has(heading) || cells.some((text) => text !== ""))
  const { fitting, left } = fit(all, options.columns)
  const line = (cells: ReadonlyArray<string>): string =>
    cells
      .map((text, index) => pad(cut(text, fitting[index]?.width ?? 0), fitting[index]?.width ?? 0))
      .join("  ")
      .trimEnd()
  return [
    bold(line(fitting.map(({ heading }) => heading))),
    ...rows.map((row, index) => paintOf(row)(line(fitting.map(({ cells }) => cells[index] ?? "")))),
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

const widest = (heading: string, cells: ReadonlyArray<string>): number =>
  cells.reduce((most, text) => Math.max(most, widthOf(text)), heading.length)

const fill = ({ cell, heading, rank, short, widthMin }: Column, rows: ReadonlyArray<Row>): Filled => {
  const cells = rows.map(cell)
  const width = widest(heading, cells)
  const shortCells = short === undefined ? undefined : rows.map(short)
  const shorter =
    shortCells === undefined ? undefined : { cells: shortCells, width: widest(heading, shortCells) }
  return {
    heading,
    rank,
    cells,
    width,
    short: shorter,
    widthMin: Math.min(width, shorter?.width ?? widthMin ?? width)
  }
}

const gap = 2

const total = (widths: ReadonlyArray<number>): number =>
  widths.reduce((sum, width) => sum + width + gap, -gap)

/** The columns that fit, each as wide as there is room, and the names of those that do not. */
const fit = (
  all: ReadonlyArray<Filled>,
  room: number
): { readonly fitting: ReadonlyArray<Filled>; readonly left: ReadonlyArray<string> } => {
  const byRank = [...all].sort((one, other) => one.rank - other.rank)
  let number = byRank.length
  while (number > 1 && total(byRank.slice(0, number).map(({ widthMin }) => widthMin)) > room) number -= 1
  const chosen = new Set(byRank.slice(0, number))
  let excess = Math.max(0, total([...chosen].map(({ width }) => width)) - room)
  const narrowed = new Map<Filled, Filled>()
  // A shorter form loses less than a cut does.
  const inTurn = [...chosen]
    .reverse()
    .sort((one, other) => Number(one.short === undefined) - Number(other.short === undefined))
  for (const column of inTurn) {
    const narrow = narrowedBy(column, excess)
    narrowed.set(column, narrow)
    excess = Math.max(0, excess - (column.width - narrow.width))
  }
  return {
    fitting: all.flatMap((column) => narrowed.get(column) ?? []),
    left: all.filter((column) => !chosen.has(column)).map(({ heading }) => heading.toLowerCase())
  }
}

/** A column that takes less room, as far as it can. */
const narrowedBy = (column: Filled, excess: number): Filled => {
  if (excess === 0) return column
  if (column.short !== undefined) return { ...column, ...column.short }
  return { ...column, width: Math.max(column.widthMin, column.width - excess) }
}
