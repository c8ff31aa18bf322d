/**
 * One dispatch of a timeline: its announcements against its runs at an instant. All instants are epoch milliseconds.
 */
import { DateTime } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { ChangeCause, RunningStateChange } from "../../RunningStateChange.ts"
import { instantAt } from "../instants.ts"
import { reconfigures } from "./alike.ts"
import { Executions } from "./executions.ts"
import { boundGone } from "./goneExecutions.ts"
import { missedOccurrences } from "./missedOccurrences.ts"
import { movedBy } from "./movedStop.ts"
import type { Entry, Step, Timeline } from "./timelineState.ts"

/** Looks at one dispatch: adds its publications to the step, and plans the next look. */
export const evaluateEntry = (timeline: Timeline, step: Step, entry: Entry): void => {
  const { overdue, version } = entry
  if (entry.unconfirmed) return keepWaiting(timeline, step, entry)
  if (version === undefined || !version.active) {
    withdraw(step, entry)
    stop(step, entry)
    timeline.deadlines.remove(entry)
    if (version === undefined) letGo(timeline, step, entry)
  } else if (hasNoLength(version)) {
    execute(timeline, step, entry, version)
    timeline.deadlines.schedule(entry, orInfinity(version.schedule.next(step.now + 1)))
  } else {
    compare(timeline, step, entry, version)
  }
  if (overdue !== undefined) reportOverdue(step, entry, overdue)
  entry.pending = step.now + 1
  entry.overdue = undefined
}

/** Occurrences that were executed all the same, or are on under the new version, were not missed. */
const reportOverdue = (step: Step, entry: Entry, overdue: NonNullable<Entry["overdue"]>): void => {
  const isOn = entry.upcoming ?? entry.announced
  const kept = (hasNoLength(overdue.version) ? entry.executed?.copy() : undefined) ?? new Executions()
  if (isOn !== undefined) kept.take(isOn.occurrence.epochMilliseconds)
  missedOccurrences(overdue.version, [overdue.from, overdue.to], step.missed, kept)
}

/** True if it has no length, so that it is executed instead of begun and ended. */
export const hasNoLength = ({ schedule }: Dispatch): boolean => schedule.length === 0

const letGo = (timeline: Timeline, { losses }: Step, { executed, id }: Entry): void => {
  timeline.entries.delete(id)
  if (executed === undefined || executed.isEmpty) return
  timeline.gone.set(id, executed)
  boundGone(timeline, losses)
}

/** Unconfirmed: ends a run that an earlier process had announced once it must not run, and does nothing else (S10). */
const keepWaiting = (timeline: Timeline, step: Step, entry: Entry): void => {
  const { announced, version } = entry
  const end = announced === undefined ? Number.NaN : endOfKept(version, announced.dispatch, step.now)
  if (Number.isNaN(end)) {
    stop(step, entry)
    timeline.deadlines.remove(entry)
    if (version === undefined) letGo(timeline, step, entry)
  } else {
    timeline.deadlines.schedule(entry, end)
  }
}

/** The end of an announced run as far as the kept version knows; none if it must not run. */
const endOfKept = (version: Dispatch | undefined, announced: Dispatch, now: number): number => {
  if (version === undefined || !version.active || hasNoLength(version)) return Number.NaN
  if (!version.isSameKind(announced)) return Number.NaN
  return version.schedule.runAt(now) + version.schedule.length
}

/** A finite or infinite dispatch: publishes the difference between its announcement and its run now. */
const compare = (timeline: Timeline, step: Step, entry: Entry, version: Dispatch): void => {
  const { schedule } = version
  const { cause } = entry
  const occurrence = schedule.runAt(step.now)
  const next = orInfinity(schedule.next(step.now + 1))
  const end = occurrence + schedule.length
  if (catchesUp(cause) && entry.pending < step.now) {
    missedOccurrences(version, [entry.pending, step.now - schedule.length], step.missed)
  }
  if (Number.isNaN(occurrence)) {
    withdraw(step, entry)
    stop(step, entry)
    timeline.deadlines.schedule(entry, next)
    return
  }
  timeline.deadlines.schedule(entry, Math.min(end, next))
  const { upcoming } = entry
  if (upcoming !== undefined) {
    if (version.isSameKind(upcoming.dispatch) && !reconfigures(upcoming, version, occurrence, end)) {
      if (isAhead(step, upcoming)) step.starts.push(decideAgain(step, entry, upcoming))
      return
    }
    withdraw(step, entry)
  }
  if (entry.announced !== undefined && !version.isSameKind(entry.announced.dispatch)) stop(step, entry)
  const { announced } = entry
  const isNews = announced === undefined || reconfigures(announced, version, occurrence, end)
  if (!isNews && !entry.inherited && entry.earlier.length === 0) return
  const replaced = isNews && isByAnother(entry, version) ? announced : undefined
  // The last announcement by earlier processes that the run differs from.
  const earlier = entry.earlier.findLast((one) => reconfigures(one, version, occurrence, end))
  const previous = (replaced ?? earlier)?.dispatch
  step.began = instantAt(step.began, occurrence)
  if (end !== Infinity) step.ended = instantAt(step.ended, end)
  entry.upcoming = {
    dispatch: version,
    state: "Running",
    at: cause === "Scheduled" ? step.began : step.instant,
    decidedAt: step.instant,
    occurrence: step.began,
    until: end === Infinity ? undefined : step.ended,
    continues: schedule.rule !== undefined && schedule.next(occurrence + 1) <= end,
    cause,
    ...(previous === undefined ? undefined : { previous })
  }
  step.starts.push(entry.upcoming)
  step.moved.push(...movedBy(entry, entry.upcoming))
}

