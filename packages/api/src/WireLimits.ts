/**
 * The limits of messages on the wire, each with its value.
 *
 * @since 0.1.0
 */

/**
 * Largest request a service reads, in bytes: 4 MiB. A larger one is refused with `ResourceExhausted`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const requestBytesMax = 4 * 1024 * 1024

/**
 * Largest answer a client reads, in bytes: 8 MiB. A larger page is asked for again, half as long; any other answer
 * fails with `ResourceExhausted`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const responseBytesMax = 8 * 1024 * 1024

/**
 * Dispatches on a page, unless the client asks for another number. The others follow on the next pages. Set by
 * `pageSize`.
 *
 * @category limits
 * @since 0.1.0
 */
export const pageSizeDefault = 100

/**
 * Most dispatches on a page. A larger size is cut to this. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const pageSizeMax = 1_000

/**
 * Most bytes of dispatches on a page: 1 MiB. A page ends before it, but holds at least one dispatch. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const pageBytesMax = 1024 * 1024

/**
 * Largest payload as JSON text in UTF-8, in bytes: 50 KB. A service refuses a larger one with `InvalidArgument`.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const payloadBytesMax = 50_000

/**
 * Deepest nesting of objects and lists in a payload, in levels, the payload itself included. A service refuses a
 * deeper one with `InvalidArgument`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const payloadDepthMax = 5

/**
 * Most components or categories in a target. A service refuses more with `InvalidArgument`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const targetsMax = 1_000

/**
 * Most ids, most queries, and most components and categories in the targets together, in the filter of a listing. A
 * service refuses more with `InvalidArgument`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const filterValuesMax = 1_000

/**
 * Longest type of a dispatch, and longest query of a listing, in characters. A service refuses a longer one with
 * `InvalidArgument`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const typeLengthMax = 256

/**
 * Largest id that a service takes: the largest signed 64-bit integer. It refuses a larger one with
 * `InvalidArgument`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const idMax = 9_223_372_036_854_775_807n

/**
 * Largest interval of a recurrence rule, in periods of its frequency. A service refuses a larger one with
 * `InvalidArgument`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const recurrenceIntervalMax = 10_000

/**
 * Largest count of a recurrence rule, in occurrences. A service refuses a larger one with `InvalidArgument`. Cannot
 * be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const recurrenceCountMax = 4_096

/**
 * Most reports of runs in a call. A service refuses more with `InvalidArgument`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reportsMax = 256

/**
 * Most ids of dispatches in a request for runs. A service refuses more with `InvalidArgument`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reportIdsMax = 100
