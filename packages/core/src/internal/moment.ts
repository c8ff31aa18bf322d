/** An instant by both clocks, taken together. */
export interface Moment {
  /** Epoch milliseconds, of the wall clock: for the schedule. */
  readonly now: number
  /** Milliseconds of the monotonic clock, which is never set: for lengths of time. */
  readonly elapsed: number
}
