/**
 * Dispatches in one SQLite file, for a service of one process.
 *
 * @since 0.1.0
 */
import { Clock, Context, Effect, Layer, Semaphore } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import type { SqlError } from "effect/sql/SqlError"
import { AccessKeyStore } from "./AccessKeyStore.ts"
import { DispatchFormat } from "./DispatchFormat.ts"
import * as DispatchFormatProtobuf from "./DispatchFormatProtobuf.ts"
import { DispatchStore, StoreUnusable } from "./DispatchStore.ts"
import * as GroupCommit from "./internal/sql/groupCommit.ts"
import * as SqlAccessKeys from "./internal/sql/sqlAccessKeys.ts"
import * as SqlDispatches from "./internal/sql/sqlDispatches.ts"
import { failure } from "./internal/sql/sqlFailure.ts"
import type { Turns } from "./internal/sql/sqlPace.ts"
import * as SqlReports from "./internal/sql/sqlReports.ts"
import { layout, migrate } from "./internal/sql/sqlMigrations.ts"
import * as SqliteAccess from "./internal/sql/sqliteAccess.ts"
import * as SqliteClient from "./internal/sql/sqliteClient.ts"
import * as SqliteFile from "./internal/sql/sqliteFile.ts"
import { Numbers } from "./internal/sql/sqliteNumbers.ts"
import * as SqliteLock from "./internal/sql/sqliteLock.ts"
import { isBusy } from "./internal/sql/sqliteTransaction.ts"
import * as TransactedWrites from "./internal/sql/transactedWrites.ts"
import { Turn } from "./internal/turns.ts"
import { turnLength } from "./ListingLimits.ts"
import { ReportStore } from "./ReportStore.ts"
import { writesAtOnce, writesAtOnceNormal } from "./ServiceLimits.ts"

/**
 * The place of the file and the way it is written.
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
 * A store in a file, for one service at a time: a second one is refused with the process that has it.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { mkdtempSync } from "node:fs"
 * import { tmpdir } from "node:os"
 * import { join } from "node:path"
 * import { MicrogridId, Target } from "@effect-dispatch/core"
 * import { DispatchService, DispatchStoreSqlite } from "@effect-dispatch/server"
 * import { Effect, Layer } from "effect"
 *
 * const filename = join(mkdtempSync(join(tmpdir(), "example-")), "dispatches.sqlite")
 * const layer = Layer.provide(DispatchService.layer, DispatchStoreSqlite.layer({ filename }))
 * const run = <A, E>(program: Effect.Effect<A, E, DispatchService.DispatchService>) =>
 *   Effect.runPromise(Effect.provide(program, Layer.fresh(layer)))
 *
 * const microgridId = MicrogridId.make(1n)
 * const charge = { type: "CHARGE", startTime: "NOW", target: Target.componentIds(7n) } as const
 * const { id } = await run(DispatchService.DispatchService.use(({ create }) => create(microgridId, charge)))
 * const kept = await run(DispatchService.DispatchService.use(({ get }) => get(microgridId, id)))
 * assert.strictEqual(kept.dispatch.type, "CHARGE")
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: SqliteStoreOptions
): Layer.Layer<DispatchStore | AccessKeyStore | ReportStore, StoreUnusable> =>
  Layer.provide(layerFormat(options), DispatchFormatProtobuf.layer)

/**
 * The same, with dispatches in the form at hand.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFormat = (
  options: SqliteStoreOptions
): Layer.Layer<DispatchStore | AccessKeyStore | ReportStore, StoreUnusable, DispatchFormat> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const format = yield* DispatchFormat
      yield* prepare(options.filename)
      yield* SqliteLock.hold(options.filename)
      yield* SqliteAccess.tighten(options.filename)
      const { check: sound, file, read, sql } = yield* open({ ...options, checked: true })
      yield* Effect.addFinalizer(() => SqliteFile.confess(file))
      const atOnce = options.synchronous === "NORMAL" ? writesAtOnceNormal : writesAtOnce
      const transact = yield* GroupCommit.make(SqlDispatches.transaction(sql), atOnce)
      const turns = yield* makeTurns
      const numbers = yield* Effect.mapError(Numbers.make(sql), unusable(options.filename))
      const database = { sql, format, read }
      const writes = TransactedWrites.make(database, transact, numbers)
      const alone = SqlDispatches.transaction(sql)
      const store = SqlDispatches.make(database, writes, turns, alone)
      // A listing would fail over it; a bad one is better known at the start.
      yield* Effect.mapError(store.secret, ({ message }) => inaccessible(`${options.filename}: ${message}`))
      const check = Effect.mapError(Effect.andThen(sound, numbers.verify(alone)), failure)
      return Context.make(DispatchStore, { ...store, check, hints: numbers.hints }).pipe(
        Context.add(AccessKeyStore, SqlAccessKeys.make(sql, transact)),
        Context.add(ReportStore, SqlReports.make({ sql, transact, tidy: alone, turns }))
      )
    })
  ).pipe(Layer.provide(Reactivity.layer))

/** SQLite works on the thread of the service: all reads together have a turn, and then everybody else has one. */
const makeTurns: Effect.Effect<Turns> = Effect.gen(function* () {
  const alone = yield* Semaphore.make(1)
  const turn = new Turn(yield* Clock.Clock)
  return {
    take: (slice) => alone.withPermits(1)(Effect.ensuring(slice, turn.pass)),
    length: turnLength
  }
})

/**
 * The keys in a file, also while a service has it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerKeys = (options: SqliteStoreOptions): Layer.Layer<AccessKeyStore, StoreUnusable> =>
  Layer.effect(
    AccessKeyStore,
    Effect.gen(function* () {
      yield* prepare(options.filename)
      const { sql } = yield* open({ ...options, checked: false })
      return SqlAccessKeys.make(sql, SqlDispatches.transaction(sql))
    })
  ).pipe(Layer.provide([Reactivity.layer, DispatchFormatProtobuf.layer]))

/** Makes the file where there is none, and refuses one that no service may open. */
const prepare = Effect.fnUntraced(function* (filename: string) {
  yield* Effect.try({
    try: () => SqliteAccess.make(filename),
    catch: (cause) => SqliteLock.inaccessible(filename, cause)
  })
  yield* SqliteLock.examine(filename)
})

const inaccessible = (message: string) => new StoreUnusable({ reason: "Inaccessible", message })

const unusable =
  (filename: string) =>
  ({ reason: { cause } }: SqlError) =>
    isBusy(cause) ? SqliteLock.lockedByAnother(filename) : SqliteLock.unusableBecause(filename, cause)

const open = Effect.fnUntraced(function* ({
  checked,
  filename,
  synchronous = "FULL"
}: SqliteStoreOptions & { readonly checked: boolean }) {
  const client = yield* Effect.mapError(
    SqliteClient.make({ filename, synchronous, checked }),
    unusable(filename)
  )
  const format = yield* DispatchFormat
  const newer = yield* Effect.mapError(migrate({ sql: client.sql, format }), unusable(filename))
  if (newer !== undefined) {
    return yield* inaccessible(
      `${filename} has the format ${newer} of a newer version of this program, which knows ${layout}; it was left as it is`
    )
  }
  return client
})
