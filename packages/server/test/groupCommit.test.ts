import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as Target from "@effect-dispatch/core/Target"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import * as Metrics from "@effect-dispatch/server/Metrics"
import { writesAtOnce } from "@effect-dispatch/server/ServiceLimits"
import * as Probe from "@effect-dispatch/testing/Probe"
import { assert, describe, it } from "@effect/vitest"
import * as Reactivity from "effect/reactivity/Reactivity"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Metric } from "effect"
import * as GroupCommit from "../src/internal/sql/groupCommit.ts"
import * as SqlDispatches from "../src/internal/sql/sqlDispatches.ts"
import * as SqliteClient from "../src/internal/sql/sqliteClient.ts"
import { LogPace } from "../src/internal/sql/sqliteLogPace.ts"
import { folder, noon, one } from "./services.ts"

const origin = { at: noon, by: "test" }

const make =
  (type: string) =>
  (id: DispatchId): Dispatch =>
    new Dispatch({
      id,
      type,
      startTime: noon,
      duration: Duration.seconds(1),
      target: Target.componentIds(1n),
      active: true,
      dryRun: false,
      payload: {},
      createTime: noon,
      updateTime: 1n
    })

const sort = { field: "createTime", order: "ascending" } as const
const all = { microgridId: one, filter: {}, sort, after: undefined, limit: 1_000 }

const overSqlite = <A, E>(effect: Effect.Effect<A, E, DispatchStore>) =>
  Effect.gen(function* () {
    const filename = join(yield* folder, "store.sqlite")
    const store = Layer.fresh(DispatchStoreSqlite.layer({ filename }))
    return yield* Effect.provide(effect, Layer.provideMerge(store, Probe.layer))
  })

