/**
 * Effect's `SqlClient` over the SQLite that comes with Node. One connection: statements run at once on the calling
 * thread, transactions take turns.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { Cache, Clock, Context, Duration, Effect, Fiber, Scope, Semaphore, Stream } from "effect"
import { SqlClient, Statement } from "effect/sql"
import type { Connection } from "effect/sql/SqlConnection"
import { classifySqliteError, SqlError } from "effect/sql/SqlError"
import { lockedDurationMax, lockedRetryDelay } from "../../ServiceLimits.ts"

/** How the file is written. */
export interface SqliteOptions {
  readonly filename: string
  /** FULL survives a power failure; NORMAL may lose the last commits to one, but never to a crash of the process. */
  readonly synchronous: "FULL" | "NORMAL"
  /** Whether the whole file is looked through for damage first. */
  readonly checked: boolean
}

/** How many prepared statements are kept. */
const statementsMax = 200

/** How long opening may wait, in milliseconds, while another process has the file. Later no statement waits. */
const openMillisMax = 5_000

/** How a transaction begins: with the lock, so that it cannot fail for want of it later. */
const beginning = "BEGIN IMMEDIATE"

type Mode = "rows" | "values" | "raw"

/** A statement with what need not be asked for again. */
interface Prepared {
  readonly statement: StatementSync
  readonly hasRows: boolean
  returnsArrays: boolean
}
type Rows = ReadonlyArray<never>
type Transform = ((rows: ReadonlyArray<never>) => ReadonlyArray<never>) | undefined

const toSqlError = (operation: string) => (cause: unknown) => {
  const code = cause as { errcode?: number; errno?: number }
  if (typeof code.errcode === "number") code.errno ??= code.errcode
  const message = isBusy(cause) ? "the database is locked by another program" : `Failed to ${operation}`
  return new SqlError({ reason: classifySqliteError(cause, { message, operation }) })
}

/** Whether SQLite says that another program holds the lock. */
const isBusy = (cause: unknown): boolean => ((cause as { errcode?: number }).errcode ?? 0) % 256 === 5

/** Opens the file, or fails with what SQLite says; the file is closed with the scope. */
export const make = Effect.fnUntraced(function* (options: SqliteOptions) {
  const database = yield* Effect.acquireRelease(
    Effect.try({ try: () => open(options), catch: toSqlError("open the database") }),
    (database) => Effect.sync(() => database.close())
  )
  const prepare = (sql: string) =>
    Effect.try({
      try: (): Prepared => {
        const statement = database.prepare(sql)
        statement.setReadBigInts(true)
        return { statement, hasRows: statement.columns().length > 0, returnsArrays: false }
      },
      catch: toSqlError("prepare")
    })
  const statements = yield* Cache.make({ capacity: statementsMax, lookup: prepare })

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
  const run = (sql: string, params: ReadonlyArray<unknown>, mode: Mode) =>
    Effect.flatMap(Cache.get(statements, sql), (statement) => execute(statement, params, mode))
  const mapped = (rows: Effect.Effect<unknown, SqlError>, transform: Transform) =>
    Effect.map(rows as Effect.Effect<Rows, SqlError>, (found) =>
      transform === undefined ? found : transform(found)
    )

  const connection = {
    execute: (sql: string, params: ReadonlyArray<unknown>, transform: Transform) =>
      mapped(run(sql, params, "rows"), transform),
    executeRaw: (sql: string, params: ReadonlyArray<unknown>) => run(sql, params, "raw"),
    executeValues: (sql: string, params: ReadonlyArray<unknown>) => run(sql, params, "values"),
    executeValuesUnprepared: (sql: string, params: ReadonlyArray<unknown>) =>
      Effect.flatMap(prepare(sql), (statement) => execute(statement, params, "values")),
    executeUnprepared: (sql: string, params: ReadonlyArray<unknown>, transform: Transform) =>
      // Whoever was given the connection for a transaction has begun it.
      sql === beginning
        ? Effect.succeed([])
        : mapped(
            Effect.flatMap(prepare(sql), (statement) => execute(statement, params, "rows")),
            transform
          ),
    executeStream: (sql: string, params: ReadonlyArray<unknown>) =>
      Stream.fromIterableEffect(run(sql, params, "rows") as Effect.Effect<Rows, SqlError>)
  } as unknown as Connection

  const turns = yield* Semaphore.make(1)
  return yield* SqlClient.make({
    driver: "sqlite-node",
    compiler: Statement.makeCompilerSqlite(),
    // Whoever has the connection has it alone, so that no statement slips into the transaction of another.
    acquirer: Effect.as(
      Effect.acquireRelease(turns.take(1), () => turns.release(1)),
      connection
    ),
    borrower: (use) => turns.withPermits(1)(use(connection)),
    transactionAcquirer: Effect.as(begun(database, turns), connection),
    beginTransaction: beginning,
    spanAttributes: [["db.system.name", "sqlite"]]
  })
})

/**
 * Takes the connection and begins a transaction. While another program holds the lock, the connection is given back to
 * those who read, and it is tried again.
 */
const begun = (database: DatabaseSync, turns: Semaphore.Semaphore): Effect.Effect<void, SqlError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const end = clock.monotonicTimeNanosUnsafe() + BigInt(Duration.toMillis(lockedDurationMax)) * 1_000_000n
      const attempt = Effect.andThen(
        restore(turns.take(1)),
        Effect.try({ try: () => database.exec(beginning), catch: toSqlError("begin") }).pipe(
          Effect.onError(() => turns.release(1))
        )
      )
      const again = (error: SqlError): Effect.Effect<void, SqlError> =>
        isBusy(error.reason.cause) && clock.monotonicTimeNanosUnsafe() < end
          ? Effect.andThen(restore(Effect.sleep(lockedRetryDelay)), Effect.catch(attempt, again))
          : Effect.fail(error)
      yield* Effect.catch(attempt, again)
      const scope = Context.getUnsafe(Fiber.getCurrent()?.context ?? Context.empty(), Scope.Scope)
      yield* Scope.addFinalizer(scope, Effect.andThen(abandon(database), turns.release(1)))
    })
  )

/** Rolls back what was begun and neither committed nor rolled back: its beginning was interrupted. */
const abandon = (database: DatabaseSync): Effect.Effect<void> =>
  Effect.sync(() => {
    if (database.isTransaction) database.exec("ROLLBACK")
  })

const open = ({ checked, filename, synchronous }: SqliteOptions): DatabaseSync => {
  const database = new DatabaseSync(filename)
  try {
    database.exec(`PRAGMA busy_timeout = ${openMillisMax}`)
    refuseForeign(database)
    database.exec("PRAGMA journal_mode = WAL")
    database.exec(`PRAGMA synchronous = ${synchronous}`)
    database.exec("PRAGMA foreign_keys = ON")
    const [row] = checked ? database.prepare("PRAGMA quick_check(1)").all() : [{ quick_check: "ok" }]
    if (row?.["quick_check"] !== "ok")
      throw Object.assign(new Error(String(row?.["quick_check"])), { errcode: 11 })
    database.exec("PRAGMA busy_timeout = 0")
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Tables that every version of a store has. */
const ownTables = ["dispatches", "changes", "counters", "secrets"]

/** Throws `ForeignFile` if there are tables, and not those of a store. */
const refuseForeign = (database: DatabaseSync): void => {
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
