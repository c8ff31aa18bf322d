/**
 * The limits of a listing, so that no reader stops the others, each with its value.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"

/**
 * Longest work on the thread of the service before others have their turn: the length that a slice of a long read
 * aims at. A slice that took longer is followed by a shorter one. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const turnLength: Duration.Duration = Duration.millis(5)

/**
 * The same for a slice in PostgreSQL, which holds up no more than its connection. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresTurnLength: Duration.Duration = Duration.millis(100)

/**
 * Rows × conditions of the first slice of a long read; the next ones are as long as their time allows. Cannot be
 * set.
 *
 * @category limits
 * @since 0.1.0
 */
export const conditionsFirst = 20_000

/**
 * Rows × conditions of any slice of a long read, however short it takes: the rows that follow may have more targets or
 * longer types. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const conditionsMax = 200_000

/**
 * The conditions that one more row counts for if it is looked up by its id: all its bytes may have to be passed over.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const lookupCost = 400

/**
 * Fewest rows that a slice of a long read looks at, however long it takes. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const scanRowsMin = 16

/**
 * Most rows that a slice of a long read looks at, however short it takes. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const scanRowsMax = 65_536

/**
 * Most parts of types in one statement. Beyond, each type is looked up and tested once. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const partsInStatementMax = 16

/**
 * Most types of which a listing remembers whether they match. Beyond, they are tested again. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const typesKnownMax = 10_000

/**
 * Most listings of one key at work at the same time. Its others wait for these, and nobody else does. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const listingsPerKeyMax = 2

/**
 * Most audit records of one answer. A request for more gets so many. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const auditLimitMax = 1_000
