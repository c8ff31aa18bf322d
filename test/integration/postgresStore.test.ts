import { PgClient } from "@effect/sql-pg"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { defaultSort } from "@effect-dispatch/core/DispatchFilter"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as DispatchFormatProtobuf from "@effect-dispatch/server/DispatchFormatProtobuf"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStorePostgres from "@effect-dispatch/server/DispatchStorePostgres"
import * as DispatchStoreConformance from "@effect-dispatch/testing/DispatchStoreConformance"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Redacted, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { isAvailable, sharedPostgres } from "./postgres.ts"

const one = 1n as MicrogridId
const at = DateTime.makeUnsafe("2026-11-28T12:00:00Z")

const insert = (target: Target.Target) =>
  Effect.flatMap(DispatchStore, (store) =>
    store.insert(
      one,
      { at, by: "test" },
      (id) =>
        new Dispatch({
          id,
          type: "CHARGE",
          startTime: at,
          duration: Duration.infinity,
          target,
          active: true,
          dryRun: false,
          payload: {},
          createTime: at,
          updateTime: 0n
        })
    )
  )

/** Waits until the database, which counts with a delay, has counted so many dispatches as read. */
const settled = <E>(
  run: (statement: string) => Effect.Effect<ReadonlyArray<object>, E>,
  atLeast: number
): Effect.Effect<number, E> =>
  run(`SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS read
    FROM pg_stat_user_tables WHERE relname = 'dispatches'`).pipe(
    Effect.map(([row]) => Number((row as { readonly read: unknown }).read)),
    Effect.repeat({ schedule: Schedule.spaced("100 millis"), until: (read) => read >= atLeast, times: 50 })
  )

describe.skipIf(!isAvailable)("DispatchStorePostgres", () => {
  const server = sharedPostgres()

  const store = Layer.unwrap(
    Effect.suspend(() =>
      Effect.map(server.database, (url) => DispatchStorePostgres.layerFormat({ url: Redacted.make(url) }))
    )
  )

  describe.each([
    ["as messages of the API", DispatchFormatProtobuf.layer],
    ["in a form of another kind", DispatchStoreConformance.layerOtherForm]
  ] as const)("dispatches kept %s", (_, format) => {
    for (const each of DispatchStoreConformance.cases) {
      it.effect(each.name, () => Effect.provide(each.run, Layer.fresh(Layer.provideMerge(store, format))))
    }
  })

  it.live(
    "a listing by target reads what overlaps, not all of the microgrid, statistics or none",
    () =>
      Effect.gen(function* () {
        const url = Redacted.make(yield* server.database)
        const context = yield* Layer.build(Layer.fresh(PgClient.layer({ url, maxConnections: 1 })))
        const run = (statement: string) =>
          Effect.provideContext(
            Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)),
            context
          )
        const rare = Target.componentIds(7n)
        yield* Effect.gen(function* () {
          const inserted = yield* insert(rare)
          yield* insert(rare)
          // The others are copies of the first row that target something else.
          yield* run(`INSERT INTO dispatches (id, microgrid_id, type, start_time, active, dry_run, recurs,
              create_time, update_time, data)
            SELECT n, microgrid_id, type, start_time, active, dry_run, recurs, create_time + n, update_time, data
            FROM dispatches, generate_series(1000, 20999) AS n WHERE id = ${inserted.dispatch.id}`)
          yield* run(`INSERT INTO targets (dispatch_id, part, microgrid_id)
            SELECT id, 'BATTERY', microgrid_id FROM dispatches WHERE id >= 1000`)
          const store = yield* DispatchStore
          const page = { microgridId: one, sort: defaultSort, after: undefined, limit: 100 }
          const listed = (target: Target.Target) =>
            Effect.map(store.page({ ...page, filter: { targets: [target] } }), ({ length }) => length)
          for (const statistics of ["none", "some"]) {
            if (statistics === "some") yield* run("ANALYZE")
            const before = yield* settled(run, 0)
            for (let times = 0; times < 12; times++) {
              assert.strictEqual(yield* listed(rare), 2)
              yield* Effect.sleep("120 millis")
            }
            const read = (yield* settled(run, before + 1)) - before
            assert.isBelow(read, 1_000, `with statistics: ${statistics}`)
          }
          // That it would be seen if all were read.
          const before = yield* settled(run, 0)
          for (let times = 0; times < 12; times++) {
            yield* store.begin({ ...page, filter: { active: true } })
            yield* Effect.sleep("120 millis")
          }
          assert.isAbove((yield* settled(run, before + 1)) - before, 20_000)
        }).pipe(Effect.provide(Layer.fresh(DispatchStorePostgres.layer({ url }))))
      }).pipe(Effect.scoped),
    30_000
  )
})
