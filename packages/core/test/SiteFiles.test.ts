import { DatabaseSync } from "node:sqlite"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, FileSystem, Layer, Logger, Option, Scope } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import { TestClock } from "effect/testing"
import { SiteKeeper } from "../src/internal/site/siteKeeper.ts"
import { ofInstants } from "../src/internal/timeline/executedRecord.ts"
import { layer } from "./site.ts"
import { t0 } from "./fixtures.ts"
import { noStops, recallFrom } from "./internal/site/recall.ts"
import { recallLate } from "./recallLate.ts"

const fixture = new URL("./fixtures/records-1", import.meta.url).pathname

const logged = (lines: Array<string>) =>
  Logger.layer([Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))])

/** A directory that is gone after the test. */
const directory = Effect.flatMap(FileSystem.FileSystem, (files) => files.makeTempDirectoryScoped())

const storeIn = (directory: string) =>
  Effect.map(
    Effect.provide(SitePersistence.SitePersistence, SitePersistence.layerFiles(directory)),
    Option.getOrThrow
  )

/** The records that an actor of the microgrid would find. */
const recall = Effect.fnUntraced(function* (store: KeyValueStore.KeyValueStore, microgrid: number) {
  const keeper = new SiteKeeper(KeyValueStore.prefix(store, `microgrid-${microgrid}/`), {
    recordTimeout: Duration.infinity,
    recoveredStops: noStops
  })
  const recalled = yield* recallFrom(keeper)
  const of = (id: bigint) => recalled?.remembered.find((one) => one.id === DispatchId.make(id))
  return { recalled, of, keeper }
})

/** Real files take real time. */
const rest = TestClock.withLive(Effect.sleep("30 millis"))

const actorOf = (microgrid: bigint) => DispatchingActor.make({ microgridId: MicrogridId.make(microgrid) })

