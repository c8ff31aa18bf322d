/**
 * Effect's `SqlClient` over the SQLite that comes with Node. Statements run at once on the calling thread. One
 * connection is for transactions, which take turns; one is for all reads outside of them, which wait for nobody.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { Cache, Clock, Context, Duration, Effect, Exit, Fiber, Scope, Semaphore, Stream } from "effect"
import { SqlClient, Statement } from "effect/sql"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import { lockedDurationMax, lockedRetryDelay } from "../../ServiceLimits.ts"
import type { Read, ReadDatabase } from "./sqlRows.ts"
import { errcodeOf } from "./sqlFailure.ts"
import { SqliteDisc } from "./sqliteDisc.ts"
import * as SqliteFile from "./sqliteFile.ts"
import type { OpenFile } from "./sqliteFile.ts"
import { SqliteView } from "./sqliteView.ts"
import { beginning, isBusy, toSqlError, Transaction } from "./sqliteTransaction.ts"

/** The settings for writing the file. */
export interface SqliteOptions {
  readonly filename: string
  /** FULL survives a power failure; NORMAL may lose the last commits to one, but never to a crash of the process. */
  readonly synchronous: "FULL" | "NORMAL"
  /** True if the whole file is first searched for damage, and watched from then on. */
  readonly checked: boolean
}

/** Most prepared statements that are kept. */
const statementsMax = 200

/** Longest wait to open, in milliseconds, while another process has the file. Later no statement waits. */
const openMillisMax = 5_000

/** The monotonic time since which the caller of a transaction has waited; now by default. */
export const WaitingSince = Context.Reference<bigint | undefined>(
  "@effect-dispatch/server/sqliteClient/WaitingSince",
  { defaultValue: () => undefined }
)

/** The monotonic time until which a caller that has waited since then is tried again. */
export const patienceEnds = (sinceNanos: bigint): bigint =>
  sinceNanos + BigInt(Duration.toMillis(lockedDurationMax)) * 1_000_000n

type Mode = "rows" | "values" | "raw"

/** A statement, with its properties kept. */
interface Prepared {
  readonly statement: StatementSync
  readonly hasRows: boolean
  returnsArrays: boolean
}
type Rows = ReadonlyArray<never>
type Transform = ((rows: ReadonlyArray<never>) => ReadonlyArray<never>) | undefined

/** All that takes part in a commit. */
interface Written {
  readonly disc: SqliteDisc
  readonly file: OpenFile
  readonly transaction: Transaction
  readonly view: SqliteView
}

/** Opens the file, or fails with the message of SQLite; the file is closed with the scope. */
export const make = Effect.fnUntraced(function* (options: SqliteOptions) {
  const closedLast = yield* SqliteFile.closedLast
  const database = yield* opened(() => open(options), closedAtRest)
  const reader = yield* opened(() => openToRead(options))
  const disc = yield* SqliteDisc.make(options.filename)
  const view = new SqliteView(reader)
  const file = options.checked
    ? view.following(SqliteFile.watch(options.filename, closedLast))
    : SqliteFile.unwatched
  const verify = Effect.andThen(file.verify, disc.verify)
  const tidy = Effect.suspend(() => disc.tidy({ isOver: file.isLogOver() }))
  const prepare = Effect.andThen(verify, Effect.andThen(tidy, file.usable))
  // The last connection to close moves the log into the file, if it may write: not into an overwritten one.
  yield* Effect.addFinalizer(() => Effect.catch(file.verify, () => closedAtRest(database)))
  const transaction = new Transaction(database, file.usable)
  const written: Written = { disc, file, transaction, view }
  const writing = yield* connectionOf(database, (sql, statement) => {
    disc.noteStatement()
    return transaction.guarded(sql, statement)
  })
  const reading = yield* connectionOf(reader, (_, statement) => Effect.andThen(file.usable, statement))
  const turns = yield* Semaphore.make(1)
  const sql = yield* SqlClient.make({
    driver: "sqlite-node",
    compiler: Statement.makeCompilerSqlite(),
    acquirer: Effect.succeed(reading),
    borrower: (use) => use(reading),
    // A writer has its connection alone, so that no statement slips into the transaction of another.
    transactionAcquirer: Effect.as(begun(transaction, turns, prepare), writing),
    beginTransaction: beginning,
    commit: () => committed(options, written),
    isTransaction: () => database.isTransaction,
    spanAttributes: [["db.system.name", "sqlite"]]
  })
  const check = Effect.andThen(verify, view.check)
  return { sql, check, file, read: readsOf(reader, file) }
})

