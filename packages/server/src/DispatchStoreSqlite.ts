/**
 * Dispatches in one SQLite file, for a service of one process.
 *
 * @since 0.1.0
 */
import { randomBytes } from "node:crypto"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { fromBinary, toBinary } from "@bufbuild/protobuf"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import { DispatchSchema } from "@effect-dispatch/api/Protobuf"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchFilter, TimeInterval } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { Effect, Layer, Option, Result, type Scope } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import { type Change, DispatchStore, type PageQuery, StoreError, StoreUnusable } from "./DispatchStore.ts"
import { parseQuery, sortKey } from "./internal/listing.ts"
import * as SqliteClient from "./internal/sqliteClient.ts"

/**
 * Where the file is and how it is written.
 *
 * @category models
 * @since 0.1.0
 */
export interface SqliteStoreOptions {
  /** Path of the file; it is made, with its folder, if there is none. */
  readonly filename: string
  /** FULL, the default, survives a power failure; NORMAL is faster and may lose the last commits to one. */
  readonly synchronous?: "FULL" | "NORMAL" | undefined
}

/**
 * A store in a file, for one process at a time: a second one is refused, and told which process has it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: SqliteStoreOptions): Layer.Layer<DispatchStore, StoreUnusable> =>
  Layer.effect(DispatchStore, make(options)).pipe(Layer.provide(Reactivity.layer))

const make = Effect.fnUntraced(function* ({ filename, synchronous = "FULL" }: SqliteStoreOptions) {
  yield* Effect.try({
    try: () => mkdirSync(dirname(filename), { recursive: true }),
    catch: (cause) => inaccessible(filename, cause)
  })
  const sql = yield* SqliteClient.make({ filename, synchronous }).pipe(
    Effect.mapError((error) => unusable(filename, error))
  )
  yield* sign(filename)
  yield* migrate(sql).pipe(Effect.mapError((error) => unusable(filename, error)))
  return DispatchStore.of({
    insert: (microgridId, make) => insert(sql, microgridId, make),
    modify: (microgridId, id, decide) =>
      sql
        .withTransaction(
          Effect.gen(function* () {
            const current = yield* get(sql, microgridId, id)
            if (Option.isNone(current)) return Option.none<Change>()
            const { dispatch, kind } = yield* decide(current.value)
            if (kind === "Deleted") yield* sql`DELETE FROM dispatches WHERE id = ${id}`
            else
              yield* sql`UPDATE dispatches SET ${sql.update(rowOf(microgridId, dispatch))} WHERE id = ${id}`
            return Option.some(yield* record(sql, microgridId, kind, dispatch))
          })
        )
        .pipe(Effect.mapError((error) => (isSqlError(error) ? failure(error) : error))),
    get: (microgridId, id) => Effect.mapError(get(sql, microgridId, id), failure),
    page: (query) => page(sql, query),
    count: (microgridId, filter) =>
      sql<{ readonly count: bigint }>`
        SELECT count(*) AS count FROM dispatches WHERE ${conditions(sql, microgridId, filter)}
      `.pipe(
        Effect.map(([row]) => Number(row?.count ?? 0)),
        Effect.mapError(failure)
      ),
    changesAfter: (microgridId, number, limit) =>
      sql<{ readonly number: bigint; readonly kind: Change["kind"]; readonly data: Uint8Array }>`
        SELECT number, kind, data FROM changes
        WHERE microgrid_id = ${toSigned(microgridId)} AND number > ${number} ORDER BY number LIMIT ${limit}
      `.pipe(
        Effect.map((rows) =>
          rows.map(({ data, kind, number }) => ({ microgridId, number, kind, dispatch: fromData(data) }))
        ),
        Effect.mapError(failure)
      ),
    secret: sql<{ readonly value: Uint8Array }>`SELECT value FROM secrets WHERE name = 'page-tokens'`.pipe(
      Effect.map(([row]) => new Uint8Array(row?.value ?? [])),
      Effect.mapError(failure)
    )
  })
})

/** Each step is applied once, in order, and never changed afterwards. */
const migrations: ReadonlyArray<ReadonlyArray<string>> = [
  [
    `CREATE TABLE dispatches (
      id INTEGER PRIMARY KEY,
      microgrid_id INTEGER NOT NULL,
      type TEXT NOT NULL,
      start_time INTEGER NOT NULL,
      end_time INTEGER,
      active INTEGER NOT NULL,
      dry_run INTEGER NOT NULL,
      recurring INTEGER NOT NULL,
      target TEXT NOT NULL,
      create_time INTEGER NOT NULL,
      update_time INTEGER NOT NULL,
      data BLOB NOT NULL
    ) STRICT`,
    "CREATE INDEX dispatches_by_create_time ON dispatches (microgrid_id, create_time, id)",
    "CREATE INDEX dispatches_by_start_time ON dispatches (microgrid_id, start_time, id)",
    "CREATE INDEX dispatches_by_update_time ON dispatches (microgrid_id, update_time, id)",
    `CREATE TABLE changes (
      microgrid_id INTEGER NOT NULL,
      number INTEGER NOT NULL,
      kind TEXT NOT NULL,
      data BLOB NOT NULL,
      PRIMARY KEY (microgrid_id, number)
    ) STRICT, WITHOUT ROWID`,
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID"
  ]
]

