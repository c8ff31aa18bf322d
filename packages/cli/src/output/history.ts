/** Runs as sites report them, as tables. */
import type { ReportedRun, RunDay } from "@effect-dispatch/core/ReportedRun"
import * as RunText from "@effect-dispatch/core/RunText"
import * as RunTally from "@effect-dispatch/core/RunTally"
import { DateTime, Duration } from "effect"
import { type Column, fitted } from "./columns.ts"
import { wrap } from "./layout.ts"
import { bold, dim, green, plain, red, yellow } from "./terminal.ts"
import * as Text from "./text.ts"
import type { Times } from "./times.ts"

/** The bounds of a table. */
export interface HistoryOptions {
  /** Its largest width. */
  readonly columns: number
  readonly times: Times
  /** The beginning of the time that was asked for. */
  readonly from?: DateTime.Utc | undefined
}

interface Row extends ReportedRun {
  readonly times: Times
}

/** The instant of a run that a fate names, near its planned beginning. */
const instantOf = ({ run, times }: Row, name: "from" | "to"): string => {
  const { fate, occurrence } = run
  const at =
    name === "to" ? (fate._tag === "Ran" ? fate.to : undefined) : "from" in fate ? fate.from : undefined
  return at === undefined ? "" : times.near(at, occurrence)
}

/** The facts beside the columns: since when nothing is known, and how far runs that are told as one reach. */
const notesOf = ({ run, times }: Row): string => {
  const { fate, occurrence } = run
  return [
    ...(fate._tag === "Unknown" ? [`since ${times.near(fate.since, occurrence)}`] : []),
    ...[RunText.notes(run)].filter((notes) => notes !== ""),
    ...(fate._tag === "Missed" && fate.count > 1 && fate.last !== undefined
      ? [`the last ${times.near(fate.last, occurrence)}`]
      : [])
  ].join("; ")
}

type Reported = Pick<ReportedRun, "reporter">

/** The column of reporters: where there are several, lines could not be told apart without it. */
const reporterOf = (list: ReadonlyArray<Reported>): Column<Reported> => ({
  heading: "REPORTER",
  rank: new Set(list.map(({ reporter }) => reporter.id)).size > 1 ? 1 : 9,
  widthMin: 8,
  cell: ({ reporter }) => Text.safe(reporter.name)
})

const columnsOfRuns = (list: ReadonlyArray<ReportedRun>): ReadonlyArray<Column<Row>> => [
  {
    heading: "PLANNED",
    rank: 1,
    cell: ({ run, times }) => `${times.date(run.occurrence)} ${times.clock(run.occurrence)}`
  },
  { heading: "ID", rank: 0, cell: ({ run }) => String(run.dispatch.id) },
  { heading: "TYPE", rank: 3, widthMin: 8, cell: ({ run }) => Text.safe(run.dispatch.type) },
  {
    heading: "FATE",
    rank: 2,
    cell: ({ contradicted, run }) => RunText.fateWords[run.fate._tag] + (contradicted ? " !" : "")
  },
  { heading: "FROM", rank: 6, isSparse: true, cell: (row) => instantOf(row, "from") },
  { heading: "TO", rank: 7, isSparse: true, cell: (row) => instantOf(row, "to") },
  {
    heading: "LATE",
    rank: 5,
    isSparse: true,
    cell: ({ run: { fate } }) =>
      "lateMillis" in fate && fate.lateMillis !== undefined ? RunText.lateness(fate.lateMillis) : ""
  },
  reporterOf(list),
  { heading: "NOTES", rank: 4, widthMin: 16, isSparse: true, cell: notesOf }
]

const paintOf = ({ contradicted, run: { fate } }: ReportedRun) => {
  if (contradicted) return yellow
  if (fate._tag === "Missed") return red
  return fate._tag === "Running" ? green : fate._tag === "Unknown" ? dim : plain
}

/** The lines of a table of runs. */
export const runs = (list: ReadonlyArray<ReportedRun>, options: HistoryOptions): ReadonlyArray<string> => {
  const { columns, from, times } = options
  const reaching = list.filter(({ run }) => from !== undefined && DateTime.isLessThan(run.occurrence, from))
  const { heading, left, lines } = fitted(
    columnsOfRuns(list),
    list.map((told) => ({ ...told, times })),
    columns
  )
  const notes = [
    Text.counted(list.length, "run"),
    ...(list.some(({ contradicted }) => contradicted) ? ["! reporters contradict each other"] : []),
    ...(reaching.length === 0 ? [] : [`${reaching.length} told with missed runs before the time shown`]),
    `times in ${times.zone}`,
    ...(left.length === 0 ? [] : [`no room for ${left.join(", ")}`])
  ].join("; ")
  return [
    bold(heading),
    ...list.map((told, index) => paintOf(told)(lines[index] ?? "")),
    ...wrap(notes, columns).map(dim)
  ]
}

