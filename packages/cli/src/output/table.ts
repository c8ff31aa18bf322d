/** Lists as tables that fit the terminal. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DateTime } from "effect"
import { cut, pad, widthOf } from "./layout.ts"
import { bold, dim, green } from "./terminal.ts"
import * as Text from "./text.ts"
import type { Times } from "./times.ts"

/** The bounds of a table. */
export interface TableOptions {
  readonly now: DateTime.Utc
  /** Its largest width. */
  readonly columns: number
  readonly times: Times
}

interface Column {
  readonly heading: string
  /** Its smallest width; columns that cannot be cut have none. */
  readonly widthMin?: number
  readonly cell: (dispatch: Dispatch, options: TableOptions) => string
  /** Tells whether it has anything to show; unless given, it has. */
  readonly isShown?: (list: ReadonlyArray<Dispatch>) => boolean
}

/** From the left: if there is no room, those at the right give way first. */
const columnsOfDispatches: ReadonlyArray<Column> = [
  { heading: "ID", cell: ({ id }) => String(id) },
  {
    heading: "NAME",
    widthMin: 12,
    cell: ({ name = "" }) => Text.safe(name),
    isShown: (list) => list.some(({ name }) => name !== undefined)
  },
  {
    heading: "STATE",
    cell: (dispatch, { now }) => Text.state(dispatch, now) + (dispatch.dryRun ? ", dry" : "")
  },
  { heading: "TYPE", widthMin: 14, cell: ({ type }) => Text.safe(type) },
  { heading: "START", cell: ({ startTime }, { times }) => times.instant(startTime) },
  { heading: "DURATION", cell: ({ duration }) => Text.duration(duration) },
  {
    heading: "RECURS",
    widthMin: 11,
    cell: (dispatch, { times }) => Text.recurrence(dispatch, times)
  },
  { heading: "TARGET", widthMin: 10, cell: ({ target }) => Text.target(target) },
  { heading: "PAYLOAD", widthMin: 14, cell: ({ payload }) => Text.payload(payload) }
]

/** The lines of a table of dispatches. */
export const dispatches = (list: ReadonlyArray<Dispatch>, options: TableOptions): ReadonlyArray<string> => {
  const shown = columnsOfDispatches.filter(({ isShown }) => isShown?.(list) ?? true)
  const all = shown.map(({ cell, heading, widthMin }) => {
    const cells = list.map((dispatch) => cell(dispatch, options))
    const width = cells.reduce((widest, text) => Math.max(widest, widthOf(text)), heading.length)
    return { heading, cells, width, widthMin: Math.min(width, widthMin ?? width) }
  })
  const { fitting, widths } = fit(all, options.columns)
  const line = (cells: ReadonlyArray<string>): string =>
    cells
      .map((text, index) => pad(cut(text, widths[index] ?? 0), widths[index] ?? 0))
      .join("  ")
      .trimEnd()
  const left = all.slice(fitting.length).map(({ heading }) => heading.toLowerCase())
  const notes = [
    Text.counted(list.length, "dispatch", "dispatches"),
    `times in ${options.times.zone}`,
    ...(left.length === 0 ? [] : [`no room for ${left.join(", ")}`])
  ]
  return [
    bold(line(fitting.map(({ heading }) => heading))),
    ...list.map((dispatch, row) => {
      const text = line(fitting.map(({ cells }) => cells[row] ?? ""))
      if (!dispatch.active) return dim(text)
      return dispatch.startedAt(options.now) ? green(text) : text
    }),
    dim(notes.join("; "))
  ]
}

const gap = 2

/** The columns that fit, each with its width. */
const fit = <A extends { readonly width: number; readonly widthMin: number }>(
  all: ReadonlyArray<A>,
  room: number
): { readonly fitting: ReadonlyArray<A>; readonly widths: ReadonlyArray<number> } => {
  const total = (widths: ReadonlyArray<number>) => widths.reduce((sum, width) => sum + width + gap, -gap)
  let number = all.length
  while (number > 4 && total(all.slice(0, number).map(({ widthMin }) => widthMin)) > room) number -= 1
  const fitting = all.slice(0, number)
  const widths = fitting.map(({ width }) => width)
  for (let index = number - 1; index >= 0; index--) {
    const excess = Math.max(0, total(widths) - room)
    const { width = 0, widthMin = 0 } = fitting[index] ?? {}
    widths[index] = Math.max(widthMin, width - excess)
  }
  return { fitting, widths }
}
