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