const dayMillis = 86_400_000

/** The first day of UTC that begins at an instant or after it. */
export const firstDayFrom = (at: DateTime.Utc): number => Math.ceil(at.epochMilliseconds / dayMillis)

/** The date of a day of UTC. */
export const dateOf = (day: number): string =>
  DateTime.formatIso(DateTime.makeUnsafe(day * dayMillis)).slice(0, 10)

const late99 = 0.99

const columnsOfDays = (list: ReadonlyArray<RunDay>): ReadonlyArray<Column<RunDay>> => [
  { heading: "DAY", rank: 0, cell: ({ day }) => dateOf(day) },
  { heading: "TYPE", rank: 1, widthMin: 8, cell: ({ type }) => Text.safe(type) },
  { heading: "RAN", rank: 2, cell: ({ tally }) => String(tally.ran + tally.running) },
  {
    heading: "HOURS",
    rank: 4,
    cell: ({ tally }) => Duration.toHours(Duration.millis(tally.onMillis)).toFixed(1)
  },
  { heading: "LATE (P99)", rank: 5, cell: ({ tally }) => latenessOf(tally) },
  { heading: "MISSED", rank: 3, cell: ({ tally }) => String(RunTally.missedOf(tally)) },
  { heading: "UNKNOWN", rank: 6, cell: ({ tally }) => String(tally.unknown) },
  reporterOf(list),
  {
    heading: "WHY MISSED",
    rank: 8,
    widthMin: 16,
    isSparse: true,
    cell: ({ tally }) =>
      Object.entries(tally.missed)
        .map(([reason, count]) => `${count}: ${RunText.missedReason(reason)}`)
        .join("; ")
  }
]

const latenessOf = (tally: RunTally.RunTally): string => {
  const millis = RunTally.latenessOf(tally, late99)
  return millis === undefined ? "" : RunText.lateness(millis)
}

/** The sums of each reporter: the same run is told by all of them. */
const totalsOf = (list: ReadonlyArray<RunDay>): ReadonlyArray<string> => {
  const byReporter = [...Map.groupBy(list, ({ reporter }) => reporter.id).values()]
  return byReporter.map((days) => {
    const all = days.reduce((sum, { tally }) => RunTally.plus(sum, tally), RunTally.nothing)
    const name = byReporter.length > 1 ? `${Text.safe(days[0]?.reporter.name ?? "")}: ` : ""
    const hours = Duration.toHours(Duration.millis(all.onMillis)).toFixed(1)
    const late = latenessOf(all)
    return [
      `${name}${Text.counted(all.ran + all.running, "run")}, ${hours} hours, ${RunTally.missedOf(all)} missed`,
      ...(late === "" ? [] : [`99 % at most ${late} late`])
    ].join("; ")
  })
}

/** The lines of a table of days. */
export const days = (list: ReadonlyArray<RunDay>, columns: number): ReadonlyArray<string> => {
  const { heading, left, lines } = fitted(columnsOfDays(list), list, columns)
  const [first = "", ...others] = totalsOf(list)
  const notes = [
    "days of UTC, without dry runs",
    ...(left.length === 0 ? [] : [`no room for ${left.join(", ")}`])
  ].join("; ")
  const said = others.length === 0 ? [`${first}; ${notes}`] : [first, ...others, notes]
  return [
    bold(heading),
    ...list.map(({ tally }, index) => (RunTally.missedOf(tally) > 0 ? red : plain)(lines[index] ?? "")),
    ...said.flatMap((line) => wrap(line, columns)).map(dim)
  ]
}

/** The counts of a day as JSON. */
export const dayJson = ({ day, reporter, tally, type }: RunDay) => ({
  day: dateOf(day),
  type,
  reporter,
  ...tally,
  missedTotal: RunTally.missedOf(tally),
  lateMillis99: RunTally.latenessOf(tally, late99) ?? null
})
