/** The clock of a site as its judge sees it. */

/** A wall clock that was set back by no more than this is waited out. */
export const tolerance = 1_000

/** A wall clock that is slow, and does not stand still, shows at least so much of the time that passes. */
export const slowestRate = 0.5

/** The facts about the clock of a site. */
export interface ClockView {
  /** True if the wall clock goes right, and the actor knows it: timers are exact then. */
  readonly isRight: () => boolean
  /** True if starts need not wait for a store that hangs. Stops never do. */
  readonly isPrompt: () => boolean
  /** True if a start that was decided at a time (elapsed milliseconds) need not have waited. */
  readonly isPromptSince: (elapsed: number) => boolean
  /** True if a start that is told now was noted before: the store works (S10). */
  readonly isNoting: () => boolean
  /** Elapsed milliseconds. */
  readonly timers: () => number
}
