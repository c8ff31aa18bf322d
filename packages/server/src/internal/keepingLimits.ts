/** The limits on writing and forgetting dispatches; part of `ServiceLimits`. */
import { Duration } from "effect"

/**
 * Time between removals of records that were kept for long enough.
 *
 * @category limits
 * @since 0.1.0
 */
export const pruneInterval: Duration.Duration = Duration.minutes(1)

/**
 * Most records that are removed in one transaction.
 *
 * @category limits
 * @since 0.1.0
 */
export const pruneAtOnce = 500

/**
 * Most work of a transaction that removes records. The targets of 4,096 bytes of dispatches take some 20 ms at most.
 *
 * @category limits
 * @since 0.1.0
 */
export const prunedWeightMax = 4_096

/**
 * The number of records removed at a time from which on it is logged.
 *
 * @category limits
 * @since 0.1.0
 */
export const pruneLarge = 10_000

/**
 * Largest distance of the wall clock from the time that retention goes by before it is reported.
 *
 * @category limits
 * @since 0.1.0
 */
export const clockDistanceMax: Duration.Duration = Duration.days(1)

/**
 * Time between reports that the wall clock is too far from it.
 *
 * @category limits
 * @since 0.1.0
 */
export const clockDistanceInterval: Duration.Duration = Duration.hours(1)

/**
 * Most nonces of signed requests that are kept, whatever their time.
 *
 * @category limits
 * @since 0.1.0
 */
export const noncesMax = 500_000

/**
 * Longest wait of a write for another program that holds the lock of a SQLite file.
 *
 * @category limits
 * @since 0.1.0
 */
export const lockedDurationMax: Duration.Duration = Duration.seconds(5)

/**
 * Time between tries meanwhile.
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
 * Most of them if no commit waits for the disc (NORMAL): the callers of some go on while the next are written.
 *
 * @category limits
 * @since 0.1.0
 */
export const writesAtOnceNormal = 8

/**
 * Most stored records that a newer version of the program writes anew in one transaction.
 *
 * @category limits
 * @since 0.1.0
 */
export const recordsRewrittenAtOnce = 256