describe("records in files", () => {
  it.effect(
    "S10: what release 1 wrote is read: runs, 64 executions, several microgrids, a damaged record",
    () =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const copy = `${yield* directory}/copy`
        yield* files.copy(fixture, copy)
        const store = yield* storeIn(copy)
        const one = yield* recall(store, 1)
        assert.isFalse(one.recalled?.isWhole)
        assert.deepStrictEqual(
          one.recalled?.remembered.map(({ id }) => Number(id)).sort((left, right) => left - right),
          [1, 2, 3, 4, 6, 257, 2 ** 64]
        )
        const [running] = one.of(1n)?.announced ?? []
        assert.strictEqual(running?.dispatch, one.of(1n)?.version)
        assert.deepStrictEqual(
          [running?.state, running?.occurrence.epochMilliseconds, running?.until?.epochMilliseconds],
          ["Running", t0, t0 + 5_400_000]
        )
        // Announced was the version before the one that is known.
        assert.deepStrictEqual(
          [one.of(4n)?.version?.updateTime, one.of(4n)?.announced[0]?.dispatch.updateTime],
          [9n, 1n]
        )
        const minutes = Array.from({ length: 64 }, (_, minute) => t0 + minute * 60_000)
        assert.deepStrictEqual(one.of(3n)?.executed, ofInstants(minutes))
        assert.deepStrictEqual([one.of(6n)?.version, one.of(6n)?.executed], [undefined, ofInstants([t0])])
        yield* recallLate(one.keeper, () => void one.keeper.releaseReadings())
        assert.isTrue(yield* files.exists(`${copy}/microgrid-1%2Fgroup-5.damaged.json`))
        const two = yield* recall(store, 22)
        assert.isTrue(two.recalled?.isWhole)
        assert.isNotEmpty(two.of(5n)?.announced ?? [])
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("S10: a folder of formats 3 and 4 is read: runs, notes, 64 executions, several microgrids", () =>
    Effect.forEach(["records-3", "records-4"], (format) =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const copy = `${yield* directory}/copy`
        yield* files.copy(new URL(`./fixtures/${format}`, import.meta.url).pathname, copy)
        const store = yield* storeIn(copy)
        for (const microgrid of [1, 22]) {
          const { of, recalled } = yield* recall(store, microgrid)
          assert.isTrue(recalled?.isWhole)
          assert.deepStrictEqual(recalled?.facts, { forgottenUpTo: t0 - 1_000 })
          // A note is newer than the group.
          assert.deepStrictEqual(
            of(1n)?.announced.map(({ dispatch, until }) => [dispatch, until?.epochMilliseconds]),
            [[of(1n)?.version, t0 + 5_400_000]]
          )
          assert.strictEqual(of(258n)?.announced.length, 1)
          const { recurrence } = of(258n)?.version ?? {}
          assert.strictEqual(recurrence?.timeZone, format === "records-4" ? "Europe/Berlin" : undefined)
          const minutes = Array.from({ length: 64 }, (_, minute) => t0 + minute * 60_000)
          assert.deepStrictEqual(
            of(3n)?.executed?.ranges.map(([first]) => first),
            minutes
          )
          assert.deepStrictEqual(of(6n)?.executed?.unremembered, [[t0 + 1_000, t0 + 2_000]])
          assert.deepStrictEqual(
            [of(4n)?.version?.updateTime, of(4n)?.announced[0]?.dispatch.updateTime],
            [9n, 1n]
          )
        }
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
    )
  )

  it.effect("S10: files that are none of ours are named in a warning once, and hide nothing", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* directory
      const lines: Array<string> = []
      const store = yield* storeIn(folder)
      yield* store.set("microgrid-1/group-1", "one")
      for (const name of [
        "100%.json",
        "notes.txt",
        "a b.json",
        "microgrid-1%2Fgroup-1.json.draft",
        ...["lock", "microgrid-1.lock", "microgrid-1.holder"].flatMap((name) => [name, `${name}-journal`])
      ]) {
        yield* files.writeFileString(`${folder}/${name}`, "")
      }
      yield* files.makeDirectory(`${folder}/x.json`)
      // A place of journals has no name of a record.
      yield* files.makeDirectory(`${folder}/journal`)
      const keys = Effect.provide(store.keys, logged(lines))
      yield* keys
      assert.include(yield* keys, "microgrid-1/group-1")
      assert.strictEqual(lines.length, 1)
      for (const name of ["100%.json", "notes.txt", "a b.json", "x.json"]) assert.include(lines[0], name)
      for (const name of ["lock", "holder", "draft", ": journal", ", journal"])
        assert.notInclude(lines[0], name)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("S10: the second actor of a microgrid in a directory says who has it, waits, and fails", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      const lines: Array<string> = []
      yield* Effect.gen(function* () {
        const scope = yield* Scope.make()
        yield* Scope.provide(actorOf(1n), scope)
        // Another microgrid is nobody's business.
        yield* actorOf(2n)
        const second = yield* Effect.forkChild(
          Effect.provide(Effect.flip(Effect.asVoid(actorOf(1n))), logged(lines))
        )
        yield* rest
        for (const length of ["29 seconds", "1 second"] as const) {
          assert.isUndefined(second.pollUnsafe())
          yield* TestClock.adjust(length)
          yield* rest
        }
        const refusal = yield* Fiber.join(second)
        if (refusal._tag !== "MicrogridTaken") return assert.fail(refusal.message)
        assert.strictEqual(refusal.holder?.pid, process.pid)
        assert.include(refusal.message, folder)
        assert.isTrue(lines.some((line) => line.includes(`process ${process.pid} on `)))

        const third = yield* Effect.forkChild(actorOf(1n))
        yield* rest
        assert.isUndefined(third.pollUnsafe())
        yield* Scope.close(scope, Exit.void)
        yield* TestClock.adjust("250 millis")
        yield* rest
        yield* Fiber.join(third)
      }).pipe(Effect.scoped, Effect.provide(Layer.merge(layer, SitePersistence.layerFiles(folder))))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect(
    "S10: a process of an earlier release, which locks the whole folder, excludes one, and is excluded",
    () =>
      Effect.gen(function* () {
        const folder = yield* directory
        /** As `watch` did. */
        const lockAsBefore = () => {
          const database = new DatabaseSync(`${folder}/lock`, { timeout: 0 })
          try {
            database.exec("BEGIN EXCLUSIVE")
            return database
          } catch {
            database.close()
            return undefined
          }
        }
        const lines: Array<string> = []
        yield* Effect.gen(function* () {
          const old = lockAsBefore()
          assert.isDefined(old)
          const refused = yield* Effect.forkChild(
            Effect.provide(Effect.flip(Effect.asVoid(actorOf(1n))), logged(lines))
          )
          const waiting = yield* Effect.forkChild(Effect.andThen(Effect.sleep("1 second"), actorOf(2n)))
          yield* rest
          yield* TestClock.adjust("29 seconds")
          yield* rest
          assert.isUndefined(refused.pollUnsafe())
          yield* TestClock.adjust("1 second")
          yield* rest
          const refusal = yield* Fiber.join(refused)
          assert.strictEqual(refusal._tag, "MicrogridTaken")
          assert.include(refusal.message, "a process of an earlier release")
          assert.isTrue(lines.some((line) => line.startsWith("Warn") && line.includes("an earlier release")))
          // It is gone, however that came: the lock is free, and two of this release hold it.
          old?.close()
          yield* TestClock.adjust("250 millis")
          yield* rest
          yield* Fiber.join(waiting)
          yield* actorOf(1n)
          assert.isUndefined(lockAsBefore())
        }).pipe(Effect.scoped, Effect.provide(Layer.merge(layer, SitePersistence.layerFiles(folder))))
        const free = lockAsBefore()
        assert.isDefined(free)
        free?.close()
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("S10: a lock that cannot be is warned of, and the other one is held all the same", () =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const folder = yield* directory
      const site = Layer.merge(layer, SitePersistence.layerFiles(folder))
      const begin = (lines: Array<string>) =>
        Effect.provide(Effect.scoped(Effect.exit(actorOf(1n))), [site, logged(lines)])
      // No lock is possible in a folder.
      yield* files.makeDirectory(`${folder}/microgrid-1.lock`)
      const lines: Array<string> = []
      assert.isTrue(Exit.isSuccess(yield* begin(lines)))
      assert.strictEqual(lines.filter((line) => line.startsWith("Warn Another process may use")).length, 1)
      yield* files.remove(`${folder}/microgrid-1.lock`, { recursive: true })
      yield* files.writeFileString(`${folder}/lock`, "This is no database, and none of SQLite's locks.")
      yield* actorOf(1n).pipe(Effect.provide(site))
      const second = yield* Effect.forkChild(begin([]))
      yield* rest
      yield* TestClock.adjust("30 seconds")
      yield* rest
      const exit = yield* Fiber.join(second)
      assert.include(String(exit), "MicrogridTaken")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("S10: it waits for 30 s in all, however many locks are taken", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      const [earlier, other] = ["lock", "microgrid-1.lock"].map((name) => {
        const database = new DatabaseSync(`${folder}/${name}`, { timeout: 0 })
        database.exec("BEGIN EXCLUSIVE")
        return database
      })
      const site = Layer.merge(layer, SitePersistence.layerFiles(folder))
      const waiting = yield* Effect.forkChild(Effect.flip(Effect.asVoid(Effect.provide(actorOf(1n), site))))
      yield* rest
      yield* TestClock.adjust("20 seconds")
      yield* rest
      earlier?.close()
      yield* TestClock.adjust("250 millis")
      yield* rest
      yield* TestClock.adjust("9 seconds")
      yield* rest
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* rest
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "MicrogridTaken")
      other?.close()
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("S10: one line at the start says where it is kept, or that nothing is", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      const lines: Array<string> = []
      yield* actorOf(1n).pipe(Effect.scoped, Effect.provide([layer, logged(lines)]))
      yield* actorOf(1n).pipe(
        Effect.scoped,
        Effect.provide([layer, SitePersistence.layerFiles(folder), logged(lines)])
      )
      assert.deepStrictEqual(
        lines.map((line) => line.slice(0, 18)),
        ["Info Keeps nothing", "Info Keeps what it"]
      )
      assert.include(lines[1], folder)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("S10: a layer that no actor took is warned of, after 10 s or when it goes", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      const build = (lines: Array<string>, use: Effect.Effect<unknown, unknown, Scope.Scope>) =>
        Effect.scoped(use).pipe(
          Effect.provide(Layer.provideMerge(SitePersistence.layerFiles(folder), logged(lines))),
          Effect.exit
        )
      const late: Array<string> = []
      yield* Effect.forkScoped(build(late, Effect.never))
      yield* rest
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(late, [])
      yield* TestClock.adjust("1 second")
      assert.strictEqual(late.length, 1)
      assert.include(late[0], `Warn Nothing is kept in ${folder}`)
      const gone: Array<string> = []
      yield* build(gone, Effect.void)
      assert.strictEqual(gone.length, 1)
      const taken: Array<string> = []
      yield* build(taken, Effect.provide(actorOf(1n), layer))
      assert.deepStrictEqual(
        taken.filter((line) => line.startsWith("Warn")),
        []
      )
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )
})
