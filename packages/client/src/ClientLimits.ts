/**
 * What a client takes upon itself at most: every limit and its value.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"

/**
 * How long it may take to make a connection: 10 s, or the timeout of calls if that is less. What is not connected by
 * then is given up, and tried anew by the next call.
 *
 * @category limits
 * @since 0.1.0
 */
export const connectDurationMax: Duration.Duration = Duration.seconds(10)

/**
 * How often a call that changes nothing is tried again after a passing failure.
 *
 * @category limits
 * @since 0.1.0
 */
export const retriesMax = 3

/**
 * Longest wait before the first retry: 200 ms. It doubles with each one, and the wait is uniform between nothing and it.
 *
 * @category limits
 * @since 0.1.0
 */
export const retryDelayMax: Duration.Duration = Duration.millis(200)

/**
 * How many pages without a dispatch may follow each other before a listing is given up: it might never end.
 *
 * @category limits
 * @since 0.1.0
 */
export const emptyPagesMax = 1_000

/**
 * How many events wait for a reader before the service is asked to wait.
 *
 * @category limits
 * @since 0.1.0
 */
export const streamBufferMax = 1_024

/**
 * How many readings of the service's clock wait for a reader before the oldest is dropped.
 *
 * @category limits
 * @since 0.1.0
 */
export const clockReadingsMax = 16

/**
 * How much the session of a client may hold, in megabytes: requests that wait to be sent, above all. Beyond that Node
 * drops answers that arrive, also those to writes that the service has committed, so it is more than calls add up to.
 *
 * @category limits
 * @since 0.1.0
 */
export const sessionMegabytesMax = 1_024
