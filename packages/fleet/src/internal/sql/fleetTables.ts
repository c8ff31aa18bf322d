/** The tables of a fleet, step by step. Each step is applied once, in order, and never changed afterwards. */
import { Duration, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { journalTablesOf, makeTables, type JournalTables } from "./journalTables.ts"

/** The tables of the fleet of a name. The name begins all of them, so that several fleets share a database. */
export interface Tables {
  readonly meta: string
  readonly microgrids: string
  readonly buckets: string
  readonly records: string
  readonly edges: string
  readonly runners: string
  readonly suspicions: string
  readonly journal: JournalTables
  readonly lateEntries: string
}

/** The form of a name: it becomes a part of the names of tables. */
export const nameForm = /^[a-z][a-z0-9_]{0,30}$/

export const tablesOf = (name: string): Tables => ({
  meta: `${name}_meta`,
  microgrids: `${name}_microgrids`,
  buckets: `${name}_buckets`,
  records: `${name}_records`,
  edges: `${name}_edges`,
  runners: `${name}_runners`,
  suspicions: `${name}_suspicions`,
  journal: journalTablesOf(`${name}_journal`),
  lateEntries: `${name}_journal_late`
})

const steps = (tables: Tables): ReadonlyArray<ReadonlyArray<string>> => [
  [...tablesOfOwners(tables), ...tablesOfKnowledge(tables), ...tablesOfProcesses(tables)],
  journals(tables),
  lateEntries(tables)
]

/** The places of entries that owners wrote after they had been replaced, until they are amended. */
const lateEntries = ({ lateEntries: late }: Tables): ReadonlyArray<string> => [
  `CREATE TABLE ${late} (
    microgrid VARCHAR(20) NOT NULL,
    epoch BIGINT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (microgrid, epoch, number)
  )`
]

/** Journals, and in the table of edges the status. */
const journals = ({ edges, journal }: Tables): ReadonlyArray<string> => [
  `ALTER TABLE ${edges} ADD COLUMN status TEXT`,
  ...makeTables(journal)
]

/** Microgrids and buckets, each with its owner. */
const tablesOfOwners = (tables: Tables): ReadonlyArray<string> => [
  `CREATE TABLE ${tables.microgrids} (
    id NUMERIC(20) PRIMARY KEY,
    bucket INTEGER NOT NULL,
    wanted BOOLEAN NOT NULL DEFAULT TRUE,
    parked TEXT,
    epoch BIGINT NOT NULL DEFAULT 0,
    owner TEXT,
    since TIMESTAMPTZ,
    entered TIMESTAMPTZ,
    pruned_epoch BIGINT NOT NULL DEFAULT 0,
    pruned_number BIGINT NOT NULL DEFAULT 0
  )`,
  `CREATE INDEX ${tables.microgrids}_by_bucket ON ${tables.microgrids} (bucket) WHERE wanted`,
  `CREATE TABLE ${tables.buckets} (
    bucket INTEGER PRIMARY KEY,
    epoch BIGINT NOT NULL,
    owner TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL DEFAULT now()
  )`
]

/** The records of actors, and the edges that they told. */
const tablesOfKnowledge = (tables: Tables): ReadonlyArray<string> => [
  `CREATE TABLE ${tables.records} (
    microgrid NUMERIC(20) NOT NULL,
    key TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (microgrid, key)
  )`,
  `CREATE TABLE ${tables.edges} (
    microgrid NUMERIC(20) NOT NULL,
    epoch BIGINT NOT NULL,
    number BIGINT NOT NULL,
    edge JSONB NOT NULL,
    planned_time TIMESTAMPTZ NOT NULL,
    decided_time TIMESTAMPTZ NOT NULL,
    written_time TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (microgrid, epoch, number)
  )`,
  `CREATE INDEX ${tables.edges}_by_written_time ON ${tables.edges} (written_time)`
]

/** The processes of the fleet, and what each was suspected of. */
const tablesOfProcesses = (tables: Tables): ReadonlyArray<string> => [
  `CREATE TABLE ${tables.runners} (
    address TEXT PRIMARY KEY,
    engine TEXT NOT NULL,
    started TIMESTAMPTZ NOT NULL DEFAULT now(),
    heartbeat TIMESTAMPTZ NOT NULL DEFAULT now(),
    draining BOOLEAN NOT NULL DEFAULT FALSE
  )`,
  `CREATE TABLE ${tables.suspicions} (
    bucket INTEGER NOT NULL,
    epoch BIGINT NOT NULL,
    runner TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    entered TEXT[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (bucket, epoch)
  )`,
  `CREATE INDEX ${tables.suspicions}_by_time ON ${tables.suspicions} (at)`
]

/** A length of time in SQL. */
export const seconds = (length: Duration.Duration): string =>
  `make_interval(secs => ${Duration.toSeconds(length)})`

/** The version of the tables this program knows. */
export const layout = steps(tablesOf("any")).length

/** Any number: processes that start together take turns by it. */
const lockOfMigrations = 7_103_548_227

/** Makes the tables, or brings them up to date; gives the version found if this program is too old for it. */
export const migrate = (sql: SqlClient, tables: Tables): Effect.Effect<number | undefined, SqlError> =>
  sql.withTransaction(
    Effect.gen(function* () {
      yield* sql.unsafe(`SELECT pg_advisory_xact_lock(${lockOfMigrations})`)
      yield* sql.unsafe(
        `CREATE TABLE IF NOT EXISTS ${tables.meta} (name TEXT PRIMARY KEY, value TEXT NOT NULL)`
      )
      const found = yield* layoutOf(sql, tables)
      if (found > layout) return found
      for (const statement of steps(tables).slice(found).flat()) yield* sql.unsafe(statement)
      yield* sql.unsafe(
        `INSERT INTO ${tables.meta} (name, value) VALUES ('layout', $1)
         ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value`,
        [String(layout)]
      )
      return undefined
    })
  )

/** The version of the tables that are there, made by whomever; 0 if there are none. */
export const presentLayout = (sql: SqlClient, tables: Tables): Effect.Effect<number, SqlError> =>
  Effect.flatMap(
    sql.unsafe<{ readonly there: boolean }>(`SELECT to_regclass('${tables.meta}') IS NOT NULL AS there`),
    ([row]) => (row?.there === true ? layoutOf(sql, tables) : Effect.succeed(0))
  )

const layoutOf = (sql: SqlClient, tables: Tables) =>
  Effect.map(
    sql.unsafe<{ readonly value: string }>(`SELECT value FROM ${tables.meta} WHERE name = 'layout'`),
    ([row]) => Number(row?.value ?? 0)
  )
