/** The limits of connections; part of `ServiceLimits`. */
import { Duration } from "effect"

/**
 * Time between pings that check if an HTTP/2 session lives. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const pingInterval: Duration.Duration = Duration.seconds(30)

/**
 * Longest time for a session to answer, or to agree on encryption. After it the session is destroyed, which is
 * counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const pingTimeout: Duration.Duration = Duration.seconds(10)

/**
 * Longest time that open calls may go on after a shutdown has begun. After it they are cut off. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const shutdownGrace: Duration.Duration = Duration.seconds(5)

/**
 * Most HTTP/2 sessions at the same time. Beyond, connections are closed at once, which is counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const sessionsMax = 4_096

/**
 * Most connections without an admitted call: a fleet that starts has one for each site at once. Beyond, and whenever
 * all sessions are taken, the oldest are closed, which is counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const strangersMax = 3_072

/**
 * Most of them from one address that is no proxy; of IPv6, from one network of 64 bits. Beyond, connections are closed
 * at once, which is counted. Set by `strangersPerAddress`.
 *
 * @category limits
 * @since 0.1.0
 */
export const strangersPerAddressMax = 64

/**
 * Longest time for a new connection to have a call admitted. After it the connection is closed, which is counted.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const strangerDuration: Duration.Duration = Duration.seconds(10)

/**
 * Most calls on a connection before one is admitted: each costs the service its refusal. Beyond, the connection is
 * closed, which is counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const strangerCallsMax = 128

/**
 * Longest life of a connection after the end of its last admitted call. After it the connection is closed, which is
 * counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const connectionIdleDuration: Duration.Duration = Duration.seconds(60)

/**
 * Most megabytes that one HTTP/2 session holds, above all in answers that wait to be read: the largest page for each
 * call that a key may have open, and as much again. Beyond that Node refuses calls, and after 100 of them ends the
 * session. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const sessionMegabytesMax = 512

/**
 * Most calls and streams that one HTTP/2 session may have open at the same time. Beyond, HTTP/2 refuses them. Cannot
 * be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const streamsPerSessionMax = 4_096

/**
 * Largest headers of a call, in bytes. Node refuses a call with larger ones. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const headerBytesMax = 16_384

/**
 * Most headers of a call. Node refuses a call with more. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const headersMax = 64
