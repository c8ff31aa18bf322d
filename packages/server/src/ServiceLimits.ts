/**
 * The limits of the service beyond those of `WireLimits`, each with its value.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"

export * from "./internal/keepingLimits.ts"

/**
 * Longest time that a start may lie in the past when a dispatch is created or moved: requests take time to arrive.
 *
 * @category limits
 * @since 0.1.0
 */
export const startGrace: Duration.Duration = Duration.seconds(5)

/**
 * Most changes that a stream may be behind before it is ended.
 *
 * @category limits
 * @since 0.1.0
 */
export const streamBacklogMax = 4_096

/**
 * Longest time for a call other than a stream, and for the message of any call to arrive.
 *
 * @category limits
 * @since 0.1.0
 */
export const callDuration: Duration.Duration = Duration.seconds(60)

/**
 * The age at which a message that has not arrived as a whole counts as slow.
 *
 * @category limits
 * @since 0.1.0
 */
export const slowMessageAge: Duration.Duration = Duration.seconds(5)

/**
 * Most slow messages at the same time, from all senders: they are held in memory before their sender is known.
 *
 * @category limits
 * @since 0.1.0
 */
export const slowMessagesMax = 64

/**
 * Longest time that the rest of a request may go on after its answer.
 *
 * @category limits
 * @since 0.1.0
 */
export const lingerDuration: Duration.Duration = Duration.seconds(1)

/**
 * Most bytes of answers that wait to be read, all clients together: beyond that the oldest answers are cut off.
 *
 * @category limits
 * @since 0.1.0
 */
export const unreadBytesMax: number = 256 * 1_024 * 1_024

/**
 * Time between looks at late messages and unread answers.
 *
 * @category limits
 * @since 0.1.0
 */
export const arrivalLookInterval: Duration.Duration = Duration.seconds(1)

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
 * Most dispatches of a page that are read from the store at once.
 *
 * @category limits
 * @since 0.1.0
 */
export const dispatchesReadMax = 64

/**
 * Most rows of targets that a listing by target looks up and sorts. If more match, it walks in its order instead, and
 * looks at the targets of each dispatch.
 *
 * @category limits
 * @since 0.1.0
 */
export const targetsSortedMax = 4_000

/**
 * Most changes that are read from the store at once.
 *
 * @category limits
 * @since 0.1.0
 */
export const changesAtOnce = 64

/**
 * Wait before a store that is away is asked again for changes.
 *
 * @category limits
 * @since 0.1.0
 */
export const feedRetryDelay: Duration.Duration = Duration.seconds(1)

/**
 * Time between readings of the keys: a revoked key opens nothing for longer than that.
 *
 * @category limits
 * @since 0.1.0
 */
export const keyRefreshInterval: Duration.Duration = Duration.seconds(15)

/**
 * Largest distance of the time of a signature from the present, before or after.
 *
 * @category limits
 * @since 0.1.0
 */
export const signatureWindow: Duration.Duration = Duration.minutes(5)

/**
 * Longest nonce of a signature, in characters.
 *
 * @category limits
 * @since 0.1.0
 */
export const nonceLengthMax = 128

/**
 * Most calls other than streams that one key may have open at the same time.
 *
 * @category limits
 * @since 0.1.0
 */
export const callsPerKeyMax = 256

/**
 * Most event streams that one key may have open at the same time.
 *
 * @category limits
 * @since 0.1.0
 */
export const streamsPerKeyMax = 4_096

/**
 * Longest time for an ended stream to hand over the rest, before it is cut off.
 *
 * @category limits
 * @since 0.1.0
 */
export const stallGrace: Duration.Duration = Duration.seconds(5)

/**
 * Most HTTP/2 sessions at the same time.
 *
 * @category limits
 * @since 0.1.0
 */
export const sessionsMax = 4_096

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

/**
 * Time between checks that the store can be reached.
 *
 * @category limits
 * @since 0.1.0
 */
export const readinessInterval: Duration.Duration = Duration.seconds(5)

/**
 * Longest time for the store to confirm that it can be reached.
 *
 * @category limits
 * @since 0.1.0
 */
export const readinessTimeout: Duration.Duration = Duration.seconds(2)

/**
 * Most watches of `grpc.health.v1` at the same time, from all clients: they need no key.
 *
 * @category limits
 * @since 0.1.0
 */
export const healthWatchesMax = 256

/**
 * Most of them from one address; of IPv6, from one network of 64 bits.
 *
 * @category limits
 * @since 0.1.0
 */
export const healthWatchesPerAddressMax = 32

/**
 * Time before the expiry of a certificate at which warnings begin.
 *
 * @category limits
 * @since 0.1.0
 */
export const certificateNotice: Duration.Duration = Duration.days(7)

/**
 * Time between looks at the files of the certificate.
 *
 * @category limits
 * @since 0.1.0
 */
export const certificateInterval: Duration.Duration = Duration.seconds(10)

/**
 * Most connections to PostgreSQL at the same time.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresConnectionsMax = 10

/**
 * Connections left to readers and to the readiness check, however many write.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresConnectionsToRead = 2

/**
 * Most writes to one microgrid that an instance has at work in PostgreSQL at the same time: one lost connection does
 * not hold up all.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresWritesPerMicrogrid = 2

/**
 * Longest time for PostgreSQL to work on a statement, or to wait for a lock.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresStatementTimeout: Duration.Duration = Duration.seconds(10)

/**
 * Longest time for PostgreSQL to bring the tables up to date, and to wait for another instance that does.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresMigrationTimeout: Duration.Duration = Duration.minutes(30)

/**
 * Longest wait of a PostgreSQL transaction for its next statement. Only bringing the tables up to date takes several
 * statements: an instance that stands still in the midst of it holds up the others for no longer.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresTransactionIdleMax: Duration.Duration = Duration.seconds(15)

/**
 * Most retries to bring the tables of PostgreSQL up to date while writers are in the way.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresMigrationTries = 5

/**
 * Longest time for an operation of the store on PostgreSQL before it counts as failed.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresTimeout: Duration.Duration = Duration.seconds(15)

/**
 * Longest time that a connection to PostgreSQL may leave a question unanswered before it is given up.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresAnswerTimeout: Duration.Duration = Duration.seconds(15)

/**
 * Time between looks at the connections to PostgreSQL.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresLookInterval: Duration.Duration = Duration.seconds(5)

/**
 * Time between polls for changes without a notification, and between checks that the listening connection hears.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresPollInterval: Duration.Duration = Duration.seconds(5)

/**
 * Most notifications of PostgreSQL that wait to be looked at; beyond, the oldest are dropped.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresHintsMax = 4_096

/**
 * Longest time for connections to PostgreSQL to close before they are cut.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresCloseTimeout: Duration.Duration = Duration.seconds(2)
