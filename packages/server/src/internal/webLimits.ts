/** The limits of the listener for browsers; part of `ServiceLimits`. */
import { Duration } from "effect"

/**
 * Most connections of browsers at the same time. Beyond, Node closes new ones at once. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const webConnectionsMax = 256

/**
 * Longest time for the headers of a request of a browser to arrive. After it the connection is closed. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const webHeadersDuration: Duration.Duration = Duration.seconds(10)

/**
 * Longest time for a whole request of a browser to arrive. After it the connection is closed. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const webRequestDuration: Duration.Duration = Duration.seconds(60)

/**
 * Longest time that a connection of a browser is kept for its next request. After it the connection is closed. Cannot
 * be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const webIdleDuration: Duration.Duration = Duration.seconds(30)

/**
 * Longest time for a service elsewhere to answer a ping, in place of which a sign of life is left out. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const proxyPingTimeout: Duration.Duration = Duration.seconds(5)
