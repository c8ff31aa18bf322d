/** Columns of a table that fit into a width. */
import { cut, pad, widthOf } from "./layout.ts"

/** A column of rows of a kind. */
export interface Column<Row> {
  readonly heading: string
  /** Where there is no room, the columns with the highest rank give way first; 0 never does. */
  readonly rank: number
  /** Its smallest width; columns that cannot be cut have none. */
  readonly widthMin?: number
  /** True if it is there only when there is something in it. */
  readonly isSparse?: boolean
  readonly cell: (row: Row) => string
  /** A shorter form, for a narrow terminal. */
  readonly short?: (row: Row) => string
}

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

/** The lines of a table, and the names of the columns for which there is no room. */
export interface Fitted {
  readonly heading: string
  readonly lines: ReadonlyArray<string>
  readonly left: ReadonlyArray<string>
}

/** Lays out rows in the columns that fit. */
export const fitted = <Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  room: number
): Fitted => {
  const all = columns
    .map((column) => ({ ...fill(column, rows), isSparse: column.isSparse === true }))
    .filter(({ cells, isSparse }) => !isSparse || cells.some((text) => text !== ""))
  const { fitting, left } = fit(all, room)
  const line = (cells: ReadonlyArray<string>): string =>
    cells
      .map((text, index) => pad(cut(text, fitting[index]?.width ?? 0), fitting[index]?.width ?? 0))
      .join("  ")
      .trimEnd()
  return {
    heading: line(fitting.map(({ heading }) => heading)),
    lines: rows.map((_, index) => line(fitting.map(({ cells }) => cells[index] ?? ""))),
    left
  }
}

const widest = (heading: string, cells: ReadonlyArray<string>): number =>
  cells.reduce((most, text) => Math.max(most, widthOf(text)), heading.length)

const fill = <Row>(
  { cell, heading, rank, short, widthMin }: Column<Row>,
  rows: ReadonlyArray<Row>
): Filled => {
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
  const excess = Math.max(0, total([...chosen].map(({ width }) => width)) - room)
  const fitting = levelled(
    shortened(
      all.filter((column) => chosen.has(column)),
      excess
    ),
    room
  )
  return {
    fitting,
    left: all.filter((column) => !chosen.has(column)).map(({ heading }) => heading.toLowerCase())
  }
}

/** Columns in their shorter forms, those of the highest rank first, until there is room: these lose less than a cut does. */
const shortened = (columns: ReadonlyArray<Filled>, excess: number): ReadonlyArray<Filled> => {
  const shorter = new Map<Filled, Filled>()
  let left = excess
  for (const column of [...columns].sort((one, other) => other.rank - one.rank)) {
    if (left <= 0) break
    if (column.short === undefined) continue
    shorter.set(column, { ...column, ...column.short })
    left -= column.width - column.short.width
  }
  return columns.map((column) => shorter.get(column) ?? column)
}

/** Columns of which the widest are cut, to one width, as far as they can be: a name stays whole beside long notes. */
const levelled = (columns: ReadonlyArray<Filled>, room: number): ReadonlyArray<Filled> => {
  const widths = columns.map(({ width }) => width)
  const widest = (): number =>
    columns.reduce((found, { widthMin }, index) => {
      const width = widths[index] ?? 0
      return width > widthMin && width > (widths[found] ?? 0) ? index : found
    }, -1)
  for (let index = widest(); total(widths) > room && index >= 0; index = widest())
    widths[index] = (widths[index] ?? 0) - 1
  return columns.map((column, index) => ({ ...column, width: widths[index] ?? 0 }))
}
