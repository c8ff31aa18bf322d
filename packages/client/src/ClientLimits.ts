/**
 * The limits that a client keeps to, each with its value.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"

/**
 * Longest time to make a connection: 10 s, or the timeout of calls if that is less. A later connection is given up
 * and counted, and the next call tries anew. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const connectDurationMax: Duration.Duration = Duration.seconds(10)

/**
 * Most retries of a call that changes nothing, after passing failures. After them the call fails with the last
 * failure. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const retriesMax = 3

/**
 * Longest wait before the first retry: 200 ms. It doubles with each retry; the wait is uniform between zero and it.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const retryDelayMax: Duration.Duration = Duration.millis(200)

/**
 * Most pages in a row without a dispatch. A listing with more fails with `Protocol`, because it might never end.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const emptyPagesMax = 1_000

/**
 * Most bytes of a stream that wait for its reader, and 64 more for each message. Beyond, the service is asked to wait, which
 * is counted. A browser has limits of its own. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const unreadBytesMax = 65_536

/**
 * Most megabytes that the session of a client holds, above all in requests that wait to be sent. Beyond that Node
 * drops arriving answers, also those to committed writes, so the limit is above what calls add up to. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const sessionMegabytesMax = 1_024

/**
 * Longest time that a feature counts as missing because the service did not announce it; then the service is asked
 * again. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const featuresMemory: Duration.Duration = Duration.minutes(1)

/**
 * Most sessions to one service at the same time. There is one, and more only while more calls are open than the service
 * takes on one. Beyond, calls wait. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const sessionsMax = 16

/**
 * Longest life of a session without calls. After it the session is closed. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const sessionIdleDuration: Duration.Duration = Duration.minutes(15)

/**
 * Most times that a call is sent again because the service has refused its stream, before it looked at it. Beyond, the
 * call fails with `Unavailable`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const streamRefusedMax = 3

/**
 * Longest silence of a stream of a browser, two signs of life of the service and a second. After it the stream is given
 * up, and the knowledge of the service is stale. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const silenceMax: Duration.Duration = Duration.seconds(31)

/**
 * Most calls of a client that report at once, for all of its sites. Others wait for their turn. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reportCallsMax = 8

/**
 * Most entries of a journal that are read at once to be reported. The others are read after them. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const journalEntriesMax = 64

/**
 * Wait for more runs to report before a call is made. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reportGatherDelay: Duration.Duration = Duration.seconds(1)

/**
 * Longest time for a call other than a stream. A call that takes longer fails with `DeadlineExceeded`. Set by
 * `callTimeout`.
 *
 * @category limits
 * @since 0.1.0
 */
export const defaultCallTimeout: Duration.Duration = Duration.seconds(60)
