import * as fs from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { DispatchService } from "@effect-dispatch/server/DispatchService"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import * as Probe from "@effect-dispatch/testing/Probe"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, Option } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Content from "../src/internal/sql/sqliteContent.ts"
import * as SqliteClient from "../src/internal/sql/sqliteClient.ts"
import * as SqliteFile from "../src/internal/sql/sqliteFile.ts"
import { SqliteDisc, syncing } from "../src/internal/sql/sqliteDisc.ts"
import { LogPace } from "../src/internal/sql/sqliteLogPace.ts"
import { atNoon, create, folder, one, serviceOver } from "./services.ts"

const over = <A, E>(filename: string, effect: Effect.Effect<A, E, DispatchService | DispatchStore>) =>
  Effect.provide(effect, serviceOver(Layer.fresh(DispatchStoreSqlite.layer({ filename }))))

/** Reads the pages of the log that are not moved yet, as its index says, from a file that is closed at the very end. */
const unmovedPages = (filename: string, closedLast: Array<number>) => {
  const file = fs.openSync(`${filename}-shm`, "r")
  closedLast.push(file)
  return () => {
    const bytes = Buffer.alloc(Content.indexBytes)
    fs.readSync(file, bytes, 0, bytes.length, 0)
    const index = Content.readIndex(bytes)
    assert.isDefined(index)
    return index.frames - index.moved
  }
}

type Synced = (cause: NodeJS.ErrnoException | null) => void

/** A disc that answers when it is told to, for the life of the scope. */
const slowDisc = Effect.gen(function* () {
  const waiting: Array<Synced> = []
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      syncing.fdatasync = ((_, done) => void waiting.push(done)) as typeof fs.fdatasync
    }),
    () =>
      Effect.sync(() => {
        syncing.fdatasync = fs.fdatasync
        for (const done of waiting) done(null)
      })
  )
  const asked = Effect.gen(function* () {
    while (waiting.length === 0) yield* Probe.settled
  })
  return {
    asked,
    answer: (cause: NodeJS.ErrnoException | null) =>
      Effect.andThen(
        asked,
        Effect.sync(() => waiting.shift()?.(cause))
      )
  }
})

const all = Effect.flatMap(DispatchService, ({ list }) =>
  Effect.map(list(one, {}), ({ dispatches }) => dispatches.map(({ dispatch }) => dispatch.id))
)

describe("a disc that takes long", () => {
  it.effect("holds up who writes, and nobody who reads; nothing is shown that it does not have", () =>
    Effect.gen(function* () {
      yield* atNoon
      const filename = join(yield* folder, "store.sqlite")
      yield* over(
        filename,
        Effect.gen(function* () {
          const store = yield* DispatchStore
          const first = yield* create()
          const disc = yield* slowDisc
          const write = yield* Effect.forkChild(create())
          yield* disc.asked
          for (let reads = 0; reads < 3; reads++) {
            assert.deepStrictEqual(yield* all, [first.id])
            assert.strictEqual(yield* store.lastChange(one), 1n)
            // A look at the store shows nothing either.
            yield* store.check
            yield* Probe.settled
          }
          assert.isUndefined(write.pollUnsafe())
          yield* disc.answer(null)
          const second = yield* Fiber.join(write)
          assert.deepStrictEqual(yield* all, [second.id, first.id])
          assert.strictEqual(yield* store.lastChange(one), 2n)
        }).pipe(Effect.scoped)
      )
    }).pipe(Effect.provide(Probe.layer), Effect.scoped)
  )

  it.effect("a disc that fails: nothing is acknowledged, shown or written any more, until a new start", () =>
    Effect.gen(function* () {
      yield* atNoon
      const filename = join(yield* folder, "store.sqlite")
      const first = yield* over(
        filename,
        Effect.gen(function* () {
          const store = yield* DispatchStore
          const first = yield* create()
          const disc = yield* slowDisc
          const write = yield* Effect.forkChild(Effect.flip(create()))
          yield* disc.answer(new Error("EIO"))
          assert.include((yield* Fiber.join(write)).message, "the disc failed to keep what was written")
          const { size } = fs.statSync(`${filename}-wal`)
          assert.include((yield* Effect.flip(create())).message, "the disc failed")
          assert.include((yield* Effect.flip(store.check)).message, "the disc failed")
          assert.strictEqual(fs.statSync(`${filename}-wal`).size, size)
          assert.deepStrictEqual(yield* all, [first.id])
          return first
        }).pipe(Effect.scoped)
      )
      yield* over(
        filename,
        Effect.gen(function* () {
          const { id } = yield* create()
          assert.isTrue(id > first.id)
        })
      )
    }).pipe(Effect.provide(Probe.layer), Effect.scoped)
  )
})

