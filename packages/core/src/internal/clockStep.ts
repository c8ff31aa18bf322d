/**
 * A wall clock that is set back by no more than this (milliseconds) is waited out, as jitter; by more, everything is
 * evaluated again.
 */
export const clockStepToleranceMillis = 1_000