/** True if the evaluation finds occurrences that passed unnoticed, under the version still in force. */
const catchesUp = (cause: ChangeCause): boolean => cause === "Scheduled" || cause === "Recovered"

/** True if another version, and not the clock alone, led to the evaluation. */
const isByVersion = (cause: ChangeCause): boolean => cause !== "Scheduled" && cause !== "ClockJump"

/** True if another version or another process led to the announcement. */
const isByAnother = ({ announced, cause, inherited }: Entry, version: Dispatch): boolean =>
  inherited || (announced?.dispatch !== version && isByVersion(cause))

/** Publishes the end of all that is announced, about the versions that were running. */
export const stop = (step: Step, entry: Entry): void => {
  const { announced, earlier, inherited } = entry
  entry.announced = undefined
  entry.inherited = false
  entry.earlier = []
  for (const one of earlier) stopOne(step, entry, one, "Earlier")
  if (announced !== undefined) stopOne(step, entry, announced, inherited ? "Earlier" : "Present")
}

/** Publishes the end of one run of a dispatch, which this process had announced or an earlier one. */
export const stopOne = (
  step: Step,
  entry: Entry,
  announced: RunningStateChange,
  by: "Present" | "Earlier"
): void => {
  const { cause, unconfirmed, version } = entry
  const { dispatch, occurrence, until } = announced
  const next = isByVersion(cause) && !unconfirmed && version !== dispatch ? version : undefined
  const change: RunningStateChange = {
    dispatch,
    state: "Stopped",
    at: cause === "Scheduled" && until !== undefined ? edgeOf(step, entry, until) : step.instant,
    decidedAt: step.instant,
    occurrence,
    until,
    continues: false,
    cause,
    ...(next === undefined ? undefined : { next })
  }
  step.stops.push(change)
  if (by === "Earlier") step.inherited.push(change)
}

/**
 * The end by the schedule, never after it was noticed; for an unconfirmed run, later occurrences that prolonged it were
 * not announced.
 */
const edgeOf = ({ now }: Step, { unconfirmed, version }: Entry, until: DateTime.Utc): DateTime.Utc => {
  const planned = until.epochMilliseconds
  const end =
    unconfirmed && version !== undefined ? version.schedule.previous(now) + version.schedule.length : planned
  const edge = end > planned && end <= now ? end : Math.min(planned, now)
  return edge === planned ? until : DateTime.makeUnsafe(edge)
}

/** Withdraws a decision that was not told. If its occurrence has come and gone, it was missed. */
export const withdraw = (step: Step, entry: Entry): void => {
  const { announcedLast, upcoming } = entry
  if (upcoming === undefined) return
  entry.upcoming = undefined
  step.withdrawn.push(upcoming)
  const { occurrence, until } = upcoming
  const wasTold = announcedLast?.occurrence.epochMilliseconds === occurrence.epochMilliseconds
  if (wasTold || until === undefined || until.epochMilliseconds > step.now) return
  missNotTold(step, upcoming)
}

const missNotTold = ({ missed }: Pick<Step, "missed">, { dispatch, occurrence }: RunningStateChange): void =>
  void missed.push({ _tag: "MissedRun", dispatch, occurrence, reason: "NotTold" })