const migrate = (sql: SqlClient) =>
  sql.withTransaction(
    Effect.gen(function* () {
      const [row] = yield* sql<{ readonly user_version: bigint }>`PRAGMA user_version`
      const version = Number(row?.user_version ?? 0)
      for (const statement of migrations.slice(version).flat()) yield* sql.unsafe(statement)
      if (version < migrations.length) yield* sql.unsafe(`PRAGMA user_version = ${migrations.length}`)
      yield* sql`INSERT INTO secrets (name, value) VALUES ('page-tokens', ${randomBytes(32)}) ON CONFLICT DO NOTHING`
    })
  )

const insert = (sql: SqlClient, microgridId: MicrogridId, make: (id: DispatchId) => Dispatch) =>
  sql
    .withTransaction(
      Effect.gen(function* () {
        const dispatch = make((yield* increment(sql, "dispatch-id")) as DispatchId)
        yield* sql`INSERT INTO dispatches ${sql.insert({ id: dispatch.id, ...rowOf(microgridId, dispatch) })}`
        return yield* record(sql, microgridId, "Created", dispatch)
      })
    )
    .pipe(Effect.mapError(failure))

const increment = (sql: SqlClient, name: string) =>
  sql<{ readonly value: bigint }>`
    INSERT INTO counters (name, value) VALUES (${name}, 1)
    ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value
  `.pipe(Effect.map(([row]) => row?.value ?? 1n))

const record = (sql: SqlClient, microgridId: MicrogridId, kind: Change["kind"], dispatch: Dispatch) =>
  Effect.gen(function* () {
    const number = yield* increment(sql, `change-number-${microgridId}`)
    yield* sql`INSERT INTO changes ${sql.insert({ microgrid_id: toSigned(microgridId), number, kind, data: toData(dispatch) })}`
    return { microgridId, number, kind, dispatch } satisfies Change
  })

const get = (sql: SqlClient, microgridId: MicrogridId, id: DispatchId) =>
  id > idMax
    ? Effect.succeed(Option.none<Dispatch>())
    : sql<{ readonly data: Uint8Array }>`
        SELECT data FROM dispatches WHERE microgrid_id = ${toSigned(microgridId)} AND id = ${id}
      `.pipe(Effect.map(([row]) => (row === undefined ? Option.none() : Option.some(fromData(row.data)))))

const page = (sql: SqlClient, { after, filter, limit, microgridId, sort }: PageQuery) => {
  const column = sql(columns[sort.field])
  const ascending = sort.order === "ascending"
  const beyond =
    after === undefined
      ? sql.literal("1")
      : ascending
        ? sql`(${column}, id) > (${after.key}, ${after.id})`
        : sql`(${column}, id) < (${after.key}, ${after.id})`
  const direction = sql.literal(ascending ? "ASC" : "DESC")
  return sql<{ readonly data: Uint8Array }>`
    SELECT data FROM dispatches WHERE ${conditions(sql, microgridId, filter)} AND ${beyond}
    ORDER BY ${column} ${direction}, id ${direction} LIMIT ${limit}
  `.pipe(
    Effect.map((rows) => rows.map((row) => fromData(row.data))),
    Effect.mapError(failure)
  )
}

const columns = { startTime: "start_time", createTime: "create_time", updateTime: "update_time" } as const