describe("writes that are committed together", () => {
  it.effect("one that fails takes none with it, and leaves nothing itself", () =>
    overSqlite(
      Effect.gen(function* () {
        const store = yield* DispatchStore
        const total = 3 * writesAtOnce
        const exits = yield* Effect.all(
          Array.from({ length: total }, (_, index) =>
            Effect.exit(
              store.insert(one, origin, (id) => {
                if (index % 3 === 0) throw new Error("broken")
                return make(`T${index}`)(id)
              })
            )
          ),
          { concurrency: "unbounded" }
        )
        const failed = exits.map(Exit.isFailure)
        assert.deepStrictEqual(
          failed,
          exits.map((_, index) => index % 3 === 0)
        )
        const held = yield* store.page(all)
        // Not even the id that was meant for it is gone.
        assert.deepStrictEqual(
          held.map(({ dispatch }) => dispatch.id),
          Array.from({ length: (total * 2) / 3 }, (_, index) => BigInt(index + 1) as DispatchId)
        )
        const changes = yield* store.changesAfter(one, 0n, 1_000)
        assert.deepStrictEqual(
          changes.map(({ number }) => number),
          held.map((_, index) => BigInt(index + 1))
        )
      })
    )
  )

  it.effect(
    "a disc that is full in the midst of a group: what is acknowledged is there, and nothing else",
    () =>
      Effect.gen(function* () {
        const filename = join(yield* folder, "full.sqlite")
        const { sql } = yield* SqliteClient.make({ filename, synchronous: "FULL", checked: false })
        const alone = SqlDispatches.transaction(sql)
        yield* alone(sql`CREATE TABLE t (id INTEGER, data BLOB)`)
        yield* alone(sql`PRAGMA max_page_count = 10`)
        const transact = yield* GroupCommit.make(alone, 8)
        const insert = (id: number, bytes: number) => sql`INSERT INTO t VALUES (${id}, zeroblob(${bytes}))`
        const writes = [insert(0, 1), Effect.fail("refused"), insert(2, 1_000_000), insert(3, 1)]
        const exits = yield* Effect.forEach(
          writes,
          (write) => Effect.exit(transact<unknown, unknown>(write)),
          {
            concurrency: "unbounded"
          }
        )
        const acknowledged = exits.flatMap((exit, id) => (Exit.isSuccess(exit) ? [id] : []))
        const kept = yield* sql<{ readonly id: bigint }>`SELECT id FROM t ORDER BY id`
        assert.deepStrictEqual(
          kept.map(({ id }) => Number(id)),
          acknowledged
        )
        // The next is served as if nothing had been.
        yield* transact(insert(4, 1))
      }).pipe(Effect.provide(Reactivity.layer), Effect.scoped)
  )

  it.effect(
    "who gives up while waiting is not served; who reads waits for no write, and reads what is committed",
    () =>
      overSqlite(
        Effect.gen(function* () {
          const store = yield* DispatchStore
          const { dispatch } = yield* store.insert(one, origin, make("FIRST"))
          const [begun, goOn] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
          const slow = store.modify(one, dispatch.id, origin, (current) =>
            Deferred.succeed(begun, undefined).pipe(
              Effect.andThen(Deferred.await(goOn)),
              Effect.as({ kind: "Updated" as const, dispatch: new Dispatch({ ...current, type: "SLOW" }) })
            )
          )
          const update = yield* Effect.forkChild(slow)
          yield* Deferred.await(begun)
          const given = yield* Effect.forkChild(store.insert(one, origin, make("GIVEN UP")))
          const kept = yield* Effect.forkChild(store.insert(one, origin, make("KEPT")))
          const read = yield* Effect.forkChild(store.page(all))
          yield* Probe.settled
          assert.strictEqual((yield* Metric.value(Metrics.writesWaiting.at())).value, 2)
          yield* Fiber.interrupt(given)
          const before = yield* Fiber.join(read)
          yield* Deferred.succeed(goOn, undefined)
          yield* Effect.all([Fiber.join(update), Fiber.join(kept)])
          const types = (yield* store.page(all)).map(({ dispatch }) => dispatch.type)
          assert.deepStrictEqual(types, ["SLOW", "KEPT"])
          assert.deepStrictEqual(
            before.map(({ dispatch }) => dispatch.type),
            ["FIRST"]
          )
        })
      )
  )

  it.live(
    "a transaction that is given up while it begins leaves nothing that the next would be part of",
    () =>
      Effect.gen(function* () {
        const filename = join(yield* folder, "store.sqlite")
        const { sql } = yield* SqliteClient.make({ filename, synchronous: "NORMAL", checked: false })
        const alone = SqlDispatches.transaction(sql)
        const insert = (id: number) => alone(sql`INSERT INTO t VALUES (${id})`)
        yield* alone(sql`CREATE TABLE t (id INTEGER)`)
        // So much is written that the log is moved before the next transaction begins.
        const pace = new LogPace()
        let count = 0
        for (pace.noteStatement(); !pace.isDue; pace.noteStatement()) yield* insert(count++)
        const given = yield* Effect.forkChild(insert(-1), { startImmediately: true })
        yield* Fiber.interrupt(given)
        // Nor does it keep another program from writing.
        const shell = new DatabaseSync(filename)
        shell.exec(`INSERT INTO t VALUES (${count++})`)
        shell.close()
        yield* insert(count)
        const kept = yield* sql<{ readonly count: bigint; readonly least: bigint }>`
        SELECT count(*) AS count, min(id) AS least FROM t`
        assert.deepStrictEqual(
          kept.map((row) => [row.count, row.least]),
          [[BigInt(count + 1), 0n]]
        )
      }).pipe(Effect.provide(Reactivity.layer), Effect.scoped)
  )

  it.effect("who gives up a write that has begun ends when it is known what came of it", () =>
    overSqlite(
      Effect.gen(function* () {
        const store = yield* DispatchStore
        const { dispatch } = yield* store.insert(one, origin, make("FIRST"))
        const [begun, goOn] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        // Its group is written again, because the other one decides to fail.
        const given = yield* Effect.forkChild(store.insert(one, origin, make("GIVEN UP")))
        const refused = yield* Effect.forkChild(
          Effect.flip(
            store.modify(one, dispatch.id, origin, () =>
              Deferred.succeed(begun, undefined).pipe(
                Effect.andThen(Deferred.await(goOn)),
                Effect.andThen(Effect.fail("refused"))
              )
            )
          )
        )
        yield* Deferred.await(begun)
        const look = Effect.andThen(Fiber.interrupt(given), store.lastChange(one))
        const found = yield* Effect.forkChild(look, { startImmediately: true })
        yield* Probe.settled
        yield* Deferred.succeed(goOn, undefined)
        assert.strictEqual(yield* Fiber.join(refused), "refused")
        assert.strictEqual(yield* Fiber.join(found), 2n)
        assert.strictEqual(yield* store.lastChange(one), 2n)
      })
    )
  )

  it.live(
    "nobody waits for ever when the store is closed while another program has the lock",
    () =>
      Effect.gen(function* () {
        const filename = join(yield* folder, "store.sqlite")
        const writes = yield* Effect.gen(function* () {
          const store = yield* DispatchStore
          yield* store.insert(one, origin, make("FIRST"))
          yield* Effect.acquireRelease(
            Effect.sync(() => {
              const shell = new DatabaseSync(filename)
              shell.exec("BEGIN IMMEDIATE")
              return shell
            }),
            (shell) => Effect.sync(() => shell.close())
          )
          const fibers = yield* Effect.replicateEffect(
            Effect.forkDetach(store.insert(one, origin, make("LATE"))),
            writesAtOnce + 6
          )
          yield* Effect.sleep("200 millis")
          return fibers
        }).pipe(Effect.provide(Layer.fresh(DispatchStoreSqlite.layer({ filename }))), Effect.scoped)
        for (const write of writes) {
          const exit = yield* Effect.timeout(Fiber.await(write), "8 seconds")
          assert.isTrue(Exit.isFailure(exit))
        }
      }).pipe(Effect.scoped),
    30_000
  )

  it.effect("nobody waits for ever when the store is closed", () =>
    Effect.gen(function* () {
      const [begun, goOn] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const writes = yield* overSqlite(
        Effect.gen(function* () {
          const store = yield* DispatchStore
          const { dispatch } = yield* store.insert(one, origin, make("FIRST"))
          const slow = store.modify(one, dispatch.id, origin, (current) =>
            Deferred.succeed(begun, undefined).pipe(
              Effect.andThen(Deferred.await(goOn)),
              Effect.as({ kind: "Updated" as const, dispatch: current })
            )
          )
          const running = yield* Effect.forkDetach(slow)
          yield* Deferred.await(begun)
          const waiting = yield* Effect.forkDetach(store.insert(one, origin, make("LATE")))
          yield* Probe.settled
          yield* Effect.forkDetach(Effect.andThen(Effect.yieldNow, Deferred.succeed(goOn, undefined)))
          return { running, waiting, store }
        })
      )
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(writes.running)))
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(writes.waiting)))
      const late = yield* Effect.forkChild(writes.store.insert(one, origin, make("TOO LATE")))
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(late)))
    })
  )
})
