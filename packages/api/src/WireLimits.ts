/**
 * The limits of messages on the wire, each with its value.
 *
 * @since 0.1.0
 */

/**
 * Largest request a service reads, in bytes: 4 MiB.
 *
 * @category limits
 * @since 0.1.0
 */
export const requestBytesMax = 4 * 1024 * 1024

/**
 * Largest answer a client reads, in bytes: 8 MiB.
 *
 * @category limits
 * @since 0.1.0
 */
export const responseBytesMax = 8 * 1024 * 1024

/**
 * Dispatches on a page, unless the client asks for another number.
 *
 * @category limits
 * @since 0.1.0
 */
export const pageSizeDefault = 100

/**
 * Most dispatches on a page.
 *
 * @category limits
 * @since 0.1.0
 */
export const pageSizeMax = 1_000

/**
 * A page ends before its dispatches take more bytes than this, but holds at least one: 1 MiB.
 *
 * @category limits
 * @since 0.1.0
 */
export const pageBytesMax = 1024 * 1024

/**
 * Largest payload as JSON text in UTF-8, in bytes: 50 KB.
 *
 * @category limits
 * @since 0.1.0
 */
export const payloadBytesMax = 50_000

/**
 * Deepest nesting of objects and lists in a payload, the payload itself included.
 *
 * @category limits
 * @since 0.1.0
 */
export const payloadDepthMax = 5

/**
 * Most components or categories in a target.
 *
 * @category limits
 * @since 0.1.0
 */
export const targetsMax = 1_000

/**
 * Most ids, most queries, and most components and categories in the targets together, in the filter of a listing.
 *
 * @category limits
 * @since 0.1.0
 */
export const filterValuesMax = 1_000

/**
 * Longest type of a dispatch, and longest query of a listing, in characters.
 *
 * @category limits
 * @since 0.1.0
 */
export const typeLengthMax = 256

/**
 * Largest id that a service takes: the largest signed 64-bit integer.
 *
 * @category limits
 * @since 0.1.0
 */
export const idMax = 9_223_372_036_854_775_807n

/**
 * Largest interval of a recurrence rule.
 *
 * @category limits
 * @since 0.1.0
 */
export const recurrenceIntervalMax = 10_000

/**
 * Largest count of a recurrence rule.
 *
 * @category limits
 * @since 0.1.0
 */
export const recurrenceCountMax = 4_096
