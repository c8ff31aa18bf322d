/** The limits on PostgreSQL; part of `ServiceLimits`. */
import { Duration } from "effect"

/**
 * Most connections to PostgreSQL at the same time. Beyond, operations wait for one to be free. Set by
 * `connectionsMax`.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresConnectionsMax = 10

/**
 * Connections left to readers and to the readiness check, however many write. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresConnectionsToRead = 2

/**
 * Most writes to one microgrid that an instance has at work in PostgreSQL at the same time: one lost connection does
 * not hold up all. The others wait. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresWritesPerMicrogrid = 2

/**
 * Longest time for PostgreSQL to work on a statement, or to wait for a lock. After it the statement fails. Cannot be
 * set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresStatementTimeout: Duration.Duration = Duration.seconds(10)

/**
 * Longest time for PostgreSQL to bring the tables up to date, and to wait for another instance that does. After it
 * the store cannot be used. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresMigrationTimeout: Duration.Duration = Duration.minutes(30)

/**
 * Longest wait of a PostgreSQL transaction for its next statement. Only bringing the tables up to date takes several
 * statements: an instance that stands still in the midst of it holds up the others for no longer. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresTransactionIdleMax: Duration.Duration = Duration.seconds(15)

/**
 * Longest time for which a connection may hold a lock that others wait for while its instance says nothing. After it
 * another instance ends it. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresSilentHolderMax: Duration.Duration = Duration.seconds(2)

/**
 * Time after which PostgreSQL asks a silent connection of an instance if it is still there; it gives it up after three
 * unanswered questions, of which each has as long as `postgresProbeInterval`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresProbeDelay: Duration.Duration = Duration.seconds(5)

/**
 * Longest wait of PostgreSQL for the answer to such a question. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresProbeInterval: Duration.Duration = Duration.seconds(2)

/**
 * Most retries to bring the tables of PostgreSQL up to date while writers are in the way. After them the store
 * cannot be used. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresMigrationTries = 5

/**
 * Longest time for an operation of the store on PostgreSQL. After it the operation counts as failed. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresTimeout: Duration.Duration = Duration.seconds(15)

/**
 * Longest time that a connection to PostgreSQL may leave a question unanswered. After it the connection is given up.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresAnswerTimeout: Duration.Duration = Duration.seconds(15)

/**
 * Time between looks at the connections to PostgreSQL. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresLookInterval: Duration.Duration = Duration.seconds(5)

/**
 * Time between polls for changes without a notification, and between checks that the listening connection hears.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresPollInterval: Duration.Duration = Duration.seconds(5)

/**
 * Most notifications of PostgreSQL that wait to be looked at. Beyond, the oldest are dropped, and polling makes up
 * for them. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresHintsMax = 4_096

/**
 * Longest time for connections to PostgreSQL to close. After it they are cut. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresCloseTimeout: Duration.Duration = Duration.seconds(2)
