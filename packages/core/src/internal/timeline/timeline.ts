/**
 * The runs of the known dispatches, against the clock.
 *
 * A timeline is a deterministic state machine beside the mirror. It takes changes and the time, updates its state in
 * place, and returns the running-state changes to publish and the next instant to look again. It reads no clock. Stops
 * are told at once; commands and starts once they are noted, and the timeline is told then (`tell`). Rules R1 to R11,
 * commands that come late, late wake-ups, clock steps.
 *
 * All instants inside are epoch milliseconds.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import { isAlike, isUnlike } from "./alike.ts"
import { byId, byOccurrence, compareIds } from "./changeOrder.ts"
import { DeadlineHeap } from "../deadlineHeap.ts"
import { beginStep, makeEntry, revisit, takeInput, touch } from "./evaluation.ts"
import { Executions } from "./executions.ts"
import { boundGone } from "./goneExecutions.ts"
import { IdMap } from "../idMap.ts"
import { type DispatchMemory, makeLosses, type Memory, memoryAfter } from "./memory.ts"
import { partOver } from "./missedOccurrences.ts"
import { movedBy as movedByEntry } from "./movedStop.ts"
import { evaluateEntry, hasNoLength, stop, stopOne, tell as tellEntry, withdraw } from "./timelineEntry.ts"
import type { Entry, Step, Timeline } from "./timelineState.ts"
import type { ChangeCause, MissedRun, RunningStateChange } from "../../RunningStateChange.ts"

/**
 * A dispatch that changed. `version` is the one known now, absent when it cannot or shall not run any more (deleted,
 * retired, unreadable). `late` allows a command that has just passed to be executed. The first input about a dispatch
 * that only an earlier process knew confirms it (S10), and has the cause `Recovered`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Input {
  readonly id: DispatchId
  readonly version: Dispatch | undefined
  readonly cause: ChangeCause
  readonly late: boolean
}

/**
 * The decisions of one evaluation, in the order of publication: `stops`, `starts`, then `missed`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Evaluation {
  /** To be told at once, by id. */
  readonly stops: ReadonlyArray<RunningStateChange>
  /** Those of them that end a run which an earlier process had announced, and this one has not. */
  readonly inherited: ReadonlyArray<RunningStateChange>
  /** To be told in this order, once noted: commands by id, each as a pair, then `Running` by occurrence and id. */
  readonly starts: ReadonlyArray<RunningStateChange>
  /** Starts of earlier evaluations that were not told, and will not be. */
  readonly withdrawn: ReadonlyArray<RunningStateChange>
  /** The ends of runs that an earlier process announced, and that starts continue in another version. */
  readonly moved: ReadonlyArray<RunningStateChange>
  readonly missed: ReadonlyArray<MissedRun>
  /** The clock was set back by more than is waited out: the service should be listed again. */
  readonly clockStepped: boolean
  /** All that must outlive the process of it. */
  readonly memory: Memory
}

/**
 * The part of an earlier process's knowledge and announcements of one dispatch that matters later.
 *
 * @category models
 * @since 0.1.0
 */
export interface Remembered extends DispatchMemory {
  /** Occurrences up to this instant (epoch milliseconds) have been dealt with. */
  readonly evaluatedAt: number
  /** Runs that went on as another version (`next`): their ends concern those alone who tell the two apart. */
  readonly moved?: ReadonlyArray<RunningStateChange> | undefined
  /** The runs of it that were recovered before, from other records. */
  readonly repeated?: Pick<Remembered, "announced" | "moved"> | undefined
}

export type { Timeline } from "./timelineState.ts"

/**
 * Makes a timeline without dispatches. With `remembers`, each step says what must outlive the process.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: {
  readonly catchUpWindow: Duration.Duration
  readonly remembers?: boolean
}): Timeline => ({
  entries: new IdMap(),
  gone: new Map(),
  forgottenUpTo: -Infinity,
  deadlines: new DeadlineHeap((left, right) => left.rank - right.rank || compareIds(left.id, right.id)),
  catchUpWindow: Duration.toMillis(options.catchUpWindow),
  remembers: options.remembers === true,
  evaluatedAt: -Infinity,
  evaluations: 0
})

/**
 * The instant of the next evaluation, in epoch milliseconds; `Infinity` if nothing is planned.
 *
 * @category queries
 * @since 0.1.0
 */
export const nextWakeAt = (timeline: Timeline): number => timeline.deadlines.earliest

/**
 * The last published change of every running dispatch, by occurrence, then id. Runs that only an earlier process
 * announced are not among them.
 *
 * @category queries
 * @since 0.1.0
 */
export const running = (timeline: Timeline): Array<RunningStateChange> => {
  return [...announcedHere(timeline)].sort(byOccurrence)
}

/**
 * The number of running dispatches, without the work of putting them in order.
 *
 * @category queries
 * @since 0.1.0
 */
export const runningCount = (timeline: Timeline): number => {
  let count = 0
  for (const _ of announcedHere(timeline)) count++
  return count
}

