/** The entries that are written of changes and missed runs. */
import { DateTime } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { JournalEvent } from "../../JournalEntry.ts"
import { type ActorStep, runDispatchOf } from "../../Run.ts"
import type { MissedRun, RunningStateChange } from "../../RunningStateChange.ts"

/**
 * The content of an entry about a start, change or stop.
 *
 * @category constructors
 * @since 0.1.0
 */
export const ofChange = (change: RunningStateChange): JournalEvent => {
  const { at: plannedAt, cause, dispatch: version, occurrence, previous, state, until } = change
  const dispatch = runDispatchOf(version)
  // Another version may have moved or ended the run that was on.
  const earliest = state === "Stopped" || previous === undefined ? undefined : earliestOn(version, plannedAt)
  // Written for every start and stop, so nothing is copied that most of them lack.
  if (earliest === undefined && until !== undefined) {
    return { _tag: state, dispatch, occurrence, until, plannedAt, cause }
  }
  const told = { dispatch, occurrence, ...(until === undefined ? undefined : { until }), plannedAt, cause }
  if (state === "Stopped") return { _tag: state, ...told }
  return { _tag: state, ...told, ...(earliest === undefined ? undefined : { earliest }) }
}

/** Occurrences that came and went. */
export const ofMissed = (missed: MissedRun): JournalEvent => {
  const { dispatch, reason } = missed
  const [occurrence, count] =
    missed._tag === "MissedRun" ? [missed.occurrence, 1] : [missed.first, missed.count]
  return {
    _tag: "Missed",
    dispatch: runDispatchOf(dispatch),
    occurrence,
    ...untilOf(DateTime.toEpochMillis(occurrence) + dispatch.schedule.length),
    reason,
    count,
    ...(missed._tag === "MissedRuns" ? { last: missed.last } : undefined)
  }
}

/** A step of the application's actor that was started for a change. */
export const ofActor = (change: RunningStateChange, step: ActorStep, reason?: string): JournalEvent => ({
  _tag: "Actor",
  ...aboutRun(change),
  step,
  ...(reason === undefined ? undefined : { reason })
})

/** The run that a change is about. */
export const aboutRun = ({ dispatch, occurrence, until }: RunningStateChange) => ({
  dispatch: runDispatchOf(dispatch),
  occurrence,
  ...(until === undefined ? undefined : { until })
})

const untilOf = (millis: number) =>
  Number.isFinite(millis) ? { until: DateTime.makeUnsafe(millis) } : undefined

/** The earliest occurrence of a version whose run is on at an instant. */
const earliestOn = (
  { schedule }: Dispatch,
  { epochMilliseconds: at }: DateTime.Utc
): DateTime.Utc | undefined => {
  const earliest = schedule.next(at - schedule.length + 1)
  return earliest <= at ? DateTime.makeUnsafe(earliest) : undefined
}
