import { DatabaseSync } from "node:sqlite"
import { join } from "node:path"
import type { DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import { DispatchService, DispatchStoreSqlite } from "@effect-dispatch/server"
import { DispatchFormat } from "@effect-dispatch/server/DispatchFormat"
import * as DispatchFormatProtobuf from "@effect-dispatch/server/DispatchFormatProtobuf"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as SqliteClient from "../src/internal/sql/sqliteClient.ts"
import * as SqlListing from "../src/internal/sql/sqlListing.ts"
import { SqlPages } from "../src/internal/sql/sqlPages.ts"
import { after, atNoon, create, folder, one } from "./services.ts"

/** Lists some of four dispatches by id while something is written before their data is read; gives the ids. */
const listedWhile = Effect.fnUntraced(
  function* (sort: DispatchSort, statement: string, limit = 2) {
    yield* atNoon
    const filename = join(yield* folder, "store.sqlite")
    const layer = Layer.provide(DispatchService.layer, DispatchStoreSqlite.layer({ filename }))
    const ids = yield* Effect.provide(
      Effect.forEach([1, 2, 3, 4], (hours) => create({ startTime: after(3_600 * hours) })),
      layer
    ).pipe(Effect.map((all) => all.map(({ id }) => id)))
    const { read, sql } = yield* SqliteClient.make({ filename, synchronous: "NORMAL", checked: false })
    let turn = 0
    const writing = Effect.sync(() => {
      const database = new DatabaseSync(filename)
      database.exec(statement)
      database.close()
    })
    const take = <A, E>(slice: Effect.Effect<A, E>) =>
      Effect.andThen(++turn === 2 ? writing : Effect.void, slice)
    const { dispatches, total } = yield* SqlListing.list(
      { sql, format: yield* DispatchFormat, pages: new SqlPages({ read, sql }) },
      { take, length: Duration.millis(5) },
      { microgridId: one, filter: { ids }, sort, after: undefined, limit, isCounted: true }
    )
    assert.isAbove(turn, 1)
    assert.strictEqual(total, 4)
    return dispatches.map(({ dispatch }) => Number(dispatch.id))
  },
  Effect.provide([Reactivity.layer, DispatchFormatProtobuf.layer]),
  Effect.scoped
)

const forwards = { field: "startTime", order: "ascending" } as const
const backwards = { field: "startTime", order: "descending" } as const

describe("a listing by id while others write", () => {
  it.effect("a dispatch that moves behind others makes the page skip none of those", () =>
    Effect.gen(function* () {
      const move = "UPDATE dispatches SET start_time = start_time + 90000000 WHERE id = 1"
      assert.deepStrictEqual(yield* listedWhile(forwards, move), [2, 3])
    })
  )

  it.effect("one that moves behind others of the page is shown there", () =>
    Effect.gen(function* () {
      const move = "UPDATE dispatches SET start_time = start_time + 9000000 WHERE id = 1"
      assert.deepStrictEqual(yield* listedWhile(forwards, move, 3), [2, 3, 1])
    })
  )

  it.effect("one that moves to the front is shown, and the page goes on behind the others", () =>
    Effect.gen(function* () {
      const move = "UPDATE dispatches SET start_time = start_time + 90000000 WHERE id = 3"
      assert.deepStrictEqual(yield* listedWhile(backwards, move), [3, 4])
    })
  )

  it.effect("one that is deleted is left out, and the page is as long as asked for", () =>
    Effect.gen(function* () {
      const remove = "UPDATE dispatches SET deleted_time = 1 WHERE id = 4"
      assert.deepStrictEqual(yield* listedWhile(backwards, remove), [3, 2])
    })
  )
})
