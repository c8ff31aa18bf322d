/**
 * The beginning of an evaluation, and the effect of inputs on the dispatches it must look at. All instants are epoch
 * milliseconds.
 */
import { DateTime } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { ChangeCause } from "../../RunningStateChange.ts"
import { clockStepToleranceMillis } from "../clockStep.ts"
import { Executions } from "./executions.ts"
import { makeLosses } from "./memory.ts"
import { hasNoLength } from "./timelineEntry.ts"
import type { Entry, Step, Timeline } from "./timelineState.ts"

/** The news about a dispatch. */
type VersionInput = Pick<Entry, "cause" | "id" | "version"> & { readonly late: boolean }

/** The entry of a dispatch that was unknown before. */
export const makeEntry = (timeline: Timeline, id: DispatchId, pending: number): Entry => {
  const { entries, forgottenUpTo, gone } = timeline
  const entry: Entry = {
    id,
    rank: Number(id),
    version: undefined,
    unconfirmed: false,
    announced: undefined,
    inherited: false,
    earlier: [],
    upcoming: undefined,
    pending,
    announcedLast: undefined,
    executed: gone.get(id) ?? (forgottenUpTo === -Infinity ? undefined : new Executions(forgottenUpTo)),
    overdue: undefined,
    touched: 0,
    cause: "Scheduled",
    place: -1
  }
  gone.delete(id)
  entries.set(id, entry)
  return entry
}

/** Begins an evaluation; a clock that was set back a little stands still. */
export const beginStep = (timeline: Timeline, wallClock: number): Step => {
  const back = timeline.evaluatedAt - wallClock
  const clockStepped = back > clockStepToleranceMillis
  const now = back > 0 && !clockStepped ? timeline.evaluatedAt : wallClock
  timeline.evaluatedAt = now
  const instant = DateTime.makeUnsafe(now)
  return {
    now,
    instant,
    began: instant,
    ended: instant,
    number: ++timeline.evaluations,
    clockStepped,
    entries: [],
    stops: [],
    inherited: [],
    commands: [],
    starts: [],
    withdrawn: [],
    moved: [],
    missed: [],
    losses: makeLosses()
  }
}

/** Marks a dispatch for this evaluation, once. */
export const touch = (step: Step, entry: Entry, cause: ChangeCause): void => {
  if (entry.touched === step.number) return
  entry.touched = step.number
  entry.cause = cause
  step.entries.push(entry)
}

/** After the clock was set back, occurrences that lie ahead again are considered again. */
export const revisit = (step: Step, entry: Entry): void => {
  if (entry.touched === step.number) return
  entry.pending = Math.min(entry.pending, step.now)
  entry.executed?.goBack()
  touch(step, entry, "ClockJump")
}

/** Takes over the news about a dispatch. */
export const takeInput = (timeline: Timeline, step: Step, input: VersionInput): void => {
  let entry = timeline.entries.get(input.id)
  if (entry === undefined) {
    if (input.version === undefined) return
    entry = makeEntry(timeline, input.id, step.now)
  } else if (entry.unconfirmed) {
    if (confirm(step, entry, input)) return
  } else if (entry.version !== undefined) {
    leaveVersion(timeline, step, entry, entry.version)
  }
  const mayBeLate = input.late && input.version !== undefined && hasNoLength(input.version)
  const pending = mayBeLate ? step.now - timeline.catchUpWindow : step.now
  const keeps = entry.touched === step.number && keepsItsLatest(entry.version, input.version, step.now)
  entry.pending = keeps ? Math.min(entry.pending, pending) : pending
  entry.version = input.version
  touch(step, entry, input.cause)
  entry.cause = input.cause
}

/** An earlier process's dispatch is known to exist, or not to. Returns true if it is as that process knew it. */
const confirm = (step: Step, entry: Entry, { cause, version }: VersionInput): boolean => {
  const kept = entry.version
  entry.unconfirmed = false
  if (kept !== undefined && version !== undefined && kept.sameContent(version)) {
    entry.version = version
    touch(step, entry, cause)
    return true
  }
  if (kept !== undefined && version !== undefined) noteOverdue(step, entry, kept)
  return false
}

/** An update that arrives together with the creation leaves a command due if it does not move it. */
const keepsItsLatest = (before: Dispatch | undefined, after: Dispatch | undefined, now: number): boolean =>
  before === undefined || (before.active && after?.schedule.previous(now) === before.schedule.previous(now))

/** Notes the occurrences of the old version that an input found waiting: entirely over, or commands. */
const leaveVersion = ({ deadlines }: Timeline, step: Step, entry: Entry, version: Dispatch): void => {
  // Nothing waits while all plans lie ahead: by far the most inputs find it so.
  if (deadlines.deadlineOf(entry) >= step.now || entry.touched === step.number) return
  noteOverdue(step, entry, version)
}

const noteOverdue = (step: Step, entry: Entry, version: Dispatch): void => {
  if (!version.active || entry.pending >= step.now) return
  const { schedule } = version
  const to = schedule.previous(step.now - (hasNoLength(version) ? 1 : schedule.length))
  if (to >= entry.pending) entry.overdue = { version, from: entry.pending, to }
}