/** A command: its latest occurrence, if just passed and never executed, becomes a start and a stop (R9). */
const execute = (timeline: Timeline, step: Step, entry: Entry, version: Dispatch): void => {
  const { cause, overdue } = entry
  const latest = version.schedule.previous(step.now)
  const waiting = waitingCommand(entry)
  if (waiting?.dispatch === version && waiting.occurrence.epochMilliseconds === latest) {
    if (isAhead(step, waiting)) step.commands.push(...pairOf(decideAgain(step, entry, waiting)))
    return
  }
  const isKept = waiting?.occurrence.epochMilliseconds === latest
  if (isKept) takeBack(step, entry)
  else withdraw(step, entry)
  stop(step, entry)
  // An occurrence that was announced as a run is not executed as a command as well.
  const announcedLast = entry.announcedLast?.occurrence.epochMilliseconds
  if (announcedLast !== undefined && version.schedule.previous(announcedLast) === announcedLast) {
    noteExecution(step, entry, announcedLast, version)
    entry.announcedLast = undefined
  }
  const wasDue = overdue !== undefined && hasNoLength(overdue.version) && latest === overdue.to
  const due = latest >= entry.pending || wasDue || isKept
  const inTime = step.now - latest <= timeline.catchUpWindow
  const isUnremembered = entry.executed?.isUnremembered(latest) === true
  const executes = due && inTime && entry.executed?.has(latest) !== true
  if (catchesUp(cause) && entry.pending < step.now) {
    const to = executes ? latest - 1 : step.now
    missedOccurrences(version, [entry.pending, to], step.missed, entry.executed)
  }
  if (!executes) {
    // It has waited for too long to be told.
    if (isKept && waiting !== undefined) missNotTold(step, waiting)
    return
  }
  const occurrence = DateTime.makeUnsafe(latest)
  if (isUnremembered) {
    // An occurrence that was due under the earlier version is reported of that one.
    if (wasDue || entry.executed?.isNewsOf(latest) === false) return
    step.missed.push({ _tag: "MissedRun", dispatch: version, occurrence, reason: "Unremembered" })
    return
  }
  entry.upcoming = {
    dispatch: version,
    state: "Running",
    at: cause === "Scheduled" ? occurrence : step.instant,
    decidedAt: step.instant,
    occurrence,
    until: occurrence,
    continues: false,
    cause
  }
  step.commands.push(...pairOf(entry.upcoming))
}

/** A command and its end. */
const pairOf = (command: RunningStateChange): [RunningStateChange, RunningStateChange] => [
  command,
  { ...command, state: "Stopped" }
]

/** True if the clock was set back since the decision. */
const isAhead = ({ now }: Step, { decidedAt }: RunningStateChange): boolean =>
  decidedAt.epochMilliseconds > now

/** Decides the same anew: nothing is told as of an instant that lies ahead again. */
const decideAgain = (step: Step, entry: Entry, upcoming: RunningStateChange): RunningStateChange => {
  step.withdrawn.push(upcoming)
  const { cause } = entry
  return (entry.upcoming = { ...upcoming, at: step.instant, decidedAt: step.instant, cause })
}

const waitingCommand = ({ upcoming }: Entry): RunningStateChange | undefined =>
  upcoming !== undefined && hasNoLength(upcoming.dispatch) ? upcoming : undefined

/** A decided and untold command that is due under the new version as well is decided anew. */
const takeBack = (step: Step, entry: Entry): void => {
  if (entry.upcoming !== undefined) step.withdrawn.push(entry.upcoming)
  entry.upcoming = undefined
}

const noteExecution = (
  { losses }: Pick<Step, "losses">,
  entry: Entry,
  occurrence: number,
  version: Dispatch
): void => {
  entry.executed ??= new Executions()
  if (entry.executed.add(occurrence, version) === "Joined") losses.joined += 1
}

/** Notes that a decision is told now; returns true if it still stands. A command may have waited for too long. */
export const tell = (
  timeline: Timeline,
  change: RunningStateChange,
  now: number,
  told: Pick<Step, "losses" | "missed" | "moved">
): boolean => {
  const entry = timeline.entries.get(change.dispatch.id)
  if (entry === undefined || entry.upcoming !== change) return false
  entry.upcoming = undefined
  const occurrence = change.occurrence.epochMilliseconds
  if (hasNoLength(change.dispatch)) {
    if (now > occurrence && now - occurrence > timeline.catchUpWindow) {
      missNotTold(told, change)
      return false
    }
    noteExecution(told, entry, occurrence, change.dispatch)
  } else {
    told.moved.push(...movedBy(entry, change))
    entry.announced = change
    entry.inherited = false
    entry.earlier = []
    entry.announcedLast = change
  }
  return true
}

const orInfinity = (millis: number): number => (Number.isNaN(millis) ? Infinity : millis)
