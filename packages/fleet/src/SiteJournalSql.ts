/**
 * The journals of sites in a database.
 *
 * @since 0.1.0
 */
import type { JournalPlace } from "@effect-dispatch/core/JournalStore"
import { SiteJournal } from "@effect-dispatch/core/SiteJournal"
import { Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { type FleetError, mismatch } from "./FleetError.ts"
import * as ReporterName from "./internal/reporterName.ts"
import { nameForm } from "./internal/sql/fleetTables.ts"
import { journalTablesOf } from "./internal/sql/journalTables.ts"
import * as SqlJournal from "./internal/sql/sqlJournal.ts"

/**
 * The names of a journal in a database.
 *
 * @category models
 * @since 0.1.0
 */
export interface SiteJournalSqlOptions {
  /** The name of the reporter, for people. */
  readonly name: string
  /** Begins the names of the tables: `journal` unless given. */
  readonly prefix?: string | undefined
}

/**
 * Keeps journals in the SQLite or PostgreSQL at hand; tables are made if need be. Each actor has an epoch of its own: one
 * that still writes while another has begun disturbs nothing of it. A database that is away is waited for; a prefix
 * that cannot begin a name is a `FleetError`, and so is a name that is empty or too long.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { SiteJournal } from "@effect-dispatch/core"
 * import { SiteJournalSql } from "@effect-dispatch/fleet"
 * import { PgClient } from "@effect/sql-pg"
 * import { Effect, Layer, Option, Redacted } from "effect"
 *
 * const url = Redacted.make("postgres://site:secret@127.0.0.1:1/site")
 * const Journal = SiteJournalSql.layer({ name: "plant 7" }).pipe(Layer.provide(PgClient.layer({ url })))
 * const place = Effect.map(SiteJournal.SiteJournal, Option.map(({ place }) => place))
 * const given = Effect.runPromise(Effect.provide(place, Journal))
 * assert.deepStrictEqual(await given, Option.some("the tables of journal in a database"))
 * ```
 *
 * @see BEHAVIOUR J6
 * @category layers
 * @since 0.1.0
 */
export const layer = ({
  name,
  prefix = "journal"
}: SiteJournalSqlOptions): Layer.Layer<never, FleetError, SqlClient> =>
  Layer.effect(
    SiteJournal,
    Effect.gen(function* () {
      if (!nameForm.test(prefix)) {
        return yield* mismatch(`"${prefix}" begins no table: it is 1 to 31 of a-z, 0-9 and _, a letter first`)
      }
      yield* ReporterName.check(name)
      const sql = yield* SqlClient
      const tables = journalTablesOf(prefix)
      return Option.some<JournalPlace>({
        place: `the tables of ${prefix} in a database`,
        open: (microgridId) => SqlJournal.open(sql, tables, { microgridId, name })
      })
    })
  )
