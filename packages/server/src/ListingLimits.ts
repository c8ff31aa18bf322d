/**
 * What bounds a listing, so that no reader stops the others: every limit and its value.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"

/**
 * How long work on the thread of the service goes on before others have their turn: the length that a slice of a long
 * read aims at.
 *
 * @category limits
 * @since 0.1.0
 */
export const turnLength: Duration.Duration = Duration.millis(5)

/**
 * The same of a slice that PostgreSQL looks through, which holds up no more than its connection.
 *
 * @category limits
 * @since 0.1.0
 */
export const postgresTurnLength: Duration.Duration = Duration.millis(100)

/**
 * Rows × conditions of the first slice of a long read; the next ones are as long as their time allows.
 *
 * @category limits
 * @since 0.1.0
 */
export const conditionsFirst = 20_000

/**
 * Fewest rows that a slice of a long read looks at.
 *
 * @category limits
 * @since 0.1.0
 */
export const scanRowsMin = 16

/**
 * Most rows that a slice of a long read looks at.
 *
 * @category limits
 * @since 0.1.0
 */
export const scanRowsMax = 65_536

/**
 * Most parts of types that a statement holds. Where more are asked for, each type is looked up and tested once.
 *
 * @category limits
 * @since 0.1.0
 */
export const partsInStatementMax = 16

/**
 * Of how many types a listing remembers whether they match; beyond, they are tested again.
 *
 * @category limits
 * @since 0.1.0
 */
export const typesRememberedMax = 10_000

/**
 * How many listings one key may have at work at the same time; its others wait for these, and nobody else does.
 *
 * @category limits
 * @since 0.1.0
 */
export const listingsPerKeyMax = 2
