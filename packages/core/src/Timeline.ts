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
import { byId, byOccurrence, compareIds } from "./internal/timeline/changeOrder.ts"
import { clockStepToleranceMillis } from "./internal/clockStep.ts"
import { DeadlineHeap } from "./internal/deadlineHeap.ts"
import { ExecutedOccurrences } from "./internal/timeline/executedOccurrences.ts"
import type { ExecutedRecord } from "./internal/timeline/executedRecord.ts"
import { IdMap } from "./internal/idMap.ts"
import {
  type Entries,
  type Entry,
  evaluateEntry,
  isCommand,
  type Step,
  stop
} from "./internal/timeline/timelineEntry.ts"
import type { Cause, MissedRun, RunningStateChange } from "./RunningStateChange.ts"

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

/**
 * What an earlier process knew of one dispatch and had published of it, as far as it matters later.
 *
 * @category models
 * @since 0.1.0
 */
export interface Remembered {
  readonly id: DispatchId
  /** The version known; absent when it cannot or shall not run any more. */
  readonly version: Dispatch | undefined
  /** The `Running` changes published, or about to be, whose `Stopped` was not: more than one if its type changed. */
  readonly announced: ReadonlyArray<RunningStateChange>
  /** The occurrences executed, of a command. */
  readonly executed: ExecutedRecord | undefined
  /** Up to this instant (epoch milliseconds) occurrences have been dealt with. */
  readonly evaluatedAt: number
}

/**
 * The state of a timeline. It is changed in place by the functions of this module and by nothing else.
 *
 * @category models
 * @since 0.1.0
 */
export interface Timeline extends Entries {
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
  entries: new IdMap(),
  gone: new Map(),
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
 * Applies inputs that arrived at `now`. What was due at that very instant is settled before them, in an evaluation of
 * its own; what was due earlier is evaluated together with them, once.
 *
 * @category transitions
 * @since 0.1.0
 */
export const apply = (
  timeline: Timeline,
  inputs: ReadonlyArray<Input>,
  now: number
): ReadonlyArray<Evaluation> => {
  const settled = nextWakeAt(timeline) === now ? [evaluate(timeline, [], now)] : []
  return [...settled, evaluate(timeline, inputs, now)]
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

/**
 * Goes on from what an earlier process knew (R11): stops what it had announced and shall not run now, then starts, once
 * more, what runs. What came and went meanwhile is missed, as after a late wake-up.
 *
 * @category transitions
 * @since 0.1.0
 */
export const recover = (
  timeline: Timeline,
  remembered: ReadonlyArray<Remembered>,
  wallClock: number
): Evaluation => {
  // A clock that was set back a little between the processes undoes nothing.
  for (const { evaluatedAt } of remembered) timeline.evaluatedAt = Math.max(timeline.evaluatedAt, evaluatedAt)
  const step = beginStep(timeline, wallClock)
  for (const { announced, evaluatedAt, executed, id, version } of remembered) {
    if (executed !== undefined) {
      timeline.gone.set(id, new ExecutedOccurrences(executed.ranges.map(([first]) => first)))
    }
    if (version === undefined && announced.length === 0) continue
    const entry = makeEntry(timeline, id, evaluatedAt + 1)
    entry.version = version
    for (const change of announced) {
      entry.cause = "Recovered"
      stop(step, entry)
      entry.announced = change
      entry.announcedLast = change.occurrence.epochMilliseconds
    }
    touch(step, entry, "Recovered")
  }
  for (const entry of step.entries) evaluateEntry(timeline, step, entry)
  return finishStep(step)
}

const makeEntry = ({ entries, gone }: Timeline, id: DispatchId, pending: number): Entry => {
  const entry: Entry = {
    id,
    version: undefined,
    announced: undefined,
    pending,
    announcedLast: Number.NaN,
    executed: gone.get(id),
    overdue: undefined,
    touched: 0,
    cause: "Scheduled",
    place: -1
  }
  gone.delete(id)
  entries.set(id, entry)
  return entry
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
  if (entry.touched === step.number) return
  entry.pending = step.now
  touch(step, entry, "ClockJump")
}

const takeInput = (timeline: Timeline, step: Step, input: Input): void => {
  let entry = timeline.entries.get(input.id)
  if (entry === undefined) {
    if (input.version === undefined) return
    entry = makeEntry(timeline, input.id, step.now)
  } else if (entry.version !== undefined) {
    leaveVersion(timeline, step, entry, entry.version)
  }
  const mayBeLate = input.late && input.version !== undefined && isCommand(input.version)
  const pending = mayBeLate ? step.now - timeline.catchUpWindow : step.now
  const keeps = entry.touched === step.number && keepsItsLatest(entry.version, input.version, step.now)
  entry.pending = keeps ? Math.min(entry.pending, pending) : pending
  entry.version = input.version
  touch(step, entry, input.cause)
  entry.cause = input.cause
}

/** An update that comes together with a creation leaves the command due that it does not move. */
const keepsItsLatest = (before: Dispatch | undefined, after: Dispatch | undefined, now: number): boolean =>
  before === undefined || after?.schedule.previous(now) === before.schedule.previous(now)

/** Notes which occurrences of the old version an input found waiting: entirely over, or commands. */
const leaveVersion = ({ deadlines }: Timeline, step: Step, entry: Entry, version: Dispatch): void => {
  // Nothing waits while all that is planned lies ahead: by far the most inputs find it so.
  if (deadlines.deadlineOf(entry) >= step.now) return
  if (!version.active || entry.touched === step.number || entry.pending >= step.now) return
  const { schedule } = version
  const to = schedule.previous(step.now - (isCommand(version) ? 1 : schedule.length))
  if (to >= entry.pending) entry.overdue = { version, from: entry.pending, to }
}
