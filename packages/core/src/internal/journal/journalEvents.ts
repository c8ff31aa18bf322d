/** The entries that are written of changes and missed runs. */
import { DateTime } from "effect"
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
  const earliest = state === "Stopped" || previous === undefined ? undefined : earliestOn(change)
  // Written for every start and stop, so nothing is copied for those with an end.
  if (until !== undefined) {
    return earliest === undefined
      ? { _tag: state, dispatch, occurrence, until, plannedAt, cause }
      : { _tag: "Running", dispatch, occurrence, until, plannedAt, cause, earliest }
  }
  const told = { dispatch, occurrence, plannedAt, cause }
  return earliest === undefined ? { _tag: state, ...told } : { _tag: "Running", ...told, earliest }
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

/** The earliest occurrence of the version told whose run is on at the instant of a change. */
const earliestOn = ({
  at: { epochMilliseconds: at },
  dispatch: { schedule },
  occurrence
}: RunningStateChange): DateTime.Utc | undefined => {
  const earliest = schedule.next(at - schedule.length + 1)
  if (!(earliest <= at)) return undefined
  return earliest === occurrence.epochMilliseconds ? occurrence : DateTime.makeUnsafe(earliest)
}
