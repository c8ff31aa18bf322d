/** What is bounded in how dispatches are written and forgotten; part of `ServiceLimits`. */
import { Duration } from "effect"

/**
 * How often records that were kept for long enough are removed.
 *
 * @category limits
 * @since 0.1.0
 */
export const pruneInterval: Duration.Duration = Duration.minutes(1)

/**
 * How many records are removed in one transaction.
 *
 * @category limits
 * @since 0.1.0
 */
export const pruneAtOnce = 500

/**
 * From how many records removed at a time on it is logged.
 *
 * @category limits
 * @since 0.1.0
 */
export const pruneLarge = 10_000

/**
 * How far the wall clock may be ahead of the time that retention goes by before somebody is told.
 *
 * @category limits
 * @since 0.1.0
 */
export const clockAheadMax: Duration.Duration = Duration.days(1)

/**
 * How often it is told again that the wall clock is too far ahead.
 *
 * @category limits
 * @since 0.1.0
 */
export const clockAheadInterval: Duration.Duration = Duration.hours(1)

/**
 * Most nonces of signed requests that are kept, however long they should be.
 *
 * @category limits
 * @since 0.1.0
 */
export const noncesMax = 500_000

/**
 * How long a write waits for another program that holds the lock of a SQLite file.
 *
 * @category limits
 * @since 0.1.0
 */
export const lockedDurationMax: Duration.Duration = Duration.seconds(5)

/**
 * How often it is tried again meanwhile.
 *
 * @category limits
 * @since 0.1.0
 */
export const lockedRetryDelay: Duration.Duration = Duration.millis(25)

/**
 * Most writes that SQLite commits in one transaction.
 *
 * @category limits
 * @since 0.1.0
 */
export const writesAtOnce = 64

/**
 * Most of them where no commit waits for the disc (NORMAL): the callers of some go on while the next are written.
 *
 * @category limits
 * @since 0.1.0
 */
export const writesAtOnceNormal = 8

/**
 * How many stored records a newer version of the program writes anew in one transaction.
 *
 * @category limits
 * @since 0.1.0
 */
export const recordsRewrittenAtOnce = 256
