/**
 * Decisions in the model's words, one maker for each kind.
 *
 * Instants and lengths are epoch milliseconds.
 */
import { isOfOneKind, occurrences, runAt, steersTheSame, type Version } from "./plainDispatch.ts"

export const catchUpWindow = 60_000
/** A clock that is set back by no more is waited out. */
export const tolerance = 1_000
/** Missed occurrences of one dispatch that are told one by one. */
export const singlesMax = 16

export type ChangeCause =
  | "Scheduled"
  | "Created"
  | "Updated"
  | "Deleted"
  | "Resync"
  | "ClockJump"
  | "Recovered"

/** A dispatch that changed. */
export interface Input {
  readonly id: number
  readonly version: Version | undefined
  readonly cause: ChangeCause
  readonly late: boolean
}

/** A change, with all that is told of it. */
export interface Change {
  readonly state: "Running" | "Stopped"
  readonly version: Version
  readonly at: number
  readonly decidedAt: number
  readonly occurrence: number
  readonly until: number
  readonly continues: boolean
  readonly cause: ChangeCause
  readonly previous?: Version | undefined
  readonly next?: Version | undefined
}

export type Reason = "LateWakeUp" | "NotTold" | "Unremembered"

/** One missed occurrence. */
export interface Missed {
  readonly version: Version
  readonly occurrence: number
  readonly reason: Reason
}

/** Missed occurrences as they are told: one, or all before the latest sixteen. */
export interface MissedRun {
  readonly version: Version
  readonly first: number
  readonly last: number
  readonly count: number
  readonly reason: Reason
}

export interface Decision {
  readonly stops: ReadonlyArray<Change>
  readonly starts: ReadonlyArray<Change>
  readonly withdrawn: ReadonlyArray<Change>
  readonly missed: ReadonlyArray<MissedRun>
  readonly clockStepped: boolean
}

/** The knowledge of a dispatch that one process leaves to the next. */
export interface Left {
  readonly id: number
  readonly version: Version | undefined
  readonly announced: ReadonlyArray<Change>
  readonly evaluatedAt: number
}

/** True if a change says of this run all there is to say. */
export const isTrue = (
  change: Change,
  version: Version | undefined,
  occurrence: number | undefined
): boolean =>
  version !== undefined &&
  change.occurrence === occurrence &&
  isOfOneKind(change.version, version) &&
  steersTheSame(change.version, version)

export const isCommand = (version: Version | undefined): version is Version =>
  version !== undefined && version.active && version.length === 0

export const isCommandAt = (version: Version | undefined, at: number): boolean =>
  isCommand(version) && occurrences(version, at, at).length > 0

/** The missed run of a command that has waited for too long. */
export const tooLate = (change: Change): ReadonlyArray<MissedRun> => summed([notTold(change)])

export const notTold = ({ occurrence, version }: Change): Missed => ({
  version,
  occurrence,
  reason: "NotTold"
})

/** The latest sixteen one by one, and what was before them as one. */
export const summed = (missed: ReadonlyArray<Missed>): Array<MissedRun> => {
  const singles = missed.slice(-singlesMax)
  const rest = missed.slice(0, -singlesMax)
  const told: Array<MissedRun> = []
  for (const reason of ["LateWakeUp", "NotTold", "Unremembered"] as const) {
    const all = rest.filter((one) => one.reason === reason)
    const [first] = all
    const last = all.at(-1)
    if (first === undefined || last === undefined) continue
    const { version } = first
    told.push({ version, first: first.occurrence, last: last.occurrence, count: all.length, reason })
  }
  for (const { occurrence, reason, version } of singles) {
    told.push({ version, first: occurrence, last: occurrence, count: 1, reason })
  }
  return told
}

export const runningOf = (
  version: Version,
  occurrence: number,
  cause: ChangeCause,
  now: number,
  previous: Version | undefined
): Change => {
  const until = occurrence + version.length
  return {
    state: "Running",
    version,
    at: cause === "Scheduled" ? occurrence : now,
    decidedAt: now,
    occurrence,
    until,
    continues: until !== Infinity && occurrences(version, occurrence + 1, until).length > 0,
    cause,
    previous
  }
}

/** The last end of a run, no later than an instant. */
export const lastEnd = (version: Version | undefined, now: number): number | undefined => {
  const last =
    version === undefined ? undefined : occurrences(version, version.start, now - version.length).at(-1)
  return last === undefined || version === undefined ? undefined : last + version.length
}

/** The end of what was told, in the words in which it was told. */
export const stopOf = (
  told: Change,
  cause: ChangeCause,
  now: number,
  next: Version | undefined,
  edge = told.until
): Change => ({
  state: "Stopped",
  version: told.version,
  at: cause === "Scheduled" ? edge : now,
  decidedAt: now,
  occurrence: told.occurrence,
  until: told.until,
  continues: false,
  cause,
  next: next?.number === told.version.number ? undefined : next
})

/** The next beginning after an instant. */
export const nextOccurrence = (version: Version, after: number): number => {
  if (version.length === Infinity || version.everyMinutes === 0)
    return version.start > after ? version.start : Infinity
  return (
    occurrences(version, after + 1, Math.max(after, version.start) + version.everyMinutes * 60_000)[0] ??
    Infinity
  )
}

/** When the run that is on at an instant is over, occurrences that follow left aside. */
export const endOf = (version: Version, at: number): number => {
  const occurrence = runAt(version, at)
  return occurrence === undefined ? Infinity : occurrence + version.length
}
