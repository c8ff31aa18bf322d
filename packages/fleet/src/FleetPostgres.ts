/**
 * The store and the registry of a fleet in PostgreSQL.
 *
 * @since 0.1.0
 */
import type { OptionError } from "@effect-dispatch/core/Options"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import { type FleetError, mismatch, unavailable } from "./FleetError.ts"
import { FleetRegistry } from "./FleetRegistry.ts"
import { type FleetOptions, type FleetSettings, withDefaults } from "./FleetSettings.ts"
import { FleetStore } from "./FleetStore.ts"
import * as FleetMeta from "./internal/sql/fleetMeta.ts"
import { layout, migrate, nameForm, presentLayout, tablesOf } from "./internal/sql/fleetTables.ts"
import * as FleetJournal from "./internal/sql/fleetJournal.ts"
import * as SqlEdges from "./internal/sql/sqlEdges.ts"
import * as SqlOwnership from "./internal/sql/sqlOwnership.ts"
import * as SqlRecords from "./internal/sql/sqlRecords.ts"
import * as SqlRegistry from "./internal/sql/sqlRegistry.ts"
import * as SqlRunners from "./internal/sql/sqlRunners.ts"

/**
 * The name and the settings of a fleet.
 *
 * @category models
 * @since 0.1.0
 */
export interface FleetPostgresOptions extends FleetOptions {
  /** Begins the names of its tables, so that several fleets share a database: `fleet` unless given. */
  readonly name?: string | undefined
}

/**
 * Both, in the PostgreSQL at hand. The tables are made, or brought up to date, first. A fleet with other buckets, or
 * tables of a newer program, are refused by name.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { FleetPostgres, FleetRegistry } from "@effect-dispatch/fleet"
 * import { PgClient } from "@effect/sql-pg"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * const url = Redacted.make("postgres://fleet:secret@127.0.0.1:1/fleet")
 * const Fleet = FleetPostgres.layer({ name: "prod" }).pipe(Layer.provide(PgClient.layer({ url })))
 * const listed = Effect.flatMap(FleetRegistry.FleetRegistry, ({ list }) => list)
 * const error = await Effect.runPromise(Effect.flip(Effect.provide(listed, Fleet)))
 * assert.strictEqual(error._tag, "FleetError")
 * ```
 *
 * @see BEHAVIOUR F1
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: FleetPostgresOptions = {}
): Layer.Layer<FleetStore | FleetRegistry, FleetError | OptionError, PgClient.PgClient> =>
  Layer.effectContext(make(options))

/**
 * The same for a process that follows or administers a fleet: it makes no tables, and takes the number of buckets from
 * those there are.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerClient = (
  options: Omit<FleetPostgresOptions, "buckets"> = {}
): Layer.Layer<FleetStore | FleetRegistry, FleetError | OptionError, PgClient.PgClient> =>
  Layer.effectContext(makePresent(options))

const make = Effect.fnUntraced(function* ({ name = "fleet", ...options }: FleetPostgresOptions) {
  yield* checkName(name)
  const settings = yield* withDefaults(options)
  const sql = yield* PgClient.PgClient
  const tables = tablesOf(name)
  const newer = yield* Effect.mapError(migrate(sql, tables), unavailable)
  if (newer !== undefined) return yield* otherLayout(name, newer)
  yield* FleetMeta.agree(sql, tables, name, settings)
  return over(sql, name, settings)
})

const makePresent = Effect.fnUntraced(function* ({ name = "fleet", ...options }: FleetPostgresOptions) {
  yield* checkName(name)
  const sql = yield* PgClient.PgClient
  const tables = tablesOf(name)
  const found = yield* Effect.mapError(presentLayout(sql, tables), unavailable)
  if (found === 0) return yield* mismatch(`there is no fleet ${name} in this database yet`)
  if (found !== layout) return yield* otherLayout(name, found)
  const buckets = yield* FleetMeta.bucketsOf(sql, tables, name)
  return over(sql, name, yield* withDefaults({ ...options, buckets }))
})

const checkName = (name: string) =>
  nameForm.test(name)
    ? Effect.void
    : Effect.fail(
        mismatch(`"${name}" is no name of a fleet: it is 1 to 31 of a-z, 0-9 and _, a letter first`)
      )

const otherLayout = (name: string, found: number) =>
  mismatch(`the tables of fleet ${name} have layout ${found}, and this program knows ${layout}`)

const over = (sql: PgClient.PgClient, name: string, settings: FleetSettings) => {
  const tables = tablesOf(name)
  const store = FleetStore.of({
    name,
    settings,
    ...SqlEdges.make(sql, tables),
    ...FleetJournal.make(sql, tables),
    ...SqlOwnership.make(sql, tables),
    ...SqlRecords.make(sql, tables),
    ...SqlRunners.make(sql, tables, name)
  })
  const registry = FleetRegistry.of(SqlRegistry.make(sql, name, settings.buckets))
  return Context.make(FleetStore, store).pipe(Context.add(FleetRegistry, registry))
}
