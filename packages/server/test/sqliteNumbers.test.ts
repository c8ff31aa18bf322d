import { join } from "node:path"
import { backup, DatabaseSync } from "node:sqlite"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { DispatchService } from "@effect-dispatch/server/DispatchService"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, type Scope, Stream } from "effect"
import { create, folder, one, serviceOver, two } from "./services.ts"

/** A database that is in use and can be set back. */
const scene = <A, E>(
  use: (operate: {
    readonly keep: Effect.Effect<void>
    readonly setBack: Effect.Effect<void>
    readonly logged: ReadonlyArray<string>
    /** Runs a statement in a shell. */
    readonly shell: (statement: string) => Effect.Effect<void>
  }) => Effect.Effect<A, E, DispatchService | DispatchStore | Scope.Scope>
) =>
  Effect.gen(function* () {
    const place = yield* folder
    const filename = join(place, "store.sqlite")
    const copy = async (from: string, to: string) => {
      const database = new DatabaseSync(from)
      await backup(database, to)
      database.close()
    }
    const logged: Array<string> = []
    const operate = {
      keep: Effect.promise(() => copy(filename, join(place, "backup.sqlite"))),
      setBack: Effect.promise(() => copy(join(place, "backup.sqlite"), filename)),
      logged,
      shell: (statement: string) =>
        Effect.sync(() => {
          const database = new DatabaseSync(filename)
          database.exec(statement)
          database.close()
        })
    }
    const store = Layer.fresh(DispatchStoreSqlite.layer({ filename, synchronous: "NORMAL" }))
    const log = Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))])
    return yield* Effect.provide(use(operate), Layer.provideMerge(serviceOver(store), log))
  }).pipe(Effect.scoped)

/** That something went on by a million, once. */
const assertSteps = (distance: bigint) => {
  assert.isAtLeast(Number(distance), 1_000_000)
  assert.isAtMost(Number(distance), 1_000_005)
}

const soon = () => create({ startTime: "NOW" })
const change = (id: DispatchId) =>
  Effect.flatMap(DispatchService, (service) =>
    service.update(one, id, { active: false }, { ifUpdateTime: 0n })
  )
const deletion = (id: DispatchId) => Effect.flatMap(DispatchService, (service) => service.delete(one, id))

describe("a database that is set back while it is in use", () => {
  it.live("gives the ids and numbers of changes that it has lost to nothing else, in no microgrid", () =>
    scene(({ keep, logged, setBack }) =>
      Effect.gen(function* () {
        const store = yield* DispatchStore
        const kept = yield* soon()
        yield* create({ startTime: "NOW" }, two)
        yield* keep
        const lost = yield* soon()
        const last = yield* store.lastChange(one)
        yield* setBack
        const made = yield* soon()
        assertSteps(made.id - lost.id)
        assertSteps((yield* store.lastChange(one)) - last)
        assertSteps((yield* store.lastChange(two)) - 1n)
        assert.strictEqual((yield* soon()).id, (made.id + 1n) as DispatchId)
        assert.strictEqual((yield* store.get(one, kept.id))._tag, "Some")
        assert.lengthOf(
          logged.filter((line) =>
            line.startsWith("The database was set back while it was in use, by 1 changes")
          ),
          1
        )
      })
    )
  )

  it.live("is found out by what is changed or deleted, too", () =>
    scene(({ keep, setBack }) =>
      Effect.gen(function* () {
        const kept = yield* soon()
        yield* keep
        const lost = yield* soon()
        yield* setBack
        yield* deletion(kept.id)
        assertSteps((yield* soon()).id - lost.id)
      })
    )
  )

  it.live("is found out by a look at its health, which ends all streams", () =>
    scene(({ keep, setBack }) =>
      Effect.gen(function* () {
        const { check, subscribe } = yield* DispatchService
        yield* soon()
        yield* keep
        const lost = yield* soon()
        const { changes } = yield* subscribe(one)
        const reading = yield* Effect.forkChild(Effect.flip(Stream.runDrain(changes)))
        const store = yield* DispatchStore
        const last = yield* store.lastChange(one)
        yield* setBack
        yield* check
        // Streams that begin now go on from beyond what was lost.
        assertSteps((yield* store.lastChange(one)) - last)
        assert.strictEqual((yield* Fiber.join(reading)).reason._tag, "Unavailable")
        yield* check
        assertSteps((yield* soon()).id - lost.id)
      })
    )
  )

  it.live("gives no id again that a backup of an empty store has never heard of", () =>
    scene(({ keep, setBack }) =>
      Effect.gen(function* () {
        const { check } = yield* DispatchService
        yield* keep
        const lost = yield* soon()
        yield* setBack
        yield* check
        assertSteps((yield* soon()).id - lost.id)
      })
    )
  )

  it.live(
    "is not mistaken for writes that were refused or given up, nor for another program that writes",
    () =>
      scene(({ keep, logged }) =>
        Effect.gen(function* () {
          const { check } = yield* DispatchService
          const first = yield* soon()
          const refused = Effect.flip(change(first.id))
          yield* Effect.all([soon(), refused, soon(), refused, soon()], { concurrency: "unbounded" })
          yield* Effect.all([soon(), Effect.timeoutOption(soon(), 0)], { concurrency: "unbounded" })
          yield* keep
          yield* check
          const last = yield* soon()
          assert.isAtMost(Number(last.id - first.id), 6)
          assert.deepStrictEqual(logged, [])
        })
      )
  )
})

describe("a counter that was lowered by hand", () => {
  for (const [name, lower] of [
    ["of ids", "UPDATE counters SET value = 0 WHERE name = 'dispatch-id'"],
    ["of the changes of a microgrid", "UPDATE counters SET value = 1 WHERE name = 'change-number-1'"],
    ["of all, gone", "DELETE FROM counters WHERE name <> 'retention-time' AND name <> 'changes-made'"]
  ] as const) {
    it.live(`(${name}) keeps nobody from writing, and gives nothing twice`, () =>
      scene(({ logged, shell }) =>
        Effect.gen(function* () {
          const store = yield* DispatchStore
          const before = [yield* soon(), yield* soon(), yield* soon()]
          const last = yield* store.lastChange(one)
          yield* shell(lower)
          const made = yield* Effect.all([soon(), soon(), soon()], { concurrency: "unbounded" })
          const ids = [...before, ...made].map(({ id }) => id)
          assert.strictEqual(new Set(ids).size, 6)
          assert.isTrue((yield* store.lastChange(one)) > last)
          yield* deletion(made[0].id)
          assert.lengthOf(
            logged.filter((line) => line.startsWith("A counter was lower than the numbers in use")),
            1
          )
        })
      )
    )
  }
})
