/**
 * The largest step of the wall clock, in milliseconds, that is taken for jitter: a clock set back by no more is
 * waited out. After a larger step everything is evaluated again, which is counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const clockStepToleranceMillis = 1_000
