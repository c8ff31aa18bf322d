/**
 * The limits of journals in a database, each with its value.
 *
 * @since 0.1.0
 */

/**
 * The number of days of a journal in a database. The entries of earlier days are removed; days without an entry do not
 * count, so that a clock that was wrong for a while removes nothing. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const sqlJournalDaysMax = 90

/**
 * The number of entries that a journal in a database keeps of a microgrid. Beyond, the oldest are removed. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const sqlJournalEntriesMax = 200_000

/**
 * The number of entries after which a journal in a database looks for those to remove, as it does on each new day. So
 * many more may be there. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const sqlJournalPruneEvery = 10_000
