import { join } from "node:path"
import { targetsMax } from "@effect-dispatch/api/WireLimits"
import { defaultSort, type DispatchFilter, type DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchFormat } from "@effect-dispatch/server/DispatchFormat"
import * as DispatchFormatProtobuf from "@effect-dispatch/server/DispatchFormatProtobuf"
import { conditionsFirst, conditionsMax } from "@effect-dispatch/server/ListingLimits"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import { amongIds, pageOf } from "../src/internal/sql/sqlListing.ts"
import { migrate } from "../src/internal/sql/sqlMigrations.ts"
import { Pace } from "../src/internal/sql/sqlPace.ts"
import * as SqlTargets from "../src/internal/sql/sqlTargets.ts"
import * as SqliteClient from "../src/internal/sql/sqliteClient.ts"
import { after, folder, one } from "./services.ts"

/** The plan by which SQLite reads from an empty store: no statistics lead it. */
const planOf = Effect.fnUntraced(
  function* (statement: (sql: SqlClient) => Fragment) {
    const filename = join(yield* folder, "store.sqlite")
    const { sql } = yield* SqliteClient.make({ filename, synchronous: "NORMAL", checked: false })
    yield* migrate({ sql, format: yield* DispatchFormat })
    const rows = yield* sql<{ readonly detail: string }>`EXPLAIN QUERY PLAN ${statement(sql)}`
    return rows.map(({ detail }) => detail).join("\n")
  },
  Effect.provide([Reactivity.layer, DispatchFormatProtobuf.layer]),
  Effect.scoped
)

const sorts: ReadonlyArray<DispatchSort> = [
  defaultSort,
  { field: "startTime", order: "ascending" },
  { field: "updateTime", order: "ascending" }
]

const targets = [Target.componentIds(1n, 2n), Target.componentCategories("BATTERY")]

const filters: ReadonlyArray<DispatchFilter> = [
  { targets },
  { targets, active: true, queries: ["CHARGE"] },
  { targets, startTime: { from: after(0) }, updateTime: { from: after(0) }, endTime: { from: after(0) } }
]

const queryOf = (filter: DispatchFilter, sort: DispatchSort) => ({
  microgridId: one,
  filter,
  sort,
  after: { key: 1n, id: 1n as never },
  limit: 100
})

describe("how a listing by target is read", () => {
  it.effect("ids are looked up by target, from an index alone", () =>
    Effect.gen(function* () {
      const plan = yield* planOf((sql) => SqlTargets.statement(sql, 1n, Target.partsOverlapping(targets)))
      assert.match(
        plan,
        /^SEARCH targets USING COVERING INDEX targets_by_part \(microgrid_id=\? AND part=\?\)/
      )
      assert.notMatch(plan, /SCAN targets/)
    })
  )

  it.effect(
    "rows are looked up by id, no other is read, and nothing is sorted, which would move all data",
    () =>
      Effect.gen(function* () {
        for (const filter of filters) {
          for (const sort of sorts) {
            const plan = yield* planOf((sql) =>
              amongIds(sql, queryOf(filter, sort), { ids: [1n, 2n], columns: ["data"] })
            )
            assert.include(plan, "SEARCH dispatches USING INTEGER PRIMARY KEY (rowid=?)")
            assert.notMatch(plan, /SCAN (dispatches|targets)|dispatches_(by|in_order)|TEMP B-TREE/)
          }
        }
      })
  )

  it.effect("where very many overlap, the order of the listing leads, and nothing is sorted", () =>
    Effect.gen(function* () {
      for (const sort of sorts) {
        const plan = yield* planOf((sql) => pageOf(sql, queryOf({ targets }, sort)))
        assert.match(plan, /SEARCH dispatches USING INDEX dispatches_in_order_of_\w+_time \(microgrid_id=\?/)
        assert.match(plan, /SEARCH targets (EXISTS )?USING PRIMARY KEY \(dispatch_id=\?\)/)
        assert.notMatch(plan, /TEMP B-TREE/)
      }
    })
  )
})

describe("the pace of a long read", () => {
  /** The rows of the first slices, which take no time. */
  const rowsOf = Effect.fnUntraced(function* (filter: DispatchFilter) {
    const turns = { take: <A, E>(slice: Effect.Effect<A, E>) => slice, length: Duration.millis(5) }
    const pace = yield* Pace.make(filter, turns, "InOrder")
    return yield* Effect.replicateEffect(
      pace.take((rows) => Effect.succeed(rows)),
      20
    )
  })

  it.effect("each row may have very many targets, so their number bounds the rows of a slice", () =>
    Effect.gen(function* () {
      const [first = 0, ...others] = yield* rowsOf({ targets })
      assert.isAtMost(first * targetsMax, conditionsFirst)
      assert.isAtMost(Math.max(...others) * targetsMax, conditionsMax)
      assert.isAbove(Math.max(...others), first)
    })
  )

  it.effect("each part of a type that is asked for bounds the rows of a slice", () =>
    Effect.gen(function* () {
      const queries = Array.from({ length: 99 }, (_, index) => `CHARGE_${index}`)
      assert.isAtMost(Math.max(...(yield* rowsOf({ queries }))) * 100, conditionsMax)
    })
  )
})
