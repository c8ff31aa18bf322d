/** The tables of a store in SQL, step by step. Each step is applied once, in order, and never changed afterwards. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { randomBytes } from "../randomness.ts"
import { transaction } from "./sqlDispatches.ts"
import type { Database } from "./sqlRows.ts"
import { nameIndex } from "./sqlNames.ts"
import * as SqlRewriting from "./sqlRewriting.ts"

/** The words of a database for the steps. */
interface Words {
  /** Signed, 64 bits. */
  readonly integer: string
  readonly bytes: string
  /** The end of the definition of a table. */
  readonly strict: string
  readonly keyed: string
  /** A primary key that the database gives. */
  readonly identity: string
  /** Has the ids of dispatches come from a sequence, if the database has sequences. */
  readonly sequence: ReadonlyArray<string>
}

/** Statements, or the rewriting of all stored dispatches, slice by slice. */
type Step = ReadonlyArray<string> | "Rewrite"

const steps = (words: Words): ReadonlyArray<Step> => [
  firstTables(words),
  accessTables(words),
  targetTables(words),
  "Rewrite",
  orders(words),
  extensions,
  reportTables(words),
  goneRuns(words),
  runsToldAsOne(words)
]

/** Dispatches, their changes, counters and secrets. */
const firstTables = ({ bytes, integer, keyed, strict }: Words): ReadonlyArray<string> => [
  `CREATE TABLE dispatches (
    id ${integer} PRIMARY KEY,
    microgrid_id ${integer} NOT NULL,
    type TEXT NOT NULL,
    start_time ${integer} NOT NULL,
    end_time ${integer},
    active ${integer} NOT NULL,
    dry_run ${integer} NOT NULL,
    recurring ${integer} NOT NULL,
    target TEXT NOT NULL,
    create_time ${integer} NOT NULL,
    update_time ${integer} NOT NULL,
    data ${bytes} NOT NULL
  ) ${strict}`,
  "CREATE INDEX dispatches_by_create_time ON dispatches (microgrid_id, create_time, id)",
  "CREATE INDEX dispatches_by_start_time ON dispatches (microgrid_id, start_time, id)",
  "CREATE INDEX dispatches_by_update_time ON dispatches (microgrid_id, update_time, id)",
  `CREATE TABLE changes (
    microgrid_id ${integer} NOT NULL,
    number ${integer} NOT NULL,
    kind TEXT NOT NULL,
    data ${bytes} NOT NULL,
    PRIMARY KEY (microgrid_id, number)
  ) ${keyed}`,
  `CREATE TABLE counters (name TEXT PRIMARY KEY, value ${integer} NOT NULL) ${keyed}`,
  `CREATE TABLE secrets (name TEXT PRIMARY KEY, value ${bytes} NOT NULL) ${keyed}`
]

/** Records kept for a while, audit records, and keys. */
const accessTables = ({ integer, keyed, strict }: Words): ReadonlyArray<string> => [
  `ALTER TABLE dispatches ADD COLUMN deleted_time ${integer}`,
  "CREATE INDEX dispatches_by_end_time ON dispatches (end_time) WHERE end_time IS NOT NULL",
  "CREATE INDEX dispatches_by_deleted_time ON dispatches (deleted_time) WHERE deleted_time IS NOT NULL",
  `ALTER TABLE changes ADD COLUMN time ${integer} NOT NULL DEFAULT 0`,
  "CREATE INDEX changes_by_time ON changes (time)",
  `CREATE TABLE audit (
    microgrid_id ${integer} NOT NULL,
    number ${integer} NOT NULL,
    kind TEXT NOT NULL,
    dispatch_id ${integer} NOT NULL,
    time ${integer} NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (microgrid_id, number)
  ) ${keyed}`,
  "CREATE INDEX audit_by_time ON audit (time)",
  `CREATE TABLE access_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    secret TEXT,
    microgrids TEXT NOT NULL,
    rights TEXT NOT NULL,
    created_time ${integer} NOT NULL,
    revoked_time ${integer}
  ) ${strict}`,
  `CREATE TABLE nonces (
    key_id TEXT NOT NULL,
    nonce TEXT NOT NULL,
    time ${integer} NOT NULL,
    PRIMARY KEY (key_id, nonce)
  ) ${keyed}`,
  "CREATE INDEX nonces_by_time ON nonces (time)"
]

/** Targets in a table of their own. */
const targetTables = ({ integer, keyed }: Words): ReadonlyArray<string> => [
  `CREATE TABLE targets (
    dispatch_id ${integer} NOT NULL REFERENCES dispatches (id) ON DELETE CASCADE,
    part TEXT NOT NULL,
    microgrid_id ${integer} NOT NULL,
    PRIMARY KEY (dispatch_id, part)
  ) ${keyed}`,
  "CREATE INDEX targets_by_part ON targets (microgrid_id, part, dispatch_id)",
  // An instance of an older version that still runs fails to write, instead of writing without targets.
  "ALTER TABLE dispatches DROP COLUMN target"
]

