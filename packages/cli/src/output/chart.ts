/** The runs over a window of time: one row for each dispatch, darker the more of a cell is run. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import { DateTime } from "effect"
import { cut, packed, pad, widthOf, wrap } from "./layout.ts"
import * as PastCells from "./pastCells.ts"
import { bold, cyan, dim, green, red } from "./terminal.ts"
import * as Text from "./text.ts"
import type { Times } from "./times.ts"

/** The bounds of a chart. */
export interface ChartOptions {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
  readonly now: DateTime.Utc
  /** Its largest width. */
  readonly columns: number
  readonly times: Times
  /** The runs in the window as sites report them, by dispatch, if any do: the past is drawn as it was. */
  readonly told?: ReadonlyMap<bigint, ReadonlyArray<ReportedRun>> | undefined
}

/** The widest that a name may be; a narrow terminal gives it a quarter. */
const nameWidthMax = 26

/** The fewest cells that a chart has, also where they do not fit. */
const cellsMin = 12

/** The lines of a chart. */
export const dispatches = (list: ReadonlyArray<Dispatch>, options: ChartOptions): ReadonlyArray<string> => {
  const { columns, from, now, times, to } = options
  const names = namesOf(list)
  const widest = names.reduce((width, name) => Math.max(width, widthOf(name)), 8)
  const nameWidth = Math.min(widest, nameWidthMax, Math.max(12, Math.floor(columns / 4)))
  const cells = Math.max(cellsMin, columns - nameWidth - 3)
  const scale: Scale = { begin: from.epochMilliseconds, end: to.epochMilliseconds, cells }
  const nowCell = cellOf(scale, now.epochMilliseconds)
  const margin = " ".repeat(nameWidth + 3)
  const rows = list.map((dispatch, index) => {
    const isRunning = dispatch.startedAt(now)
    const paint = isRunning ? green : dispatch.active ? cyan : dim
    const mark = isRunning ? "▶" : dispatch.active ? " " : "-"
    const name = pad(cut(names[index] ?? "", nameWidth), nameWidth)
    const drawn = asItWas(cellsOf(dispatch, scale), scale, options, dispatch)
    return `${paint(`${mark} ${name}`)} ${rowOf(drawn, nowCell, paint)}`
  })
  return [
    ...wrap(`${times.day(from)} ${times.clock(from)} to ${times.near(to, from)}`, columns).map(bold),
    margin + nowLine(nowCell),
    ...rows,
    ...axis(scale, times).map((line) => margin + dim(line)),
    ...legend(list, options)
  ]
}

/** The names of rows: with the target where another row has the same type. */
const namesOf = (list: ReadonlyArray<Dispatch>): ReadonlyArray<string> => {
  const types = new Map<string, number>()
  for (const { type } of list) types.set(type, (types.get(type) ?? 0) + 1)
  return list.map(({ dryRun, id, target, type }) => {
    const acted = (types.get(type) ?? 0) > 1 ? ` ${Text.target(target)}` : ""
    return `#${id} ${Text.safe(type)}${dryRun ? " (dry)" : ""}${acted}`
  })
}

/** A window of time, in milliseconds, cut into cells. */
interface Scale {
  readonly begin: number
  readonly end: number
  readonly cells: number
}

/** The cell of an instant; undefined outside the window. */
const cellOf = ({ begin, cells, end }: Scale, at: number): number | undefined =>
  at < begin || at >= end ? undefined : Math.floor(((at - begin) / (end - begin)) * cells)

const edgeOf = ({ begin, cells, end }: Scale, cell: number): number => begin + ((end - begin) * cell) / cells

/** The content of a cell: the share of it that is run, or a command. */
type Cell = PastCells.PastCell

/** The same of what is planned. */
type Planned = number | "command"

/** Most runs of one cell that are looked at; the rest of it is taken to be like them. */
const runsMax = 16

const cellsOf = (dispatch: Dispatch, scale: Scale): ReadonlyArray<Planned> =>
  Array.from({ length: scale.cells }, (_, cell) =>
    shareOf(dispatch, edgeOf(scale, cell), edgeOf(scale, cell + 1))
  )

/** The same cells, but that those of the past show what sites report, if any do. */
const asItWas = (
  planned: ReadonlyArray<Planned>,
  scale: Scale,
  { now, told }: Pick<ChartOptions, "now" | "told">,
  { id }: Dispatch
): ReadonlyArray<Cell> => {
  if (told === undefined || told.size === 0) return planned
  const ofDispatch = told.get(id) ?? []
  return planned.map((share, index) => {
    const begin = edgeOf(scale, index)
    const end = Math.min(edgeOf(scale, index + 1), now.epochMilliseconds)
    return begin >= end
      ? share
      : PastCells.cellOf(share, ofDispatch, { begin, end, now: now.epochMilliseconds })
  })
}