/**
 * True if a dispatch runs.
 *
 * @category queries
 * @since 0.1.0
 */
export const isAnyRunning = (timeline: Timeline): boolean => announcedHere(timeline).next().done !== true

function* announcedHere({ entries }: Timeline): Generator<RunningStateChange, void, void> {
  for (const { announced, inherited } of entries.values()) {
    if (announced !== undefined && !inherited) yield announced
  }
}

/**
 * True while a change that was decided still stands: neither told nor withdrawn.
 *
 * @internal
 * @category queries
 * @since 0.1.0
 */
export const isUpcoming = (timeline: Timeline, change: RunningStateChange): boolean =>
  timeline.entries.get(change.dispatch.id)?.upcoming === change

/**
 * The ends of runs of earlier processes whose place a decided start takes, as another version.
 *
 * @internal
 * @category queries
 * @since 0.1.0
 */
export const movedBy = (
  timeline: Timeline,
  change: RunningStateChange
): ReadonlyArray<RunningStateChange> => {
  const entry = timeline.entries.get(change.dispatch.id)
  return entry?.upcoming === change ? movedByEntry(entry, change) : []
}

/**
 * True if something is decided for a dispatch and not told yet.
 *
 * @internal
 * @category queries
 * @since 0.1.0
 */
export const isStarting = (timeline: Timeline, id: DispatchId): boolean =>
  timeline.entries.get(id)?.upcoming !== undefined

/**
 * The part of a waiting report that is still to be told: what lies ahead again, since the clock was set back, is not.
 *
 * @internal
 * @category queries
 * @since 0.1.0
 */
export const stillMissed = (timeline: Timeline, run: MissedRun): ReadonlyArray<MissedRun> =>
  partOver(run, timeline.evaluatedAt, timeline.entries.get(run.dispatch.id)?.executed)

/**
 * Evaluates once at `now`: first takes over the inputs, then looks at every dispatch that changed or is due. If
 * something is due at the very instant of inputs, settle it before them, by an evaluation without inputs.
 *
 * @category transitions
 * @since 0.1.0
 */
export const evaluate = (timeline: Timeline, inputs: ReadonlyArray<Input>, wallClock: number): Evaluation => {
  const step = beginStep(timeline, wallClock)
  for (const input of inputs) takeInput(timeline, step, input)
  if (step.clockStepped) for (const entry of timeline.entries.values()) revisit(step, entry)
  for (const due of timeline.deadlines.takeDue(step.now)) touch(step, due, "Scheduled")
  for (const entry of step.entries) evaluateEntry(timeline, step, entry)
  return finishStep(timeline, step, step.entries)
}

/**
 * The part of the decisions that was told.
 *
 * @category models
 * @since 0.1.0
 */
export interface Told {
  /** The changes that still stood, in order; a command as its pair. */
  readonly changes: ReadonlyArray<RunningStateChange>
  /** Commands that had waited for longer than they may be late. */
  readonly missed: ReadonlyArray<MissedRun>
  /** The ends of runs that an earlier process announced, and that go on as other versions. */
  readonly moved: ReadonlyArray<RunningStateChange>
  /** All that must outlive the process of it. */
  readonly memory: Memory
}

/**
 * Notes that the decisions which still stand are told at `now` (epoch milliseconds).
 *
 * @category transitions
 * @since 0.1.0
 */
export const tell = (timeline: Timeline, decided: ReadonlyArray<RunningStateChange>, now: number): Told => {
  const missed: Array<MissedRun> = []
  const moved: Array<RunningStateChange> = []
  const losses = makeLosses()
  let stands = false
  const changes = decided.filter((change) => {
    if (change.state === "Running") stands = tellEntry(timeline, change, now, { losses, missed, moved })
    return stands
  })
  return { changes, missed, moved, memory: memoryAfter(timeline, begun(decided), losses, changes) }
}

/** The dispatches that begin; a command's pair counts once. */
function* begun(changes: ReadonlyArray<RunningStateChange>): Generator<Dispatch, void, void> {
  for (const { dispatch, state } of changes) if (state === "Running") yield dispatch
}

/**
 * Goes on from what an earlier process knew (R11): stops runs that it had announced and that must not run now. Nothing
 * else is decided for a dispatch before an input confirms it (S10). Of forgotten ids, executions up to `forgottenUpTo`
 * (epoch milliseconds) are unknown.
 *
 * @category transitions
 * @since 0.1.0
 */
export const recover = (
  timeline: Timeline,
  remembered: ReadonlyArray<Remembered>,
  wallClock: number,
  forgottenUpTo = -Infinity
): Evaluation => {
  timeline.forgottenUpTo = Math.max(timeline.forgottenUpTo, forgottenUpTo)
  // A clock that was set back a little between the processes undoes nothing.
  for (const { evaluatedAt } of remembered) timeline.evaluatedAt = Math.max(timeline.evaluatedAt, evaluatedAt)
  const step = beginStep(timeline, wallClock)
  for (const one of remembered) recoverOne(timeline, step, one)
  for (const entry of step.entries) evaluateEntry(timeline, step, entry)
  boundGone(timeline, step.losses)
  return finishStep(timeline, step, remembered)
}