/** Ids from a sequence, and indexes without deleted dispatches. */
const orders = ({ sequence }: Words): ReadonlyArray<string> => [
  ...sequence,
  "DROP INDEX dispatches_by_create_time",
  "DROP INDEX dispatches_by_start_time",
  "DROP INDEX dispatches_by_update_time",
  ...["create_time", "start_time", "update_time"].map(
    (column) =>
      `CREATE INDEX dispatches_in_order_of_${column} ON dispatches (microgrid_id, ${column}, id) WHERE deleted_time IS NULL`
  )
]

/**
 * Rules in local time, and names. An instance of an older version that still runs fails to write: it would take a dispatch
 * in local time for a one-off, and write that back without a name.
 */
const extensions: ReadonlyArray<string> = [
  "ALTER TABLE dispatches RENAME COLUMN recurring TO recurs",
  "ALTER TABLE dispatches ADD COLUMN name TEXT",
  `CREATE UNIQUE INDEX ${nameIndex} ON dispatches (microgrid_id, name)
    WHERE name IS NOT NULL AND deleted_time IS NULL`
]

/**
 * Reports of runs. Of a run there is one row a reporter. Counts of days outlive the reports; `reports` and `days` of a
 * reporter are the numbers of its rows, since counting them would take as long as there are many.
 */
const reportTables = ({ bytes, identity, integer, keyed, strict }: Words): ReadonlyArray<string> => [
  `CREATE TABLE reporters (
    id ${identity},
    microgrid_id ${integer} NOT NULL,
    reporter TEXT NOT NULL,
    name TEXT NOT NULL,
    reports ${integer} NOT NULL,
    days ${integer} NOT NULL,
    UNIQUE (microgrid_id, reporter)
  ) ${strict}`,
  `CREATE TABLE report_epochs (
    reporter_id ${integer} NOT NULL,
    epoch ${integer} NOT NULL,
    highest ${integer} NOT NULL,
    removed ${integer} NOT NULL,
    time ${integer} NOT NULL,
    PRIMARY KEY (reporter_id, epoch)
  ) ${keyed}`,
  "CREATE INDEX report_epochs_by_time ON report_epochs (time)",
  `CREATE TABLE reports (
    reporter_id ${integer} NOT NULL,
    dispatch_id ${integer} NOT NULL,
    planned_time ${integer} NOT NULL,
    kind TEXT NOT NULL,
    microgrid_id ${integer} NOT NULL,
    epoch ${integer} NOT NULL,
    number ${integer} NOT NULL,
    verdict TEXT NOT NULL,
    time ${integer} NOT NULL,
    clock_offset ${integer},
    data ${bytes} NOT NULL,
    PRIMARY KEY (reporter_id, dispatch_id, planned_time, kind)
  ) ${keyed}`,
  "CREATE INDEX reports_in_order ON reports (microgrid_id, planned_time, dispatch_id, kind, reporter_id)",
  `CREATE INDEX reports_missed ON reports (microgrid_id, planned_time, dispatch_id, kind, reporter_id)
    WHERE verdict = 'Missed'`,
  "CREATE INDEX reports_by_dispatch ON reports (microgrid_id, dispatch_id, planned_time, kind, reporter_id)",
  "CREATE INDEX reports_by_time ON reports (microgrid_id, time)",
  `CREATE TABLE report_days (
    microgrid_id ${integer} NOT NULL,
    day ${integer} NOT NULL,
    type TEXT NOT NULL,
    reporter_id ${integer} NOT NULL,
    tally TEXT NOT NULL,
    time ${integer} NOT NULL,
    PRIMARY KEY (microgrid_id, day, type, reporter_id)
  ) ${keyed}`,
  "CREATE INDEX report_days_by_time ON report_days (microgrid_id, time)"
]

/** The runs whose reports went, with their counts; `gone` of a reporter is the number of its rows. */
const goneRuns = ({ integer, keyed }: Words): ReadonlyArray<string> => [
  `CREATE TABLE gone_runs (
    reporter_id ${integer} NOT NULL,
    day ${integer} NOT NULL,
    dispatch_id ${integer} NOT NULL,
    planned_time ${integer} NOT NULL,
    kind TEXT NOT NULL,
    microgrid_id ${integer} NOT NULL,
    epoch ${integer} NOT NULL,
    number ${integer} NOT NULL,
    type TEXT NOT NULL,
    tally TEXT NOT NULL,
    time ${integer} NOT NULL,
    PRIMARY KEY (reporter_id, day, dispatch_id, planned_time, kind)
  ) ${keyed}`,
  "CREATE INDEX gone_runs_by_time ON gone_runs (microgrid_id, time)",
  `ALTER TABLE reporters ADD COLUMN gone ${integer} NOT NULL DEFAULT 0`
]

