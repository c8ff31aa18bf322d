import { join } from "node:path"
import { defaultSort, type DispatchFilter, type DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import { DispatchFormat } from "@effect-dispatch/server/DispatchFormat"
import * as DispatchFormatProtobuf from "@effect-dispatch/server/DispatchFormatProtobuf"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import { pageOf } from "../src/internal/sql/sqlListing.ts"
import { migrate } from "../src/internal/sql/sqlMigrations.ts"
import * as SqliteClient from "../src/internal/sql/sqliteClient.ts"
import type { Way } from "../src/internal/sql/sqlTargets.ts"
import { after, folder, one } from "./services.ts"

/** How SQLite reads a page of an empty store: no statistics lead it. */
const planOf = Effect.fnUntraced(
  function* (filter: DispatchFilter, sort: DispatchSort, way: Way) {
    const filename = join(yield* folder, "store.sqlite")
    const { sql } = yield* SqliteClient.make({ filename, synchronous: "NORMAL", checked: false })
    yield* migrate({ sql, format: yield* DispatchFormat })
    const query = pageOf(
      sql,
      { microgridId: one, filter, sort, after: { key: 1n, id: 1n as never }, limit: 100 },
      way
    )
    const rows = yield* sql<{ readonly detail: string }>`EXPLAIN QUERY PLAN ${query}`
    return rows.map(({ detail }) => detail)
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

describe("how a listing by target is read", () => {
  const filters: ReadonlyArray<DispatchFilter> = [
    { targets },
    { targets, active: true, queries: ["CHARGE"] },
    { targets, startTime: { from: after(0) }, updateTime: { from: after(0) }, endTime: { from: after(0) } }
  ]
  it.effect("what overlaps is looked up by target, and no other dispatch is read", () =>
    Effect.gen(function* () {
      for (const filter of filters) {
        for (const sort of sorts) {
          const plan = yield* planOf(filter, sort, "ByTarget")
          assert.include(plan, "SEARCH dispatches USING INTEGER PRIMARY KEY (rowid=?)")
          assert.isTrue(
            plan.some((line) =>
              /^SEARCH targets USING .*targets_by_part \(microgrid_id=\? AND part=\?\)/.test(line)
            ),
            plan.join("\n")
          )
          assert.notMatch(plan.join("\n"), /SCAN (dispatches|targets)|dispatches_(by|in_order)/)
        }
      }
    })
  )

  it.effect("where very many overlap, the order of the listing leads, and nothing is sorted", () =>
    Effect.gen(function* () {
      for (const sort of sorts) {
        const plan = (yield* planOf({ targets }, sort, "InOrder")).join("\n")
        assert.match(plan, /SEARCH dispatches USING INDEX dispatches_in_order_of_\w+_time \(microgrid_id=\?/)
        assert.match(plan, /SEARCH targets (EXISTS )?USING PRIMARY KEY \(dispatch_id=\?\)/)
        assert.notMatch(plan, /TEMP B-TREE/)
      }
    })
  )
})