const recoverOne = (
  timeline: Timeline,
  step: Step,
  { announced, evaluatedAt, executed, id, repeated, version }: Remembered
): void => {
  const news = announced.filter(isUnlike(repeated?.announced ?? []))
  const executions = executed === undefined ? undefined : Executions.fromRecord(executed)
  const known = timeline.entries.get(id)
  if (known !== undefined) {
    if (executions !== undefined) known.executed = known.executed?.with(executions, step.losses) ?? executions
    if (!known.unconfirmed) return recoverLate(step, known, news)
    const isOn = (change: RunningStateChange) => news.includes(change) || isHeld(known, change)
    return recoverAgain(step, known, announced.filter(isOn), version)
  }
  if (executions !== undefined)
    timeline.gone.set(id, timeline.gone.get(id)?.with(executions, step.losses) ?? executions)
  if (version === undefined && news.length === 0) return
  // The earlier process may have looked at a clock that was ahead.
  const entry = makeEntry(timeline, id, evaluatedAt <= step.now ? evaluatedAt + 1 : step.now)
  entry.version = version
  entry.unconfirmed = true
  for (const change of news) inherit(step, entry, change)
  touch(step, entry, "Recovered")
}

/** True if a run that an earlier process announced has not ended since. */
const isHeld = ({ announced, earlier }: Entry, change: RunningStateChange): boolean =>
  [...earlier, ...(announced === undefined ? [] : [announced])].some((one) => isAlike(one, change))

const inherit = (step: Step, entry: Entry, change: RunningStateChange): void => {
  const before = entry.announced
  entry.cause = "Recovered"
  if (before?.dispatch.isSameKind(change.dispatch) === true) entry.earlier = [...entry.earlier, before]
  else stop(step, entry)
  entry.announced = change
  entry.inherited = true
  entry.announcedLast = change
}

/** Takes all that records tell by now of a dispatch that only an earlier process knew: it still waits. */
const recoverAgain = (
  step: Step,
  entry: Entry,
  announced: ReadonlyArray<RunningStateChange>,
  version: Dispatch | undefined
): void => {
  entry.version = version ?? entry.version
  entry.announced = undefined
  entry.inherited = false
  entry.earlier = []
  for (const change of announced) inherit(step, entry, change)
  touch(step, entry, "Recovered")
}

/** Takes a late record of a dispatch that is known by now: what this process has told itself is news to nobody. */
const recoverLate = (step: Step, entry: Entry, announced: ReadonlyArray<RunningStateChange>): void => {
  for (const change of announced) {
    if (isTold(entry, change)) continue
    if (runsOn(entry, change)) goOnFrom(step, entry, change)
    else stopInherited(step, entry, change)
  }
}

/** True if this process knows that consumers were told of a run with the same content, since or up to now. */
const isTold = ({ announced, announcedLast }: Entry, change: RunningStateChange): boolean => {
  const told = announced ?? announcedLast
  return told !== undefined && isAlike(told, change)
}

/** True if a run of the same kind is told, or about to be. */
const runsOn = ({ announced, upcoming }: Entry, { dispatch }: RunningStateChange): boolean => {
  const own = upcoming === undefined || hasNoLength(upcoming.dispatch) ? announced : upcoming
  return own !== undefined && own.dispatch.isSameKind(dispatch)
}

/** Goes on from a run that an earlier process had announced: the next `Running` takes its place. */
const goOnFrom = (step: Step, entry: Entry, change: RunningStateChange): void => {
  if (entry.upcoming !== undefined && !isAlike(entry.upcoming, change)) withdraw(step, entry)
  if (entry.announced === undefined) {
    entry.announced = change
    entry.inherited = true
  } else {
    entry.earlier = [...entry.earlier, change]
  }
  touch(step, entry, "Recovered")
}

/** Stops a run that an earlier process had announced, beside the run of this process. */
const stopInherited = (step: Step, entry: Entry, change: RunningStateChange): void =>
  stopOne(step, { ...entry, cause: "Recovered" }, change, "Earlier")

const finishStep = (
  timeline: Timeline,
  step: Step,
  changed: Iterable<{ readonly id: DispatchId }>
): Evaluation => {
  if (step.stops.length > 1) step.stops.sort(byId)
  if (step.inherited.length > 1) step.inherited.sort(byId)
  if (step.commands.length > 2) step.commands.sort(byId)
  if (step.starts.length > 1) step.starts.sort(byOccurrence)
  return {
    stops: step.stops,
    inherited: step.inherited,
    starts: step.commands.length === 0 ? step.starts : step.commands.concat(step.starts),
    withdrawn: step.withdrawn,
    moved: step.moved,
    missed: step.missed,
    clockStepped: step.clockStepped,
    memory: memoryAfter(timeline, changed, step.losses)
  }
}
