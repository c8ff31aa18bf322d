/**
 * The limits of the service beyond those of `WireLimits`, each with its value.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"

export * from "./internal/keepingLimits.ts"
export * from "./internal/postgresLimits.ts"

/**
 * Longest time that a start may lie in the past when a dispatch is created or moved: requests take time to arrive.
 * An earlier start is refused with `InvalidArgument`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const startGrace: Duration.Duration = Duration.seconds(5)

/**
 * Most changes that a stream may be behind. Beyond, it is ended with an error that its reader can retry, which is
 * counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const streamBacklogMax = 4_096

/**
 * Longest time for a call other than a stream, and for the message of any call to arrive. After it the call is cut
 * off. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const callDuration: Duration.Duration = Duration.seconds(60)

/**
 * The age at which a message that has not arrived as a whole counts as slow. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const slowMessageAge: Duration.Duration = Duration.seconds(5)

/**
 * Most slow messages at the same time, from all senders: they are held in memory before their sender is known.
 * Beyond, the oldest are cut off. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const slowMessagesMax = 64

/**
 * Longest time that the rest of a request may go on after its answer. After it the rest is cut off. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const lingerDuration: Duration.Duration = Duration.seconds(1)

/**
 * Most bytes of answers that wait to be read, all clients together. Beyond, the oldest answers are cut off. Cannot
 * be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const unreadBytesMax: number = 256 * 1_024 * 1_024

/**
 * Time between looks at late messages and unread answers. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const arrivalLookInterval: Duration.Duration = Duration.seconds(1)

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
 * Most dispatches of a page that are read from the store at once. The others are read after them. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const dispatchesReadMax = 64

/**
 * Most rows of targets that a listing by target looks up and sorts. If more match, it walks in its order instead,
 * and looks at the targets of each dispatch. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const targetsSortedMax = 4_000

/**
 * Most changes that are read from the store at once. The others are read after them. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const changesAtOnce = 64

/**
 * Wait before a store that is away is asked again for changes. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const feedRetryDelay: Duration.Duration = Duration.seconds(1)

/**
 * Time between readings of the keys: a revoked key opens nothing for longer than that. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const keyRefreshInterval: Duration.Duration = Duration.seconds(15)

/**
 * Largest distance of the time of a signature from the present, before or after. A request outside is refused with
 * `Unauthenticated`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const signatureWindow: Duration.Duration = Duration.minutes(5)

/**
 * Longest nonce of a signature, in characters. A request with a longer one is refused with `Unauthenticated`. Cannot
 * be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const nonceLengthMax = 128

/**
 * Most calls other than streams that one key may have open at the same time. Beyond, calls are refused with
 * `ResourceExhausted`, which is counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const callsPerKeyMax = 256

/**
 * Most event streams that one key may have open at the same time. Beyond, streams are refused with
 * `ResourceExhausted`, which is counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const streamsPerKeyMax = 4_096

/**
 * Longest time for an ended stream to hand over the rest. After it the stream is cut off. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const stallGrace: Duration.Duration = Duration.seconds(5)

/**
 * Most HTTP/2 sessions at the same time. Beyond, connections are closed at once, which is counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const sessionsMax = 4_096

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

/**
 * Time between checks that the store can be reached. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const readinessInterval: Duration.Duration = Duration.seconds(5)

/**
 * Longest time for the store to confirm that it can be reached. After it the service is not ready. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const readinessTimeout: Duration.Duration = Duration.seconds(2)

/**
 * Most watches of `grpc.health.v1` at the same time, from all clients: they need no key. Beyond, watches are refused
 * with `ResourceExhausted`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const healthWatchesMax = 256

/**
 * Most watches from one address; of IPv6, from one network of 64 bits. Beyond, they are refused alike. Cannot be
 * set.
 *
 * @category limits
 * @since 0.1.0
 */
export const healthWatchesPerAddressMax = 32

/**
 * Time before the expiry of a certificate at which warnings begin. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const certificateNotice: Duration.Duration = Duration.days(7)

/**
 * Time between looks at the files of the certificate. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const certificateInterval: Duration.Duration = Duration.seconds(10)