const opened = (open: () => DatabaseSync, close: (database: DatabaseSync) => Effect.Effect<void> = closed) =>
  Effect.acquireRelease(Effect.try({ try: open, catch: toSqlError("open the database") }), close)

const closed = (database: DatabaseSync) =>
  Effect.sync(() => {
    if (database.isOpen) database.close()
  })

/** To close it amid a write rolls back, which a broken index forbids: it is left to the end of the process. */
const closedAtRest = (database: DatabaseSync) =>
  Effect.suspend(() => (database.isOpen && database.isTransaction ? Effect.void : closed(database)))

/** Runs statements at once, on the calling thread. */
const connectionOf = Effect.fnUntraced(function* (
  database: DatabaseSync,
  guarded: <A>(sql: string, statement: Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>
) {
  const prepare = (sql: string) =>
    Effect.try({ try: () => prepared(database, sql), catch: toSqlError("prepare") })
  // A statement that could not be prepared, since the disc failed, is prepared again the next time.
  const timeToLive = Exit.match({ onSuccess: () => Duration.infinity, onFailure: () => Duration.zero })
  const statements = yield* Cache.makeWith(prepare, { capacity: statementsMax, timeToLive })
  const run = (sql: string, params: ReadonlyArray<unknown>, mode: Mode) =>
    guarded(
      sql,
      Effect.flatMap(Cache.get(statements, sql), (statement) => execute(statement, params, mode))
    )
  const runUnprepared = (sql: string, params: ReadonlyArray<unknown>, mode: Mode) =>
    guarded(
      sql,
      Effect.flatMap(prepare(sql), (statement) => execute(statement, params, mode))
    )
  return {
    execute: (sql: string, params: ReadonlyArray<unknown>, transform: Transform) =>
      mapped(run(sql, params, "rows"), transform),
    executeRaw: (sql: string, params: ReadonlyArray<unknown>) => run(sql, params, "raw"),
    executeValues: (sql: string, params: ReadonlyArray<unknown>) => run(sql, params, "values"),
    executeValuesUnprepared: (sql: string, params: ReadonlyArray<unknown>) =>
      runUnprepared(sql, params, "values"),
    executeUnprepared: (sql: string, params: ReadonlyArray<unknown>, transform: Transform) =>
      // The holder of the connection for a transaction has begun it already.
      sql === beginning ? Effect.succeed([]) : mapped(runUnprepared(sql, params, "rows"), transform),
    executeStream: (sql: string, params: ReadonlyArray<unknown>) =>
      Stream.fromIterableEffect(run(sql, params, "rows") as Effect.Effect<Rows, SqlError>)
  } as unknown as Connection
})

/** Reads outside of transactions, each prepared when it is first run; the file was made ready by then. */
const readsOf =
  (reader: DatabaseSync, { usable }: OpenFile): ReadDatabase["read"] =>
  <Row>(text: string): Read<Row> => {
    let statement: StatementSync | undefined
    return (...values) =>
      Effect.andThen(
        usable,
        Effect.try({
          try: () => {
            statement ??= prepared(reader, text).statement
            return statement.all(...values) as ReadonlyArray<unknown> as ReadonlyArray<Row>
          },
          catch: toSqlError("execute")
        })
      )
  }

const prepared = (database: DatabaseSync, sql: string): Prepared => {
  const statement = database.prepare(sql)
  statement.setReadBigInts(true)
  return { statement, hasRows: statement.columns().length > 0, returnsArrays: false }
}

const execute = (prepared: Prepared, params: ReadonlyArray<unknown>, mode: Mode) =>
  Effect.try({
    try: (): unknown => {
      const { hasRows, statement } = prepared
      const returnsArrays = mode === "values"
      if (prepared.returnsArrays !== returnsArrays) {
        prepared.returnsArrays = returnsArrays
        statement.setReturnArrays(returnsArrays)
      }
      const values = params as Array<SQLInputValue>
      return hasRows
        ? statement.all(...values)
        : mode === "raw"
          ? statement.run(...values)
          : (statement.run(...values), [])
    },
    catch: toSqlError("execute")
  })

const mapped = (rows: Effect.Effect<unknown, SqlError>, transform: Transform) =>
  Effect.map(rows as Effect.Effect<Rows, SqlError>, (found) =>
    transform === undefined ? found : transform(found)
  )

/**
 * Takes the connection and begins a transaction. While another program holds the lock, the connection is given back,
 * and it is tried again.
 */
const begun = (
  transaction: Transaction,
  turns: Semaphore.Semaphore,
  prepared: Effect.Effect<void, SqlError>
): Effect.Effect<void, SqlError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const end = patienceEnds((yield* WaitingSince) ?? clock.monotonicTimeNanosUnsafe())
      const attempt = Effect.andThen(
        restore(turns.take(1)),
        Effect.andThen(prepared, transaction.begin).pipe(Effect.onError(() => turns.release(1)))
      )
      const again = (error: SqlError): Effect.Effect<void, SqlError> =>
        isBusy(error.reason.cause) && clock.monotonicTimeNanosUnsafe() < end
          ? Effect.andThen(restore(Effect.sleep(lockedRetryDelay)), Effect.catch(attempt, again))
          : Effect.fail(error)
      yield* Effect.catch(attempt, again)
      const scope = Context.getUnsafe(Fiber.getCurrent()?.context ?? Context.empty(), Scope.Scope)
      yield* Scope.addFinalizer(scope, Effect.ensuring(transaction.abandon, turns.release(1)))
    })
  )