/** The filter as a condition in SQL; `matches` in `internal/listing.ts` says the same of one dispatch. */
const conditions = (sql: SqlClient, microgridId: MicrogridId, filter: DispatchFilter): Fragment => {
  const all: Array<Fragment> = [sql`microgrid_id = ${toSigned(microgridId)}`]
  if (filter.active !== undefined) all.push(sql`active = ${filter.active ? 1 : 0}`)
  if (filter.dryRun !== undefined) all.push(sql`dry_run = ${filter.dryRun ? 1 : 0}`)
  if (filter.recurring !== undefined) all.push(sql`recurring = ${filter.recurring ? 1 : 0}`)
  if (filter.ids !== undefined && filter.ids.length > 0)
    all.push(
      sql.in(
        "id",
        filter.ids.filter((id) => id <= idMax)
      )
    )
  if (filter.targets !== undefined && filter.targets.length > 0)
    all.push(sql.in("target", filter.targets.map(targetKey)))
  if (filter.queries !== undefined && filter.queries.length > 0) {
    all.push(
      sql.or(
        filter.queries.map(parseQuery).map((query) => {
          if ("part" in query) return sql`instr(type, ${query.part}) > 0`
          return query.id > idMax ? sql.literal("0") : sql`id = ${query.id}`
        })
      )
    )
  }
  all.push(...within(sql, "start_time", filter.startTime, 1n))
  all.push(...within(sql, "update_time", filter.updateTime, 1_000_000n))
  const end = within(sql, "end_time", filter.endTime, 1n)
  if (end.length > 0) all.push(sql.or([sql`end_time IS NULL`, sql.and(end)]))
  return sql.and(all)
}

const within = (
  sql: SqlClient,
  column: string,
  interval: TimeInterval | undefined,
  unitsPerMilli: bigint
) => {
  const all: Array<Fragment> = []
  const name = sql(column)
  if (interval?.from !== undefined)
    all.push(sql`${name} >= ${BigInt(interval.from.epochMilliseconds) * unitsPerMilli}`)
  if (interval?.to !== undefined)
    all.push(sql`${name} < ${BigInt(interval.to.epochMilliseconds) * unitsPerMilli}`)
  return all
}

const rowOf = (microgridId: MicrogridId, dispatch: Dispatch) => ({
  microgrid_id: toSigned(microgridId),
  type: dispatch.type,
  start_time: sortKey(dispatch, { field: "startTime", order: "ascending" }),
  end_time: dispatch.endTime === undefined ? null : BigInt(dispatch.endTime.epochMilliseconds),
  active: dispatch.active ? 1 : 0,
  dry_run: dispatch.dryRun ? 1 : 0,
  recurring: dispatch.recurrence === undefined ? 0 : 1,
  target: targetKey(dispatch.target),
  create_time: BigInt(dispatch.createTime.epochMilliseconds),
  update_time: dispatch.updateTime,
  data: toData(dispatch)
})

const targetKey = (target: Target.Target): string => `${target._tag}:${Target.key(target)}`

/** Columns hold signed integers of 64 bits; ids of dispatches are never larger here. */
const idMax = 9_223_372_036_854_775_807n
const toSigned = (id: bigint): bigint => BigInt.asIntN(64, id)

/** What the service stores was validated before, so neither direction can fail. */
const toData = (dispatch: Dispatch): Uint8Array =>
  toBinary(DispatchSchema, Result.getOrThrow(DispatchCodec.encodeDispatch(dispatch)))
const fromData = (data: Uint8Array): Dispatch =>
  Result.getOrThrow(DispatchCodec.decodeDispatch(fromBinary(DispatchSchema, data)))

const isSqlError = (error: unknown): error is SqlError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError"

const failure = (error: SqlError): StoreError =>
  new StoreError({ message: `the store failed: ${error.message}`, cause: error })

/** Writes down which process has the file, for whoever is refused. */
const sign = (filename: string): Effect.Effect<void, StoreUnusable, Scope.Scope> =>
  Effect.asVoid(
    Effect.acquireRelease(
      Effect.try({
        try: () => writeFileSync(holderFile(filename), `${process.pid}\n`),
        catch: (cause) => inaccessible(filename, cause)
      }),
      () => Effect.sync(() => rmSync(holderFile(filename), { force: true }))
    )
  )

const holderFile = (filename: string): string => `${filename}.pid`

const readHolder = (filename: string): string | undefined =>
  Option.getOrUndefined(Option.liftThrowable(() => readFileSync(holderFile(filename), "utf8").trim())())

const inaccessible = (filename: string, cause: unknown): StoreUnusable =>
  new StoreUnusable({
    reason: "Inaccessible",
    message: `${filename} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`
  })

const busy = 5
const damaged = new Set([11, 26])

const unusable = (filename: string, error: SqlError): StoreUnusable => {
  const cause = error.reason.cause as { readonly errcode?: number; readonly message?: string }
  const code = (cause.errcode ?? 0) & 255
  if (code === busy) {
    const holder = readHolder(filename)
    const who = holder === undefined ? "another process" : `process ${holder}`
    return new StoreUnusable({ reason: "Locked", message: `${filename} is in use by ${who}` })
  }
  if (damaged.has(code)) {
    return new StoreUnusable({
      reason: "Damaged",
      message: `${filename} is damaged or is not a dispatch store (${cause.message}); it was left as it is`
    })
  }
  return inaccessible(filename, cause.message ?? error.message)
}
