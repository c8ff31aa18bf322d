/** The limits of connections; part of `ServiceLimits`. */
import { Duration } from "effect"

/**
 * Time between pings that check if an HTTP/2 session lives.
 *
 * @category limits
 * @since 0.1.0
 */
export const pingInterval: Duration.Duration = Duration.seconds(30)

/**
 * Longest time for a session to answer, or to agree on encryption, before it is destroyed.
 *
 * @category limits
 * @since 0.1.0
 */
export const pingTimeout: Duration.Duration = Duration.seconds(10)

/**
 * Longest time that open calls may go on after a shutdown has begun.
 *
 * @category limits
 * @since 0.1.0
 */
export const shutdownGrace: Duration.Duration = Duration.seconds(5)

/**
 * Most HTTP/2 sessions at the same time.
 *
 * @category limits
 * @since 0.1.0
 */
export const sessionsMax = 4_096

/**
 * Most connections without an admitted call; beyond, the oldest are closed.
 *
 * @category limits
 * @since 0.1.0
 */
export const strangersMax = 1_024

/**
 * Most of them from one address, unless set otherwise or for a proxy; others are closed at once.
 *
 * @category limits
 * @since 0.1.0
 */
export const strangersPerAddressMax = 64

/**
 * Longest time for a new connection to have a call admitted.
 *
 * @category limits
 * @since 0.1.0
 */
export const strangerDuration: Duration.Duration = Duration.seconds(10)

/**
 * Longest life of a connection after the end of its last admitted call.
 *
 * @category limits
 * @since 0.1.0
 */
export const connectionIdleDuration: Duration.Duration = Duration.seconds(60)

/**
 * Most megabytes that one HTTP/2 session holds, above all in answers that wait to be read: the largest page for each
 * call that a key may have open, and as much again. Beyond that Node refuses calls, and after 100 of them ends the
 * session.
 *
 * @category limits
 * @since 0.1.0
 */
export const sessionMegabytesMax = 512

/**
 * Most calls and streams that one HTTP/2 session may have open at the same time.
 *
 * @category limits
 * @since 0.1.0
 */
export const streamsPerSessionMax = 4_096

/**
 * Largest headers of a call, in bytes.
 *
 * @category limits
 * @since 0.1.0
 */
export const headerBytesMax = 16_384

/**
 * Most headers of a call.
 *
 * @category limits
 * @since 0.1.0
 */
export const headersMax = 64