const shareOf = (dispatch: Dispatch, begin: number, end: number): Planned => {
  let covered = 0
  let reached = begin
  let commands = 0
  let count = 0
  for (const { occurrence, until } of dispatch.runs(instant(begin), instant(end))) {
    const start = Math.max(reached, occurrence.epochMilliseconds)
    const stop = Math.min(end, until?.epochMilliseconds ?? Infinity)
    if (until?.epochMilliseconds === occurrence.epochMilliseconds) commands += 1
    covered += Math.max(0, stop - start)
    reached = Math.max(reached, stop)
    count += 1
    if (count >= runsMax) return commands > 0 ? "command" : covered / (reached - begin)
  }
  return commands > 0 ? "command" : covered / (end - begin)
}

/** Whole milliseconds: between two, the runs are those of the later. */
const instant = (millis: number): DateTime.Utc => DateTime.makeUnsafe(Math.ceil(millis))

const marks = { command: "◆", missed: "×", outline: "□", doubt: "!" }

const glyphOf = (cell: Cell): string => {
  if (typeof cell === "string") return marks[cell]
  if (cell <= 0) return " "
  return cell < 0.25 ? "░" : cell < 0.6 ? "▒" : cell < 0.95 ? "▓" : "█"
}

/** The cells of a row, painted in stretches; if nothing runs now, a line goes through. */
const rowOf = (
  cells: ReadonlyArray<Cell>,
  nowCell: number | undefined,
  paint: (text: string) => string
): string => {
  const glyphs = cells.map(glyphOf)
  if (nowCell === undefined) return paint(glyphs.join("")).trimEnd()
  const now = glyphs[nowCell] === " " ? red("│") : paint(glyphs[nowCell] ?? " ")
  return (
    paint(glyphs.slice(0, nowCell).join("")) +
    now +
    paint(glyphs.slice(nowCell + 1).join(""))
  ).trimEnd()
}

const nowLine = (cell: number | undefined): string =>
  cell === undefined ? "" : `${" ".repeat(cell)}${red("▼ now")}`

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** The possible distances between two labels. */
const steps = [
  1_000,
  5_000,
  10_000,
  30_000,
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 7, 14, 28, 91, 182, 364, 728, 1_820, 3_640, 18_200].map((count) => count * day)
]

/** From this step on, labels show the year. */
const longStep = 28 * day

/** Cells from one label to the next, at least. */
const labelWidth = (step: number): number => (step < minute ? 10 : step < longStep ? 9 : 12)

/** A line of marks, and one of their labels. */
const axis = (scale: Scale, times: Times): ReadonlyArray<string> => {
  const perCell = (scale.end - scale.begin) / scale.cells
  const step = steps.find((length) => length >= perCell * labelWidth(length)) ?? Infinity
  const ticks = [...ticksOf(scale, step, times)]
  let marks = "─".repeat(scale.cells)
  let labels = ""
  for (const at of ticks) {
    const cell = cellOf(scale, at) ?? 0
    const label = labelOf(DateTime.makeUnsafe(at), step, times)
    if (cell + label.length > scale.cells || cell < labels.length) continue
    marks = `${marks.slice(0, cell)}┴${marks.slice(cell + 1)}`
    labels = labels.padEnd(cell) + label
  }
  return [marks, labels]
}

/** The instants of a step in the window; a step shorter than a day goes by the wall clock of each day. */
function* ticksOf(scale: Scale, step: number, times: Times): Generator<number, void, void> {
  if (!Number.isFinite(step)) return
  let midnight = times.midnight(DateTime.makeUnsafe(scale.begin)).epochMilliseconds
  while (midnight < scale.end) {
    for (let passed = 0; passed < day; passed += step) {
      const at = onTheWall(midnight, passed, times)
      if (at >= scale.begin && at < scale.end) yield at
    }
    // A day has 23, 24 or 25 hours.
    const next = DateTime.makeUnsafe(midnight + Math.max(step, day) + 2 * hour)
    midnight = times.midnight(next).epochMilliseconds
  }
}

/** The instant at which the wall clock shows a length since midnight, also if it was changed in between. */
const onTheWall = (midnight: number, passed: number, times: Times): number => {
  const offset = (at: number) => times.offsetMillis(DateTime.makeUnsafe(at))
  return midnight + passed + offset(midnight) - offset(midnight + passed)
}

const labelOf = (at: DateTime.Utc, step: number, times: Times): string => {
  const isMidnight = times.midnight(at).epochMilliseconds === at.epochMilliseconds
  if (step >= longStep) return times.date(at)
  if (step >= day || isMidnight) return times.day(at).slice(0, 3) + times.date(at).slice(7)
  return step < minute ? times.clock(at) : times.clock(at).slice(0, 5)
}

const legend = (
  list: ReadonlyArray<Dispatch>,
  { columns, now, times, told }: ChartOptions
): ReadonlyArray<string> => {
  const running = list.filter((dispatch) => dispatch.startedAt(now)).length
  const past =
    told === undefined || told.size === 0
      ? []
      : ["□ planned, not told to have run", "× missed", "! reporters contradict each other"]
  const signs = ["█ runs", "░▒▓ runs in part", "◆ command", ...past, "▶ running now", "- inactive"]
  const count = Text.counted(list.length, "dispatch", "dispatches")
  return [
    ...wrap(`${count}, ${running} running; times in ${times.zone}`, columns).map(dim),
    ...packed(signs, columns).map(dim)
  ]
}
