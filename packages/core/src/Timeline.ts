/**
 * What runs: the known dispatches against the clock.
 *
 * A timeline is a deterministic state machine beside the mirror. It is told what changed and what time it is, updates
 * its state in place, and answers with the running-state changes to publish and when to be asked again. It reads no
 * clock. Rules R1 to R10, commands that come late, late wake-ups, clock steps.
 *
 * All instants inside are epoch milliseconds.
 *
 * @since 0.1.0
 */
import { DateTime, Duration } from "effect"
import type { Dispatch } from "./Dispatch.ts"
import type { DispatchId } from "./DispatchId.ts"
import { byId, byOccurrence, compareIds } from "./internal/changeOrder.ts"
import { type Deadline, DeadlineHeap } from "./internal/deadlineHeap.ts"
import { ExecutedOccurrences } from "./internal/executedOccurrences.ts"
import { missedOccurrences } from "./internal/missedOccurrences.ts"
import * as Payload from "./Payload.ts"
import type { Cause, MissedRun, RunningStateChange } from "./RunningStateChange.ts"
import * as Target from "./Target.ts"

/**
 * A clock set back by no more than this is waited out; by more, everything is evaluated again.
 *
 * @category constants
 * @since 0.1.0
 */
export const clockStepToleranceMillis = 1_000

/**
 * A dispatch that changed. `version` is what is known now, absent when it cannot or shall not run any more (deleted,
 * retired, unreadable). `late` allows a command that has just passed to be executed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Input {
  readonly id: DispatchId
  readonly version: Dispatch | undefined
  readonly cause: Cause
  readonly late: boolean
}

/**
 * What one evaluation decided, in the order in which it is to be published: `changes`, then `missed`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Evaluation {
  readonly changes: Array<RunningStateChange>
  readonly missed: Array<MissedRun>
  /** The clock was set back by more than is waited out: the service should be listed again. */
  readonly clockStepped: boolean
}

interface Entry extends Deadline {
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
  /** A command that was due under a version before, when an input came first. */
  overdue: { readonly version: Dispatch; readonly occurrence: number } | undefined
  /** The evaluation that last looked at it, and why. */
  touched: number
  cause: Cause
}

/**
 * The state of a timeline. It is changed in place by the functions of this module and by nothing else.
 *
 * @category models
 * @since 0.1.0
 */
export interface Timeline {
  readonly entries: Map<DispatchId, Entry>
  readonly deadlines: DeadlineHeap<Entry>
  /** How late a command may be executed, in milliseconds, inclusive. */
  readonly catchUpWindow: number
  /** The latest instant evaluated. */
  evaluatedAt: number
  evaluations: number
}

/**
 * Makes a timeline without dispatches.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: { readonly catchUpWindow: Duration.Duration }): Timeline => ({
  entries: new Map(),
  deadlines: new DeadlineHeap((left, right) => compareIds(left.id, right.id)),
  catchUpWindow: Duration.toMillis(options.catchUpWindow),
  evaluatedAt: -Infinity,
  evaluations: 0
})

/**
 * When the timeline must be evaluated next, in epoch milliseconds; `Infinity` when nothing is planned.
 *
 * @category queries
 * @since 0.1.0
 */
export const nextWakeAt = (timeline: Timeline): number => timeline.deadlines.earliest

/**
 * The last published change of every running dispatch, by occurrence, then id.
 *
 * @category queries
 * @since 0.1.0
 */
export const running = (timeline: Timeline): Array<RunningStateChange> => {
  const changes: Array<RunningStateChange> = []
  for (const { announced } of timeline.entries.values()) if (announced !== undefined) changes.push(announced)
  return changes.sort(byOccurrence)
}

/**
 * Applies inputs that arrived at `now`. What was due at that very instant is settled before them; what was due earlier
 * is evaluated together with them, once.
 *
 * @category transitions
 * @since 0.1.0
 */
export const apply = (timeline: Timeline, inputs: ReadonlyArray<Input>, now: number): Evaluation => {
  if (nextWakeAt(timeline) !== now) return evaluate(timeline, inputs, now)
  const settled = evaluate(timeline, [], now)
  const applied = evaluate(timeline, inputs, now)
  return {
    changes: settled.changes.concat(applied.changes),
    missed: settled.missed.concat(applied.missed),
    clockStepped: settled.clockStepped || applied.clockStepped
  }
}

/**
 * Evaluates once at `now`: first takes over the inputs, then looks at every dispatch that changed or is due.
 *
 * @category transitions
 * @since 0.1.0
 */
export const evaluate = (timeline: Timeline, inputs: ReadonlyArray<Input>, wallClock: number): Evaluation => {
  const step = beginStep(timeline, wallClock)
  for (const input of inputs) takeInput(timeline, step, input)
  if (step.clockStepped) for (const entry of timeline.entries.values()) revisit(step, entry)
  for (
    let due = timeline.deadlines.takeDue(step.now);
    due !== undefined;
    due = timeline.deadlines.takeDue(step.now)
  ) {
    touch(step, due, "Scheduled")
  }
  for (const entry of step.entries) evaluateEntry(timeline, step, entry)
  return finishStep(step)
}

