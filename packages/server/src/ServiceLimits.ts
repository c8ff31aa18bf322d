/**
 * The limits of the service beyond those of `WireLimits`, each with its value.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"

export * from "./internal/connectionLimits.ts"
export * from "./internal/keepingLimits.ts"
export * from "./internal/postgresLimits.ts"
export * from "./internal/webLimits.ts"

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
 * Most streams of a microgrid that are told of a change before others have their turn. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const subscribersAtOnce = 128

/**
 * Longest time for a call other than a stream, and for the message of any call to arrive. After it the call is cut
 * off. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const callDurationMax: Duration.Duration = Duration.seconds(60)

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
 * Most calls that begin before all else has a turn. The others begin after it, each session in its turn. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const callsBegunAtOnce = 32

/**
 * Most calls that wait for their turn to begin. Those beyond are refused as they are (`REFUSED_STREAM`), so that a client
 * may send them again. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const callsToBeginMax = 16_384

/**
 * Most bytes of answers that wait to be read, all clients together. Beyond, the oldest answers are cut off. Cannot
 * be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const unreadBytesMax: number = 256 * 1_024 * 1_024

/**
 * Most bytes of answers to one key that wait to be read. Beyond, its listings wait. Set by
 * `unreadBytesPerKey`.
 *
 * @category limits
 * @since 0.1.0
 */
export const unreadBytesPerKeyMax: number = 64 * 1_024 * 1_024

/**
 * Time between looks at late messages, and at connections without a call. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const arrivalLookInterval: Duration.Duration = Duration.seconds(1)

/**
 * Most dispatches of a page that are read from the store at once. The others are read after them. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const dispatchesReadMax = 128

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
 * Most unreadable dispatches of which the service remembers that it has logged them. Beyond, they are logged again.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const flawsToldMax = 1_000

/**
 * Most dispatches of which the service remembers that their bytes can be read. Beyond, they are read again. Cannot be
 * set.
 *
 * @category limits
 * @since 0.1.0
 */
export const soundBytesKnownMax = 100_000

/**
 * Wait before work in the background that failed unexpectedly is begun again. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const backgroundRetryDelay: Duration.Duration = Duration.seconds(1)

/**
 * Time between readings of the keys: a revoked key opens nothing for longer than that. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const keyRefreshInterval: Duration.Duration = Duration.seconds(15)

/**
 * Time between readings of the keys because unknown ones are shown: their calls wait for no longer. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const keyLookInterval: Duration.Duration = Duration.seconds(1)

/**
 * Most calls that wait for such a reading. Beyond, the oldest are refused with `Unavailable`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const keysSoughtMax = 256

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
 * Most calls other than streams and listings that one key may have at work at the same time. Beyond, they wait.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const callsPerKeyMax = 256

/**
 * Most calls of one key that wait for their turn, by their headers alone. Beyond, calls are refused with
 * `ResourceExhausted`, which is counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const callsWaitingMax = 4_096

/**
 * Most event streams that one key may have open at the same time. Beyond, streams are refused with
 * `ResourceExhausted`, which is counted. Set by `StreamsPerKey`.
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
 * Time between signs of life on the streams of consoles. Without two of them a console takes the service for frozen.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const heartbeatInterval: Duration.Duration = Duration.seconds(15)

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
 * Most of them from one network of IPv6 of 56 bits, as a household has it. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const healthWatchesPerMiddleNetworkMax = 48

/**
 * Most of them from one network of IPv6 of 48 bits, as a site has it. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const healthWatchesPerWideNetworkMax = 64

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
