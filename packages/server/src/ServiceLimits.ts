/**
 * What the service bounds, beyond what `WireLimits` says: every limit and its value.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"

export * from "./internal/keepingLimits.ts"

/**
 * How far in the past a start time may lie when a dispatch is created or moved: what a request takes to arrive.
 *
 * @category limits
 * @since 0.1.0
 */
export const startGrace: Duration.Duration = Duration.seconds(5)

/**
 * How many changes a stream may be behind before it is ended.
 *
 * @category limits
 * @since 0.1.0
 */
export const streamBacklogMax = 4_096

/**
 * How long a call other than a stream may take, and how long the message of any call may take to arrive.
 *
 * @category limits
 * @since 0.1.0
 */
export const callDuration: Duration.Duration = Duration.seconds(60)

/**
 * From when on a message that has not arrived as a whole counts as slow.
 *
 * @category limits
 * @since 0.1.0
 */
export const slowMessageAge: Duration.Duration = Duration.seconds(5)

/**
 * Most slow messages at the same time, from whomever: they are held in memory before it is known who sends them.
 *
 * @category limits
 * @since 0.1.0
 */
export const slowMessagesMax = 64

/**
 * How long the rest of a request may go on that was answered already.
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
 * How often messages that arrive are looked at, whether they are late, and answers, whether they are read.
 *
 * @category limits
 * @since 0.1.0
 */
export const arrivalLookInterval: Duration.Duration = Duration.seconds(1)

/**
 * How often an HTTP/2 session is asked whether it lives.
 *
 * @category limits
 * @since 0.1.0
 */
export const pingInterval: Duration.Duration = Duration.seconds(30)

/**
 * How long a session may take to answer, or to agree on encryption, before it is destroyed.
 *
 * @category limits
 * @since 0.1.0
 */
export const pingTimeout: Duration.Duration = Duration.seconds(10)

/**
 * How long open calls may go on after a shutdown has begun.
 *
 * @category limits
 * @since 0.1.0
 */
export const shutdownGrace: Duration.Duration = Duration.seconds(5)

/**
 * How many dispatches of a page are read from the store at once.
 *
 * @category limits
 * @since 0.1.0
 */
export const dispatchesReadMax = 256

/**
 * How many rows of targets a listing by target looks up and sorts. Where more match, it walks in its order instead, and
 * looks at the targets of each dispatch.
 *
 * @category limits
 * @since 0.1.0
 */
export const targetsSortedMax = 4_000

/**
 * How many changes are read from the store at once.
 *
 * @category limits
 * @since 0.1.0
 */
export const changesAtOnce = 256

/**
 * How long to wait before a store that is away is asked again for changes.
 *
 * @category limits
 * @since 0.1.0
 */
export const feedRetryDelay: Duration.Duration = Duration.seconds(1)

/**
 * How often the keys are read again, so that a revoked one opens nothing for longer than that.
 *
 * @category limits
 * @since 0.1.0
 */
export const keyRefreshInterval: Duration.Duration = Duration.seconds(15)

/**
 * How far the time of a signature may be from the present, before or after.
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
 * How long a stream that was ended may take to hand over what is left, before it is cut off.
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
 * How many megabytes one HTTP/2 session may hold, above all of answers that wait to be read: the largest page for each
 * call that a key may have open, and as much again. Beyond that Node refuses calls, and after 100 of them ends the session.
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
 * How often the store is asked whether it can be reached.
 *
 * @category limits
 * @since 0.1.0
 */
export const readinessInterval: Duration.Duration = Duration.seconds(5)

/**
 * How long the store may take to say that it can be reached.
 *
 * @category limits
 * @since 0.1.0
 */
export const readinessTimeout: Duration.Duration = Duration.seconds(2)

/**
 * Most watches of `grpc.health.v1` at the same time, from whomever: they need no key.
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
 * How long before a certificate expires it is warned of.
 *
 * @category limits
 * @since 0.1.0
 */
export const certificateNotice: Duration.Duration = Duration.days(7)

/**
 * How often the files of the certificate are looked at.
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
 * How many of them are left to those who read and to the look at the readiness, however many write.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresConnectionsToRead = 2

/**
 * How many writes to one microgrid an instance has at work in PostgreSQL at the same time: one connection that is lost does
 * not hold up all.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresWritesPerMicrogrid = 2

/**
 * How long PostgreSQL may work on a statement, or wait for a lock.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresStatementTimeout: Duration.Duration = Duration.seconds(10)

/**
 * How long PostgreSQL may take to bring the tables up to date, and to wait for another instance that does.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresMigrationTimeout: Duration.Duration = Duration.minutes(30)

/**
 * How long a transaction of PostgreSQL may wait for its next statement. Only what brings the tables up to date is one of
 * several statements: an instance that stands still in the midst of it holds up the others for no longer.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresTransactionIdleMax: Duration.Duration = Duration.seconds(15)

/**
 * How often the tables of PostgreSQL are tried again to be brought up to date, where those who write are in the way.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresMigrationTries = 5

/**
 * How long an operation of the store may take on PostgreSQL before it counts as failed.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresTimeout: Duration.Duration = Duration.seconds(15)

/**
 * How long a connection to PostgreSQL may leave a question unanswered before it is given up.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresAnswerTimeout: Duration.Duration = Duration.seconds(15)

/**
 * How often connections to PostgreSQL are looked at.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresLookInterval: Duration.Duration = Duration.seconds(5)

/**
 * How often PostgreSQL is asked for changes that no notification told of, and whether the connection that listens hears.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresPollInterval: Duration.Duration = Duration.seconds(5)

/**
 * Most notifications of PostgreSQL that wait to be looked at; of more, the oldest are dropped.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresHintsMax = 4_096

/**
 * How long connections to PostgreSQL may take to be closed before they are cut.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresCloseTimeout: Duration.Duration = Duration.seconds(2)