/** Missed runs that are told as one, found by the last of them. Those of before are found by the first alone. */
const runsToldAsOne = ({ integer }: Words): ReadonlyArray<string> => [
  `ALTER TABLE reports ADD COLUMN last_time ${integer}`,
  `CREATE INDEX reports_told_as_one ON reports (microgrid_id, planned_time, dispatch_id, kind, reporter_id, last_time)
    WHERE last_time IS NOT NULL`
]

const sqlite = steps({
  integer: "INTEGER",
  bytes: "BLOB",
  strict: "STRICT",
  identity: "INTEGER PRIMARY KEY",
  keyed: "STRICT, WITHOUT ROWID",
  sequence: []
})
const postgres = steps({
  integer: "BIGINT",
  bytes: "BYTEA",
  strict: "",
  identity: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
  keyed: "",
  sequence: [
    "LOCK TABLE dispatches, counters IN ACCESS EXCLUSIVE MODE",
    "CREATE SEQUENCE dispatch_ids",
    `SELECT setval('dispatch_ids', 1 + GREATEST(
      (SELECT COALESCE(max(value), 0) FROM counters WHERE name = 'dispatch-id'),
      (SELECT COALESCE(max(id), 0) FROM dispatches)
    ), false)`,
    "DELETE FROM counters WHERE name = 'dispatch-id'",
    // An instance of an older version that still runs fails to create, instead of making an id twice.
    "ALTER TABLE counters ADD CONSTRAINT ids_come_from_a_sequence CHECK (name <> 'dispatch-id')"
  ]
})

/** The schema this program knows. */
export const layout = sqlite.length

/** Any number; instances that start together take turns by it. */
const lockOfMigrations = 7_103_548_226

/** Brings the store up to date. Gives the version found if this program is too old for it. */
export const migrate = (database: Database): Effect.Effect<number | undefined, SqlError> =>
  Effect.suspend(() => transaction(database.sql)(advance(database))).pipe(
    Effect.repeat({ while: (outcome) => outcome === "Unfinished" }),
    Effect.map((outcome) => (typeof outcome === "number" ? outcome : undefined))
  )

/** Applies all steps, or all up to and including one slice of a rewriting. */
const advance = Effect.fnUntraced(function* (database: Database) {
  const { sql } = database
  const { all, counted, setVersion, versionOf } = dialectOf(sql)
  const found = yield* versionOf(sql)
  if (found > layout) return found
  let reached = found
  let isUnfinished = false
  while (reached < layout && !isUnfinished) {
    const step = all[reached] ?? []
    if (step === "Rewrite") isUnfinished = yield* SqlRewriting.rewriteSome(database)
    else for (const statement of step) yield* sql.unsafe(statement)
    if (!isUnfinished) reached++
  }
  if (reached > found) yield* sql.unsafe(setVersion(reached))
  if (isUnfinished) return "Unfinished"
  const secret = yield* randomBytes(32)
  yield* sql`INSERT INTO secrets (name, value) VALUES ('page-tokens', ${secret}) ON CONFLICT DO NOTHING`
  for (const statement of counted) yield* sql.unsafe(statement)
  return "Done"
})

const dialectOf = (sql: SqlClient) =>
  sql.onDialectOrElse({
    pg: () => ({
      all: postgres,
      counted: [],
      versionOf: versionOfPostgres,
      setVersion: (reached: number) => `UPDATE schema_version SET version = ${reached}`
    }),
    orElse: () => ({
      all: sqlite,
      // Stepping over the ids that a restored backup has lost needs the counter, also in a backup of an empty store.
      counted: ["INSERT INTO counters (name, value) VALUES ('dispatch-id', 0) ON CONFLICT DO NOTHING"],
      versionOf: versionOfSqlite,
      setVersion: (reached: number) => `PRAGMA user_version = ${reached}`
    })
  })

const versionOfSqlite = (sql: SqlClient) =>
  Effect.map(sql<{ readonly user_version: bigint }>`PRAGMA user_version`, ([row]) =>
    Number(row?.user_version ?? 0)
  )

const versionOfPostgres = (sql: SqlClient) =>
  Effect.gen(function* () {
    yield* sql.unsafe(`SELECT pg_advisory_xact_lock(${lockOfMigrations})`)
    yield* sql`CREATE TABLE IF NOT EXISTS schema_version (one BOOLEAN PRIMARY KEY DEFAULT TRUE, version BIGINT NOT NULL)`
    yield* sql`INSERT INTO schema_version (version) VALUES (0) ON CONFLICT DO NOTHING`
    const [row] = yield* sql<{ readonly version: bigint }>`SELECT version FROM schema_version`
    return Number(row?.version ?? 0)
  })