/** An evaluation under way. */
interface Step {
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

const beginStep = (timeline: Timeline, wallClock: number): Step => {
  const back = timeline.evaluatedAt - wallClock
  const clockStepped = back > clockStepToleranceMillis
  const now = back > 0 && !clockStepped ? timeline.evaluatedAt : wallClock
  timeline.evaluatedAt = now
  return {
    now,
    instant: DateTime.makeUnsafe(now),
    number: ++timeline.evaluations,
    clockStepped,
    entries: [],
    stops: [],
    commands: [],
    starts: [],
    missed: []
  }
}

const finishStep = (step: Step): Evaluation => {
  if (step.stops.length > 1) step.stops.sort(byId)
  if (step.commands.length > 2) step.commands.sort(byId)
  if (step.starts.length > 1) step.starts.sort(byOccurrence)
  return {
    changes: step.stops.concat(step.commands, step.starts),
    missed: step.missed,
    clockStepped: step.clockStepped
  }
}

const touch = (step: Step, entry: Entry, cause: Cause): void => {
  if (entry.touched === step.number) return
  entry.touched = step.number
  entry.cause = cause
  step.entries.push(entry)
}

/** After the clock was set back, what lies ahead again is considered again. */
const revisit = (step: Step, entry: Entry): void => {
  entry.pending = step.now
  touch(step, entry, "ClockJump")
}

const takeInput = (timeline: Timeline, step: Step, input: Input): void => {
  let entry = timeline.entries.get(input.id)
  if (entry === undefined) {
    if (input.version === undefined) return
    entry = {
      id: input.id,
      version: undefined,
      announced: undefined,
      pending: step.now,
      announcedLast: Number.NaN,
      executed: undefined,
      overdue: undefined,
      touched: 0,
      cause: input.cause,
      deadline: Infinity,
      place: -1
    }
    timeline.entries.set(input.id, entry)
  } else if (entry.version !== undefined) {
    leaveVersion(step, entry, entry.version)
  }
  const pending = input.late && isCommand(input.version) ? step.now - timeline.catchUpWindow : step.now
  entry.version = input.version
  entry.pending = entry.touched === step.number ? Math.min(entry.pending, pending) : pending
  touch(step, entry, input.cause)
  entry.cause = input.cause
}

const isCommand = (version: Dispatch | undefined): boolean =>
  version !== undefined && version.schedule.length === 0

/** An input found occurrences of the old version waiting: what is entirely over is missed, a command may still be due. */
const leaveVersion = (step: Step, entry: Entry, version: Dispatch): void => {
  if (!version.active || entry.touched === step.number || entry.pending >= step.now) return
  const { schedule } = version
  const latest = schedule.previous(step.now - 1)
  if (!(latest >= entry.pending)) return
  if (schedule.length === 0) {
    entry.overdue = { version, occurrence: latest }
    missedOccurrences(version, entry.pending, latest - 1, step.missed)
  } else {
    missedOccurrences(version, entry.pending, step.now - schedule.length, step.missed)
  }
}

const evaluateEntry = (timeline: Timeline, step: Step, entry: Entry): void => {
  const { version, overdue } = entry
  if (version === undefined || !version.active) {
    stop(step, entry)
    timeline.deadlines.remove(entry)
    if (version === undefined) timeline.entries.delete(entry.id)
  } else if (version.schedule.length === 0) {
    stop(step, entry)
    execute(timeline, step, entry, version)
    timeline.deadlines.schedule(entry, orInfinity(version.schedule.next(step.now + 1)))
  } else {
    compare(timeline, step, entry, version)
  }
  if (overdue !== undefined && !wasExecuted(entry, overdue.occurrence)) {
    missedOccurrences(overdue.version, overdue.occurrence, overdue.occurrence, step.missed)
  }
  entry.pending = step.now + 1
  entry.overdue = undefined
}

/** A finite or infinite dispatch: publishes the difference between what was announced and what runs now. */
const compare = (timeline: Timeline, step: Step, entry: Entry, version: Dispatch): void => {
  const { schedule } = version
  const { announced, cause } = entry
  const occurrence = schedule.runAt(step.now)
  const next = orInfinity(schedule.next(step.now + 1))
  const end = occurrence + schedule.length
  if (cause === "Scheduled" && entry.pending < step.now) {
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
    } else if (!reconfigures(announced, version, occurrence, end)) {
      return
    } else if (cause !== "Scheduled") {
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
const stop = (step: Step, entry: Entry): void => {
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
const execute = (timeline: Timeline, step: Step, entry: Entry, version: Dispatch): void => {
  const { cause } = entry
  const latest = version.schedule.previous(step.now)
  const due = latest >= entry.pending || latest === entry.overdue?.occurrence
  const inTime = latest === step.now || step.now - latest <= timeline.catchUpWindow
  const executes = due && inTime && !wasExecuted(entry, latest)
  if (cause === "Scheduled" && entry.pending < step.now) {
    const wasDone = (occurrence: number) => wasExecuted(entry, occurrence)
    missedOccurrences(version, entry.pending, executes ? latest - 1 : step.now, step.missed, wasDone)
  }
  if (!executes) return
  entry.executed ??= new ExecutedOccurrences()
  entry.executed.add(latest)
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

const wasExecuted = (entry: Entry, occurrence: number): boolean =>
  occurrence === entry.announcedLast || entry.executed?.has(occurrence) === true

const orInfinity = (millis: number): number => (Number.isNaN(millis) ? Infinity : millis)