describe("the log", () => {
  for (const way of ["PASSIVE", "RESTART", "TRUNCATE"]) {
    it.live(`that another program moved (${way}) begins anew before a write, which syncs nothing then`, () =>
      Effect.gen(function* () {
        const filename = join(yield* folder, "store.sqlite")
        const closedLast = yield* SqliteFile.closedLast
        const { sql } = yield* SqliteClient.make({ filename, synchronous: "FULL", checked: true })
        const unmoved = unmovedPages(filename, closedLast)
        const begins = (write: Effect.Effect<unknown, unknown>) =>
          sql.withTransaction(
            Effect.gen(function* () {
              const pages = unmoved()
              yield* write
              return pages
            })
          )
        const write = (n: number) => sql`CREATE TABLE ${sql(`t${n}`)} (a)`
        yield* begins(write(1))
        yield* Effect.sync(() => {
          const shell = new DatabaseSync(filename)
          shell.exec(`PRAGMA wal_checkpoint(${way})`)
          shell.close()
        })
        assert.isAtMost(unmoved(), 0)
        assert.strictEqual(yield* begins(write(2)), 1)
        assert.isAbove(yield* begins(write(3)), 1)
      }).pipe(Effect.scoped, Effect.provide(Reactivity.layer))
    )
  }

  it.live("is moved into the database before it becomes long", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      const service = Layer.fresh(DispatchStoreSqlite.layer({ filename, synchronous: "NORMAL" }))
      yield* Effect.gen(function* () {
        const some = Effect.replicateEffect(
          create({ startTime: "NOW", payload: { text: "x".repeat(8_000) } }),
          1_200,
          {
            concurrency: 16,
            discard: true
          }
        )
        yield* some
        const size = fs.statSync(`${filename}-wal`).size
        assert.isBelow(size, 24_000_000)
        // That there was so much to write.
        assert.isAbove(fs.statSync(filename).size, 12_000_000)
      }).pipe(Effect.provide(serviceOver(service)))
      assert.isFalse(fs.existsSync(`${filename}-wal`))
    }).pipe(Effect.scoped)
  )

  it.live("is moved again by another worker once one has died, as on a full disc", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      const logged: Array<string> = []
      const database = yield* Effect.acquireRelease(
        Effect.sync(() => new DatabaseSync(filename)),
        (open) => Effect.sync(() => open.close())
      )
      database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER)")
      const disc = yield* SqliteDisc.make(filename)
      const move = Effect.gen(function* () {
        for (let statements = 0; statements < 1_000; statements++) disc.noteStatement()
        return yield* Effect.timeoutOption(disc.tidy({ isOver: false }), "5 seconds")
      }).pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))])))
      fs.renameSync(filename, `${filename}.old`)
      fs.mkdirSync(filename)
      yield* move
      fs.rmdirSync(filename)
      fs.renameSync(`${filename}.old`, filename)
      // The worker may end a moment after its error.
      const isMoved = () => logged.length > 1
      const moved = yield* Effect.repeat(move, { until: (done) => Option.isNone(done) || isMoved() })
      assert.isTrue(Option.isSome(moved), "a worker that has died is asked")
      assert.match(String(logged), /could not be moved.+is moved into it again/)
    }).pipe(Effect.scoped)
  )

  it("is moved as often as it has grown by some thousand pages, whatever statements write", () => {
    for (const pages of [0.5, 4, 12]) {
      const pace = new LogPace()
      let longest = 0
      for (let moves = 0; moves < 10; moves++) {
        let frames = 0
        while (!pace.isDue && frames < 100_000) {
          pace.noteStatement()
          frames += pages
        }
        pace.learn(frames, frames)
        longest = moves > 0 ? Math.max(longest, frames) : 0
      }
      assert.isBelow(longest, 1_100)
      assert.isAbove(longest, 750)
    }
  })

  it("that somebody holds on to is tried no more often for that", () => {
    const pace = new LogPace()
    let frames = 0
    for (let moves = 0; moves < 10; moves++) {
      const before = frames
      while (!pace.isDue && frames < 100_000) {
        pace.noteStatement()
        frames += 4
      }
      assert.isAtLeast(frames - before, 900)
      pace.learn(frames, 0)
    }
  })
})
