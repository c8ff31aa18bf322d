/** The limits on writing and forgetting dispatches; part of `ServiceLimits`. */
import { Duration } from "effect"

/**
 * Time between removals of records that were kept for long enough. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const pruneInterval: Duration.Duration = Duration.minutes(1)

/**
 * Most records that are removed in one transaction. The rest is removed in the next transaction. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const pruneAtOnce = 500

/**
 * Most work of a transaction that removes records: the targets of 4,096 bytes of dispatches take some 20 ms at most.
 * The rest is removed in the next transaction. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const prunedWeightMax = 4_096

/**
 * The number of records removed at a time from which on it is logged. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const pruneLarge = 10_000

/**
 * Largest distance of the wall clock from the time that retention goes by. Beyond, it is reported as an error; gauges
 * show the distance. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const clockDistanceMax: Duration.Duration = Duration.days(1)

/**
 * Time between reports that the wall clock is too far from it. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const clockDistanceInterval: Duration.Duration = Duration.hours(1)

/**
 * Most nonces of signed requests that are kept, whatever their time. Beyond, the oldest are removed early, which is
 * counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const noncesMax = 500_000

/**
 * Most nonces removed beyond the bound for one count of all, in transactions of `pruneAtOnce`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const noncesTrimmedAtOnce = 20_000

/**
 * Longest wait of a write for another program that holds the lock of a SQLite file. After it the write fails. Cannot
 * be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const lockedDurationMax: Duration.Duration = Duration.seconds(5)

/**
 * Time between tries meanwhile. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const lockedRetryDelay: Duration.Duration = Duration.millis(25)

/**
 * Most writes that SQLite commits in one transaction. The others wait for the next. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const writesAtOnce = 64

/**
 * Most of them if no commit waits for the disc (NORMAL): the callers of some go on while the next are written.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const writesAtOnceNormal = 8

/**
 * Most stored records that a newer version of the program writes anew in one transaction. The others follow in the
 * next. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const recordsRewrittenAtOnce = 256

/**
 * Most reports of runs that are kept of a microgrid, one for each run and reporter, and most runs that are remembered for
 * their counts after their reports went. Beyond, reports that arrived first are removed early, which is counted; the
 * counts of their days stay. Set by `reportsPerMicrogrid`.
 *
 * @category limits
 * @since 0.1.0
 */
export const reportsPerMicrogridMax = 100_000

/**
 * Most counts of days that are kept of a microgrid, one for each day, type and reporter. Beyond, those that were changed
 * first are removed early, which is counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reportDaysMax = 100_000

/**
 * Most reporters of a microgrid. Reports of another one are refused with `ResourceExhausted`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reportersMax = 1_000

/**
 * Most reports that are written in one transaction. The others of a call follow in the next. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reportsAtOnce = 32

/**
 * Most reports that are read from the store at once. The others of a page are read after them. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reportsReadMax = 128

/**
 * Most reports of last runs that are read at once: of a dispatch with more reporters the others are left out. Cannot be
 * set.
 *
 * @category limits
 * @since 0.1.0
 */
export const storiesMax = 512

/**
 * Most reports, or counts of days, that are removed in one transaction. The rest is removed in the next. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reportsRemovedAtOnce = 100
