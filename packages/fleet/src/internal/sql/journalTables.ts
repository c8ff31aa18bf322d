/** The tables of journals in a database. SQLite and PostgreSQL understand both. */

/** Their names. */
export interface JournalTables {
  readonly reporters: string
  readonly entries: string
}

/** The names that begin with a prefix. */
export const journalTablesOf = (prefix: string): JournalTables => ({
  reporters: `${prefix}_reporters`,
  entries: `${prefix}_entries`
})

/** Makes them where there are none. */
export const makeTables = ({ entries, reporters }: JournalTables): ReadonlyArray<string> => [
  `CREATE TABLE IF NOT EXISTS ${reporters} (
    microgrid VARCHAR(20) PRIMARY KEY,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    epoch BIGINT NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS ${entries} (
    microgrid VARCHAR(20) NOT NULL,
    epoch BIGINT NOT NULL,
    number BIGINT NOT NULL,
    day VARCHAR(10) NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (microgrid, epoch, number)
  )`
]
