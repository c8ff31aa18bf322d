/**
 * One dispatch of a timeline: what was announced of it against what runs at an instant. All instants are epoch
 * milliseconds.
 */
import { DateTime } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import * as Payload from "../../Payload.ts"
import type { Cause, MissedRun, RunningStateChange } from "../../RunningStateChange.ts"
import * as Target from "../../Target.ts"
import type { DeadlineHeap, Held } from "../deadlineHeap.ts"
import { ExecutedOccurrences } from "./executedOccurrences.ts"
import type { IdMap } from "../idMap.ts"
import { missedOccurrences } from "./missedOccurrences.ts"

/** One dispatch, and what has become of its runs. */
export interface Entry extends Held {
  readonly id: DispatchId
  version: Dispatch | undefined
  /** The last change published, while it is a `Running`. */
  announced: RunningStateChange | undefined
  /** Occurrences before this instant have been dealt with. */
  pending: number
  /** The occurrence announced last, which is never executed as a command as well. */
  announcedLast: number
  /** The occurrences executed, of a command; made with the first. */
  executed: ExecutedOccurrences | undefined
  /** The occurrences, both ends inclusive, that were due or over under a version before, when an input came first. */
  overdue: { readonly version: Dispatch; readonly from: number; readonly to: number } | undefined
  /** The evaluation that last looked at it, and why. */
  touched: number
  cause: Cause
}

/** All dispatches of a timeline, and when each must be looked at. */
export interface Entries {
  readonly entries: IdMap<Entry>
  readonly deadlines: DeadlineHeap<Entry>
  /** What commands that are gone have executed: they may come back, when the clock is set back for instance. */
  readonly gone: Map<DispatchId, ExecutedOccurrences>
  /** How late a command may be executed, in milliseconds, inclusive. */
  readonly catchUpWindow: number
}

/** An evaluation under way. */
export interface Step {
  readonly now: number
  readonly instant: DateTime.Utc
  readonly number: number
  readonly clockStepped: boolean
  readonly entries: Array<Entry>
  readonly stops: Array<RunningStateChange>
  readonly commands: Array<RunningStateChange>
  readonly starts: Array<RunningStateChange>
  readonly missed: Array<MissedRun>
}

/** Looks at one dispatch: adds to the step what is to be published of it, and plans when to look again. */
export const evaluateEntry = (timeline: Entries, step: Step, entry: Entry): void => {
  const { version, overdue } = entry
  if (version === undefined || !version.active) {
    stop(step, entry)
    timeline.deadlines.remove(entry)
    if (version === undefined) letGo(timeline, entry)
  } else if (isCommand(version)) {
    stop(step, entry)
    execute(timeline, step, entry, version)
    timeline.deadlines.schedule(entry, orInfinity(version.schedule.next(step.now + 1)))
  } else {
    compare(timeline, step, entry, version)
  }
  if (overdue !== undefined) {
    // What was executed all the same, or is on under the new version, was not missed.
    const kept = new ExecutedOccurrences(isCommand(overdue.version) ? entry.executed?.latest : [])
    if (entry.announced !== undefined) kept.add(entry.announced.occurrence.epochMilliseconds)
    missedOccurrences(overdue.version, overdue.from, overdue.to, step.missed, kept)
  }
  entry.pending = step.now + 1
  entry.overdue = undefined
}

/** Whether it has no length, so that it is executed instead of begun and ended. */
export const isCommand = ({ schedule }: Dispatch): boolean => schedule.length === 0

/** How many commands that are gone are remembered; beyond, those that went first are forgotten. */
const goneMax = 10_000

const letGo = ({ entries, gone }: Entries, { executed, id }: Entry): void => {
  entries.delete(id)
  if (executed === undefined) return
  gone.set(id, executed)
  if (gone.size <= goneMax) return
  for (const first of gone.keys()) {
    gone.delete(first)
    break
  }
}

