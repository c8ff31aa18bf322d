/** The memory of a timeline: all that a step leaves behind for the next process (S10). Instants are epoch milliseconds. */
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import { isCommand, type RunningStateChange } from "../../RunningStateChange.ts"
import type { ExecutedRecord } from "./executedRecord.ts"
import { Executions } from "./executions.ts"
import type { Entry, Losses, Timeline } from "./timelineState.ts"

/** One dispatch after a step: its announcements include a decision that is not told yet. */
export interface DispatchMemory {
  readonly id: DispatchId
  /** The version known; absent when it cannot or shall not run any more. */
  readonly version: Dispatch | undefined
  /** The `Running` changes published, or about to be, whose `Stopped` was not: more than one if its type changed. */
  readonly announced: ReadonlyArray<RunningStateChange>
  /** The occurrences executed, of a command; absent where there is none. */
  readonly executed: ExecutedRecord | undefined
  /** Occurrences up to this instant have been dealt with; absent if that is so up to the latest step. */
  readonly evaluatedAt: number | undefined
}

/** The effect of a step on the memory. */
export interface Memory {
  /** The instant up to which occurrences have been dealt with. */
  readonly evaluatedAt: number
  /** The latest occurrence that was executed by an id that is gone and forgotten; `-Infinity` if there is none. */
  readonly forgottenUpTo: number
  /** Every dispatch that the step may have changed. */
  readonly dispatches: ReadonlyArray<DispatchMemory>
  /** The starts of runs that were told. */
  readonly told: ReadonlyArray<RunningStateChange>
  readonly losses: Losses
}

export const makeLosses = (): Losses => ({ joined: 0, forgotten: [] })

/** The memory after a step that may have changed these dispatches. */
export const memoryAfter = (
  timeline: Timeline,
  changed: Iterable<{ readonly id: DispatchId }>,
  losses: Losses,
  told: ReadonlyArray<RunningStateChange> = none
): Memory => {
  const { evaluatedAt, forgottenUpTo, remembers } = timeline
  const dispatches: Array<DispatchMemory> = []
  if (remembers) {
    for (const { id } of changed) dispatches.push(memoryOf(timeline, id))
    for (const id of losses.forgotten) dispatches.push(memoryOf(timeline, id))
  }
  return { evaluatedAt, forgottenUpTo, dispatches, told: remembers ? told.filter(isRun) : none, losses }
}

const none: ReadonlyArray<RunningStateChange> = []

/** One dispatch as it is. */
export const memoryOf = (timeline: Timeline, id: DispatchId): DispatchMemory => {
  const entry = timeline.entries.get(id)
  if (entry === undefined) {
    const executed = timeline.gone.get(id)?.toRecord()
    return { id, version: undefined, announced: none, executed, evaluatedAt: undefined }
  }
  const { pending, unconfirmed, version } = entry
  return {
    id,
    version,
    announced: announcedOf(entry),
    executed: executedOf(entry),
    evaluatedAt: unconfirmed ? pending - 1 : undefined
  }
}

const isRun = (change: RunningStateChange): boolean => change.state === "Running" && !isCommand(change)

const announcedOf = ({ announced, earlier, upcoming }: Entry): ReadonlyArray<RunningStateChange> =>
  joined(earlier, joined(runOf(announced), runOf(upcoming)))

const runOf = (change: RunningStateChange | undefined): ReadonlyArray<RunningStateChange> =>
  change === undefined || isCommand(change) ? none : [change]

/** Two lists as one, made anew only if neither is empty: most are, and many dispatches start together. */
const joined = <A>(first: ReadonlyArray<A>, second: ReadonlyArray<A>): ReadonlyArray<A> =>
  first.length === 0 ? second : second.length === 0 ? first : [...first, ...second]

const executedOf = ({ executed, upcoming }: Entry): ExecutedRecord | undefined => {
  if (upcoming === undefined || !isCommand(upcoming)) {
    return executed?.isNothing === false ? executed.toRecord() : undefined
  }
  const withUpcoming = executed?.copy() ?? new Executions()
  withUpcoming.add(upcoming.occurrence.epochMilliseconds, upcoming.dispatch)
  return withUpcoming.toRecord()
}