/**
 * Commits. Readers see the state before until the disc has the commit, in the right file: nothing is shown that is
 * refused, or that a power failure could undo. If either fails, that is how it stays.
 */
const committed = (
  { synchronous }: SqliteOptions,
  { disc, file, transaction, view }: Written
): Effect.Effect<void, SqlError> =>
  Effect.andThen(
    Effect.andThen(file.usable, view.hold),
    Effect.onError(transaction.commit, () => view.release)
  ).pipe(
    Effect.andThen(synchronous === "FULL" ? disc.sync : Effect.void),
    Effect.andThen(view.releaseAfter(file.verify))
  )

const open = ({ checked, filename }: SqliteOptions): DatabaseSync => {
  const database = new DatabaseSync(filename)
  try {
    database.exec(`PRAGMA busy_timeout = ${openMillisMax}`)
    refuseForeign(database)
    database.exec("PRAGMA journal_mode = WAL")
    // Everything that must be synced is, but not on this thread.
    database.exec("PRAGMA synchronous = NORMAL")
    database.exec("PRAGMA wal_autocheckpoint = 0")
    database.exec("PRAGMA foreign_keys = ON")
    const [row] = checked ? database.prepare("PRAGMA quick_check(1)").all() : [{ quick_check: "ok" }]
    if (row?.["quick_check"] !== "ok")
      throw Object.assign(new Error(String(row?.["quick_check"])), { errcode: 11 })
    if (checked) moveLog(database)
    database.exec("PRAGMA busy_timeout = 0")
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * Moves pages that a crash has left in the log: from here on the index tells each time that the file is written. On a
 * full or failing disc they stay where they are, and can be read there.
 */
const moveLog = (database: DatabaseSync): void => {
  try {
    database.exec("PRAGMA wal_checkpoint(PASSIVE)")
  } catch (error) {
    if (!isOfDisc(error)) throw error
  }
}

/** SQLITE_IOERR and SQLITE_FULL. */
const isOfDisc = (error: unknown): boolean => [10, 13].includes(errcodeOf(error) & 255)

/** A second connection to what `open` has opened: it sees committed data, at moments that are decided for it. */
const openToRead = ({ filename }: SqliteOptions): DatabaseSync => {
  const database = new DatabaseSync(filename, { readOnly: true })
  // The log exists after the first look for it.
  database.prepare("SELECT 1 FROM sqlite_schema").get()
  return database
}

/** Tables that every version of a store has. */
const ownTables = ["dispatches", "changes", "counters", "secrets"]

/** Throws `ForeignFile` if there are tables, and not those of a store. */
export const refuseForeign = (database: DatabaseSync): void => {
  const tables = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .all()
    .map(({ name }) => String(name))
  if (tables.length > 0 && !ownTables.every((name) => tables.includes(name))) throw new ForeignFile(tables)
}

/** A file of SQLite that another program made. */
export class ForeignFile extends Error {
  constructor(tables: ReadonlyArray<string>) {
    const shown = tables.slice(0, 3).join(", ")
    super(`it has the tables ${shown}${tables.length > 3 ? ` and ${tables.length - 3} more` : ""}`)
  }
}