/** A finite or infinite dispatch: publishes the difference between what was announced and what runs now. */
const compare = (timeline: Entries, step: Step, entry: Entry, version: Dispatch): void => {
  const { schedule } = version
  const { announced, cause } = entry
  const occurrence = schedule.runAt(step.now)
  const next = orInfinity(schedule.next(step.now + 1))
  const end = occurrence + schedule.length
  if (catchesUp(cause) && entry.pending < step.now) {
    missedOccurrences(version, entry.pending, step.now - schedule.length, step.missed)
  }
  if (Number.isNaN(occurrence)) {
    stop(step, entry)
    timeline.deadlines.schedule(entry, next)
    return
  }
  timeline.deadlines.schedule(entry, Math.min(end, next))
  let previous: Dispatch | undefined
  if (announced !== undefined) {
    const before = announced.dispatch
    if (before.type !== version.type || before.dryRun !== version.dryRun) {
      stop(step, entry)
    } else if (cause === "Recovered") {
      // Whoever was told by the process before is gone with it, and is told again.
    } else if (!reconfigures(announced, version, occurrence, end)) {
      return
    } else if (version !== before && cause !== "Scheduled") {
      previous = before
    }
  }
  const change: RunningStateChange = {
    dispatch: version,
    state: "Running",
    at: cause === "Scheduled" ? DateTime.makeUnsafe(occurrence) : step.instant,
    decidedAt: step.instant,
    occurrence: DateTime.makeUnsafe(occurrence),
    until: end === Infinity ? undefined : DateTime.makeUnsafe(end),
    continues: schedule.rule !== undefined && schedule.next(occurrence + 1) <= end,
    cause,
    ...(previous === undefined ? undefined : { previous })
  }
  entry.announced = change
  entry.announcedLast = occurrence
  step.starts.push(change)
}

/** Whether the evaluation finds what came and went unnoticed, under the version still in force. */
const catchesUp = (cause: Cause): boolean => cause === "Scheduled" || cause === "Recovered"

/** Whether what was announced is not what runs now (R3, R7). */
const reconfigures = (
  announced: RunningStateChange,
  version: Dispatch,
  occurrence: number,
  end: number
): boolean => {
  const { dispatch } = announced
  return (
    announced.occurrence.epochMilliseconds !== occurrence ||
    (announced.until?.epochMilliseconds ?? Infinity) !== end ||
    (dispatch !== version &&
      (dispatch.schedule.length !== version.schedule.length ||
        !Target.equals(dispatch.target, version.target) ||
        !Payload.equals(dispatch.payload, version.payload)))
  )
}

/** Publishes the end of what was announced, about the version that was running. */
export const stop = (step: Step, entry: Entry): void => {
  const { announced, cause, version } = entry
  if (announced === undefined) return
  const { dispatch, occurrence, until } = announced
  entry.announced = undefined
  step.stops.push({
    dispatch,
    state: "Stopped",
    at: cause === "Scheduled" && until !== undefined ? until : step.instant,
    decidedAt: step.instant,
    occurrence,
    until,
    continues: false,
    cause,
    ...(version === undefined || version === dispatch || cause === "Scheduled"
      ? undefined
      : { next: version })
  })
}

/** A command: its latest occurrence, if it has just come and was never executed, becomes a start and a stop (R9). */
const execute = (timeline: Entries, step: Step, entry: Entry, version: Dispatch): void => {
  const { cause, overdue } = entry
  if (!Number.isNaN(entry.announcedLast)) {
    remember(entry, entry.announcedLast)
    entry.announcedLast = Number.NaN
  }
  const latest = version.schedule.previous(step.now)
  const wasDue = overdue !== undefined && isCommand(overdue.version) && latest === overdue.to
  const due = latest >= entry.pending || wasDue
  const inTime = latest === step.now || step.now - latest <= timeline.catchUpWindow
  const executes = due && inTime && !wasExecuted(entry, latest)
  if (catchesUp(cause) && entry.pending < step.now) {
    missedOccurrences(version, entry.pending, executes ? latest - 1 : step.now, step.missed, entry.executed)
  }
  if (!executes) return
  remember(entry, latest)
  const occurrence = DateTime.makeUnsafe(latest)
  const change = {
    dispatch: version,
    at: cause === "Scheduled" ? occurrence : step.instant,
    decidedAt: step.instant,
    occurrence,
    until: occurrence,
    continues: false,
    cause
  }
  step.commands.push({ ...change, state: "Running" }, { ...change, state: "Stopped" })
}

const remember = (entry: Entry, occurrence: number): void => {
  entry.executed ??= new ExecutedOccurrences()
  entry.executed.add(occurrence)
}

/** Whether the occurrence was announced or executed, so that it never is again as a command. */
const wasExecuted = (entry: Entry, occurrence: number): boolean =>
  occurrence === entry.announcedLast || entry.executed?.has(occurrence) === true

const orInfinity = (millis: number): number => (Number.isNaN(millis) ? Infinity : millis)
