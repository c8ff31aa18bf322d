/** The past of a chart as it was: what sites report of the runs that were planned. */
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"

/**
 * The content of a cell of the past beside a share that ran: a command, a run that was missed, one only planned, or one
 * about which reporters contradict each other.
 */
export type PastCell = number | "command" | "missed" | "outline" | "doubt"

/** A cell of time, in epoch milliseconds. */
export interface CellTime {
  readonly begin: number
  readonly end: number
  readonly now: number
}

/** The share of its time that a run was on: of the rest nothing is known, or it was stopped meanwhile. */
const shareOf = ({ run: { fate } }: ReportedRun, [from, to]: readonly [number, number]): number =>
  fate._tag === "Ran" && fate.from !== undefined && to > from
    ? Math.max(leastShare, Math.min(1, fate.onMillis / (to - from)))
    : 1

/** Of one that ran something is seen, also if nothing is known but its beginning and its end. */
const leastShare = 0.01

/** Above this share a run was on all the time: instants are rounded. */
const wholeShare = 0.95

/** The time that a run was on, as far as it is told. */
const intervalOf = (
  { run: { fate, occurrence } }: ReportedRun,
  now: number
): readonly [number, number] | undefined => {
  switch (fate._tag) {
    case "Ran":
      return [(fate.from ?? occurrence).epochMilliseconds, fate.to.epochMilliseconds]
    case "Running":
      return [fate.from.epochMilliseconds, now]
    case "Unknown":
      return fate.from && [fate.from.epochMilliseconds, fate.since.epochMilliseconds]
    case "Planned":
    case "Missed":
      return undefined
  }
}

const isCommand = ({ run: { occurrence, until } }: ReportedRun): boolean =>
  until?.epochMilliseconds === occurrence.epochMilliseconds

/** True if a planned run overlaps a cell. */
const isPlannedIn = ({ run: { occurrence, until } }: ReportedRun, { begin, end }: CellTime): boolean => {
  const from = occurrence.epochMilliseconds
  const to = Math.max(from + 1, until?.epochMilliseconds ?? Infinity)
  return from < end && to > begin
}

/** True if a missed run overlaps a cell; of several that are told as one, any of those that were planned. */
const isMissedIn = (told: ReportedRun, planned: number | "command", cell: CellTime): boolean => {
  const { fate, occurrence, until } = told.run
  if (fate._tag !== "Missed") return false
  if (isPlannedIn(told, cell)) return true
  if (fate.last === undefined || planned === 0) return false
  const length = (until ?? occurrence).epochMilliseconds - occurrence.epochMilliseconds
  return occurrence.epochMilliseconds < cell.end && fate.last.epochMilliseconds + length >= cell.begin
}

/** The cell of a dispatch, of which this much was planned, by all that is told of it. */
export const cellOf = (
  planned: number | "command",
  told: ReadonlyArray<ReportedRun>,
  cell: CellTime
): PastCell => {
  const { begin, end, now } = cell
  if (told.some((each) => each.contradicted && isPlannedIn(each, cell))) return "doubt"
  let covered = 0
  let isSure = false
  let reached = begin
  const intervals = told.flatMap((each) => {
    const interval = intervalOf(each, now)
    return interval === undefined ? [] : [{ from: interval[0], to: interval[1], each }]
  })
  for (const { each, from, to } of intervals.sort((one, other) => one.from - other.from)) {
    if (isCommand(each) && from >= begin && from < end) return "command"
    const share = shareOf(each, [from, to])
    const length = Math.max(0, Math.min(end, to) - Math.max(reached, from))
    covered += share * length
    isSure ||= length > 0 && share >= wholeShare
    reached = Math.max(reached, Math.min(end, to))
  }
  if (!isSure && told.some((each) => isMissedIn(each, planned, cell))) return "missed"
  if (covered > 0) return covered / (end - begin)
  return planned === "command" || planned > 0 ? "outline" : 0
}
