import type { RunningStateChange } from "../../RunningStateChange.ts"

/** The end of a run as it was announced, caused by a change that goes on with another version of the dispatch. */
export const movedStop = (
  { dispatch, occurrence, until }: RunningStateChange,
  {
    at,
    cause,
    decidedAt,
    dispatch: next
  }: Pick<RunningStateChange, "at" | "cause" | "decidedAt" | "dispatch">
): RunningStateChange => ({
  dispatch,
  state: "Stopped",
  at,
  decidedAt,
  occurrence,
  until,
  continues: false,
  cause,
  next
})

/** The announcements of a dispatch. */
interface Announcements {
  readonly announced: RunningStateChange | undefined
  readonly earlier: ReadonlyArray<RunningStateChange>
  /** An earlier process made the last one. */
  readonly inherited: boolean
}

/** The ends of the runs that earlier processes announced of other versions, and whose place a `Running` takes. */
export const movedBy = (
  { announced, earlier, inherited }: Announcements,
  change: RunningStateChange
): ReadonlyArray<RunningStateChange> => {
  if (!inherited && earlier.length === 0) return none
  const announcements = inherited && announced !== undefined ? [...earlier, announced] : earlier
  return announcements
    .filter(({ dispatch }) => !dispatch.sameContent(change.dispatch))
    .map((before) => movedStop(before, change))
}

const none: ReadonlyArray<RunningStateChange> = []
