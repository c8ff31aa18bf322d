import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchService } from "@effect-dispatch/server/DispatchService"
import { DispatchStore, type StoreUnusable } from "@effect-dispatch/server/DispatchStore"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Fiber, Layer, Stream } from "effect"
import {
  busyElsewhere,
  create,
  elsewhere,
  folder,
  heldFromManyWriters,
  heldLock,
  indexOverwritten,
  openElsewhere,
  service,
  site,
  spoilIndex
} from "./file.ts"

const refusalOf = (
  filename: string,
  layer: (
    options: DispatchStoreSqlite.SqliteStoreOptions
  ) => Layer.Layer<AccessKeyStore, StoreUnusable> = DispatchStoreSqlite.layer
) => Effect.flip(Effect.scoped(Layer.build(Layer.fresh(layer({ filename })))))

describe("A write lock that another program holds", () => {
  it.live("blocks nobody but writers, who are served when it is released", () =>
    Effect.gen(function* () {
      const { afterwards, failures, longest, nonce, reads, succeeded } = yield* heldLock({
        millis: 1_500,
        writers: 8
      })
      assert.deepStrictEqual([succeeded, failures, nonce, afterwards], [8, [], "Success", "Success"])
      assert.isAbove(reads, 30)
      assert.isBelow(longest, 500)
    })
  )

  it.live("is told of after 5 s to who writes", () =>
    Effect.gen(function* () {
      const { afterwards, failures, longest, reads, succeeded } = yield* heldLock({
        millis: 6_500,
        writers: 3
      })
      assert.strictEqual(succeeded, 0)
      assert.include(failures.join("\n"), "the database is locked by another program")
      assert.strictEqual(afterwards, "Success")
      assert.isAbove(reads, 100)
      assert.isBelow(longest, 500)
    })
  )
})

describe("A write lock that is held from many", () => {
  it.live("each waits its own 5 s, however many wait, and those whose time is not over are served", () =>
    Effect.gen(function* () {
      const { first, second } = yield* heldFromManyWriters({ many: 250, late: 10 })
      assert.deepStrictEqual([...new Set(first.map(({ _tag }) => _tag))], ["Failure"])
      for (const { took } of first) assert.isTrue(took > 4_500 && took < 6_300, `${took}`)
      assert.deepStrictEqual([...new Set(second.map(({ _tag }) => _tag))], ["Success"])
    })
  )
})

/** Accidents of the file while it is used, each with a word of the message about it. */
const accidents = {
  "the file is removed": [(file: string) => rmSync(file), "was removed"],
  "the file is replaced": [
    (file: string) => {
      copyFileSync(file, `${file}.new`)
      renameSync(`${file}.new`, file)
    },
    "was replaced"
  ],
  "the file is moved away": [(file: string) => renameSync(file, `${file}.old`), "was removed"],
  "its -wal is removed": [(file: string) => rmSync(`${file}-wal`), "-wal was removed"],
  "its -wal is replaced": [
    (file: string) => {
      copyFileSync(`${file}-wal`, `${file}-new`)
      renameSync(`${file}-new`, `${file}-wal`)
    },
    "-wal was replaced"
  ],
  "its -shm is removed": [(file: string) => rmSync(`${file}-shm`), "-shm was removed"],
  "it gets another name by a hard link": [(file: string) => linkSync(file, `${file}.hard`), "another name"],
  "a backup is copied over it": [
    (file: string) => writeFileSync(file, readFileSync(`${file}.backup`)),
    "store.sqlite was overwritten"
  ],
  "it is cut off": [(file: string) => truncateSync(file, 0), "store.sqlite was overwritten"],
  "its -shm is overwritten": [(file: string) => spoilIndex(file), "-shm was overwritten"],
  "its -wal is cut off": [(file: string) => truncateSync(`${file}-wal`, 0), "-wal was overwritten"],
  "its -wal is overwritten by as much": [
    (file: string) => writeFileSync(`${file}-wal`, Buffer.alloc(statSync(`${file}-wal`).size, 1)),
    "-wal was overwritten"
  ]
} as const

describe("A file that is removed or replaced under the service", () => {
  for (const [name, [happens, word]] of Object.entries(accidents)) {
    it.live(`${name}: not ready, no write is acknowledged, and a graceful stop does not pretend`, () =>
      Effect.gen(function* () {
        const filename = join(yield* folder, "store.sqlite")
        const logged: Array<string> = []
        const failures = yield* Effect.gen(function* () {
          const store = yield* DispatchStore
          const { list } = yield* DispatchService
          yield* create
          elsewhere(filename, `VACUUM INTO '${filename}.backup'`)
          yield* create
          yield* store.check
          assert.deepStrictEqual(logged, [])
          happens(filename)
          const failures = [yield* Effect.flip(store.check), yield* Effect.flip(create)]
          const { size } = statSync(filename, { throwIfNoEntry: false }) ?? {}
          failures.push(yield* Effect.flip(create), yield* Effect.flip(list(site, {})))
          assert.strictEqual(statSync(filename, { throwIfNoEntry: false })?.size, size)
          return failures
        }).pipe(Effect.provide(service(filename, logged)))
        for (const { message } of failures) assert.include(message, word)
        assert.include(logged.at(-1) ?? "", word)
        assert.include(logged.at(-1) ?? "", "may be lost")
      })
    )
  }

  for (const [name, happens] of [
    ["removed", (file: string) => rmSync(file)],
    ["overwritten", (file: string) => writeFileSync(file, readFileSync(`${file}.backup`))]
  ] as const) {
    it.live(`${name}: what is refused is told to no stream, and is in no list`, () =>
      Effect.gen(function* () {
        const filename = join(yield* folder, "store.sqlite")
        yield* Effect.gen(function* () {
          const { list, subscribe } = yield* DispatchService
          const heard: Array<bigint> = []
          const { changes } = yield* subscribe(site)
          yield* Effect.forkScoped(
            Stream.runForEach(changes, ({ dispatch }) => Effect.sync(() => heard.push(dispatch.id)))
          )
          const { id } = yield* create
          elsewhere(filename, `VACUUM INTO '${filename}.backup'`)
          happens(filename)
          yield* Effect.flip(create)
          yield* Effect.sleep("300 millis")
          assert.deepStrictEqual(heard, [id])
          assert.strictEqual((yield* Effect.exit(list(site, {})))._tag, "Failure")
        }).pipe(Effect.scoped, Effect.provide(service(filename)))
      })
    )
  }

  it.live("overwritten: the service leaves what was copied over it as it is, also when it stops", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      yield* Effect.gen(function* () {
        yield* create
        elsewhere(filename, `VACUUM INTO '${filename}.backup'`)
        yield* create
        writeFileSync(filename, readFileSync(`${filename}.backup`))
        yield* Effect.flip(create)
      }).pipe(Effect.provide(service(filename)))
      assert.isTrue(readFileSync(filename).equals(readFileSync(`${filename}.backup`)))
      rmSync(`${filename}-wal`)
      rmSync(`${filename}-shm`)
      yield* Effect.provide(create, service(filename))
    })
  )

  it.live(
    "moved away in the midst of a write: that is refused and told to nobody, until the file is back",
    () =>
      Effect.gen(function* () {
        const filename = join(yield* folder, "store.sqlite")
        yield* Effect.gen(function* () {
          const { get, subscribe } = yield* DispatchService
          const store = yield* DispatchStore
          const { changes } = yield* subscribe(site)
          const heard: Array<bigint> = []
          const hear = Stream.runForEach(changes, ({ number }) => Effect.sync(() => heard.push(number)))
          yield* Effect.forkScoped(hear)
          const { id } = yield* create
          renameSync(filename, `${filename}.old`)
          yield* Effect.flip(create)
          renameSync(`${filename}.old`, filename)
          yield* store.check
          assert.strictEqual(yield* store.lastChange(site), 1n)
          const origin = { at: yield* DateTime.now, by: "test" }
          const written = store.modify(site, id, origin, (current) =>
            Effect.sync(() => {
              renameSync(filename, `${filename}.old`)
              return { kind: "Updated" as const, dispatch: new Dispatch({ ...current, type: "MEANWHILE" }) }
            })
          )
          assert.include((yield* Effect.flip(written)).message, "was removed")
          yield* Effect.flip(create)
          yield* Effect.flip(get(site, id))
          yield* Effect.sleep("300 millis")
          assert.deepStrictEqual(heard, [1n])
          renameSync(`${filename}.old`, filename)
          assert.strictEqual((yield* get(site, id)).dispatch.type, "MEANWHILE")
          assert.strictEqual(yield* store.lastChange(site), 2n)
          yield* create
          yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => heard.length >= 3 })
          assert.deepStrictEqual(heard, [1n, 2n, 3n])
        }).pipe(Effect.scoped, Effect.provide(service(filename)))
      })
  )

  it.live(
    "its -shm is overwritten under load: that blocks nobody, and loses nothing that was acknowledged",
    () =>
      Effect.gen(function* () {
        const filename = join(yield* folder, "store.sqlite")
        const { acknowledged, failures, longest } = yield* indexOverwritten(filename)
        assert.isBelow(longest, 1_000)
        for (const message of failures) assert.match(message, /-shm was overwritten|failed/)
        yield* Effect.gen(function* () {
          const { list } = yield* DispatchService
          const { totalItems } = yield* list(site, { pageSize: 1 })
          assert.isAtLeast(totalItems, acknowledged)
          yield* create
        }).pipe(Effect.provide(service(filename)))
      })
  )

  it.live("its -shm is overwritten: nobody reads by it, also before the next look", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      yield* Effect.gen(function* () {
        const { list } = yield* DispatchService
        yield* create
        spoilIndex(filename)
        assert.include((yield* Effect.flip(list(site, {}))).message, "-shm was overwritten")
      }).pipe(Effect.provide(service(filename)))
      yield* Effect.provide(create, service(filename))
    })
  )

  it.live("its -shm is overwritten amid a write: it is not rolled back by it, and is told as a fault", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      yield* Effect.gen(function* () {
        const store = yield* DispatchStore
        const { id } = yield* create
        const origin = { at: yield* DateTime.now, by: "test" }
        const written = store.modify(site, id, origin, () =>
          Effect.suspend(() => {
            spoilIndex(filename)
            return Effect.fail({ message: "refused" })
          })
        )
        assert.include((yield* Effect.flip(written)).message, "-shm was overwritten")
        assert.include((yield* Effect.flip(create)).message, "-shm was overwritten")
      }).pipe(Effect.provide(service(filename)))
    })
  )

  it.live("another program that uses SQLite is none of that: it writes, moves the log, makes backups", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      const logged: Array<string> = []
      yield* Effect.gen(function* () {
        const store = yield* DispatchStore
        for (const statements of [
          "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('one')",
          "PRAGMA wal_checkpoint(PASSIVE)",
          "INSERT INTO notes VALUES (zeroblob(6000000))",
          "PRAGMA wal_checkpoint(TRUNCATE)",
          "DELETE FROM notes; VACUUM",
          "PRAGMA wal_checkpoint(RESTART); INSERT INTO notes VALUES ('two')",
          `VACUUM INTO '${filename}.backup'`
        ]) {
          yield* create
          const size = statSync(filename).mtimeMs
          elsewhere(filename, statements)
          yield* store.check
          yield* create
          yield* store.check
          if (statements.includes("TRUNCATE")) assert.notStrictEqual(statSync(filename).mtimeMs, size)
        }
      }).pipe(Effect.provide(service(filename, logged)))
      assert.deepStrictEqual(logged, [])
    })
  )

  it.live("neither is one that writes and moves the log all the time, while others write and look", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      yield* Effect.gen(function* () {
        const store = yield* DispatchStore
        const other = yield* Effect.forkChild(busyElsewhere(filename, 1_500))
        const looking = yield* Effect.forkChild(
          Effect.forever(Effect.andThen(store.check, Effect.yieldNow)),
          { startImmediately: true }
        )
        const writes = Effect.replicateEffect(create, 8, { concurrency: "unbounded", discard: true })
        yield* Effect.repeat(writes, { until: () => other.pollUnsafe() !== undefined })
        assert.isAbove(yield* Fiber.join(other), 10)
        assert.isUndefined(looking.pollUnsafe())
      }).pipe(Effect.provide(service(filename)))
    })
  )

  it.live("a file that has two names is not opened: a service could have it by the other", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const filename = join(path, "store.sqlite")
      yield* Effect.scoped(Layer.build(service(filename)))
      linkSync(filename, join(path, "other.sqlite"))
      for (const name of [filename, join(path, "other.sqlite")]) {
        const { message, reason } = yield* refusalOf(name)
        assert.strictEqual(reason, "Inaccessible")
        assert.include(message, `${name} has another name`)
      }
    })
  )

  it.live("the lock goes by inode: who has the file has it also after it was moved, wherever it is", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const filename = join(path, "store.sqlite")
      mkdirSync(join(path, "elsewhere"))
      yield* Effect.gen(function* () {
        for (const name of ["moved.sqlite", "elsewhere/store.sqlite"]) {
          const moved = join(path, name)
          renameSync(filename, moved)
          for (const refused of [refusalOf(moved), refusalOf(moved, DispatchStoreSqlite.layerKeys)]) {
            const { message, reason } = yield* refused
            assert.strictEqual(reason, "Locked", message)
            assert.include(message, "by another name")
          }
          renameSync(moved, filename)
        }
        yield* create
      }).pipe(Effect.provide(service(filename)))
      assert.deepStrictEqual(readdirSync(join(path, "elsewhere")), [])
      yield* Effect.scoped(Layer.build(service(filename)))
    })
  )

  it.live("neither is a shell or a backup of another process", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      yield* Effect.provide(create, service(filename))
      yield* openElsewhere(filename)
      yield* Effect.provide(create, service(filename))
    }).pipe(Effect.scoped)
  )

  it.live("a reader that has it by its name is no reason not to open it", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      yield* Effect.provide(create, service(filename))
      const reader = new DatabaseSync(filename)
      reader.exec("BEGIN; SELECT count(*) FROM dispatches")
      yield* Effect.provide(create, service(filename))
      reader.close()
    })
  )
})

describe("A store that is given by a link", () => {
  const linked = Effect.gen(function* () {
    const path = yield* folder
    mkdirSync(join(path, "real"))
    const [real, link] = [join(path, "real", "store.sqlite"), join(path, "link.sqlite")]
    symlinkSync(real, link)
    return { path, real, link }
  })

  it.live("is made, written, watched and stopped as by its own name, and nothing lies beside the link", () =>
    Effect.gen(function* () {
      const { link, path, real } = yield* linked
      for (let starts = 0; starts < 2; starts++) {
        yield* Effect.gen(function* () {
          const store = yield* DispatchStore
          yield* create
          yield* store.check
          assert.deepStrictEqual(readdirSync(path), ["link.sqlite", "real"])
          assert.include(readdirSync(join(path, "real")), "store.sqlite.pid")
          assert.strictEqual((yield* refusalOf(real)).reason, "Locked")
        }).pipe(Effect.provide(service(link)))
      }
      const left = readdirSync(join(path, "real")).filter((name) => /(wal|shm|pid)$/.test(name))
      assert.deepStrictEqual(left, [])
      yield* Effect.provide(
        Effect.flatMap(DispatchService, ({ list }) =>
          Effect.map(list(site, {}), ({ totalItems }) => assert.strictEqual(totalItems, 2))
        ),
        service(real)
      )
    })
  )

  for (const [name, happens, word] of [
    ["the link is removed", ({ link }) => rmSync(link), "link.sqlite was removed"],
    [
      "the link leads to another store",
      ({ link, real }) => {
        copyFileSync(real, `${real}.other`)
        rmSync(link)
        symlinkSync(`${real}.other`, link)
      },
      "link.sqlite was replaced"
    ],
    ["its -wal is cut off", ({ real }) => truncateSync(`${real}-wal`, 0), "-wal was overwritten"]
  ] as ReadonlyArray<
    readonly [string, (place: { readonly link: string; readonly real: string }) => void, string]
  >) {
    it.live(`${name}: not ready, and no write is acknowledged`, () =>
      Effect.gen(function* () {
        const place = yield* linked
        yield* Effect.gen(function* () {
          const store = yield* DispatchStore
          yield* create
          happens(place)
          assert.include((yield* Effect.flip(store.check)).message, word)
          assert.include((yield* Effect.flip(create)).message, word)
        }).pipe(Effect.provide(service(place.link)))
      })
    )
  }
})

describe("A file beside the store that only helps", () => {
  it.live("stops no start if it cannot be written", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      mkdirSync(`${filename}.pid`)
      const logged: Array<string> = []
      yield* Effect.provide(create, service(filename, logged))
      assert.lengthOf(logged, 1)
      assert.match(logged[0] ?? "", /store.sqlite.pid could not be written.*EISDIR/)
    })
  )
})

describe("A SQLite file of another program", () => {
  it.live("is refused by what it is, and left as it is", () =>
    Effect.gen(function* () {
      const path = yield* folder
      for (const version of [0, 2, 99]) {
        const filename = join(path, `browser-${version}.sqlite`)
        const other = new DatabaseSync(filename)
        other.exec(
          `CREATE TABLE dispatches (van TEXT); CREATE TABLE cookies (name TEXT); PRAGMA user_version = ${version}`
        )
        other.close()
        const before = readFileSync(filename)
        const { message, reason } = yield* refusalOf(filename)
        assert.strictEqual(reason, "Inaccessible")
        assert.include(message, `${filename} is an SQLite file of another program`)
        assert.include(message, "cookies")
        assert.isTrue(before.equals(readFileSync(filename)))
        assert.deepStrictEqual(
          readdirSync(path).filter((name) => name.startsWith(".") || name.startsWith(`browser-${version}`)),
          [`browser-${version}.sqlite`]
        )
      }
    })
  )
})

describe("What the service makes", () => {
  it.live("is its owner's alone: folders, the file, and what lies beside it", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const filename = join(path, "made/deep/store.sqlite")
      const mask = process.umask(0o022)
      yield* Effect.gen(function* () {
        yield* create
        const others = (name: string) => statSync(name).mode & 0o077
        for (const name of [
          "made",
          "made/deep",
          ...["", ".lock", ".pid", "-wal"].map((end) => `made/deep/store.sqlite${end}`)
        ]) {
          assert.strictEqual(others(join(path, name)), 0, name)
        }
      }).pipe(Effect.provide(service(filename)), Effect.ensuring(Effect.sync(() => process.umask(mask))))
      writeFileSync(join(path, "control"), "")
    })
  )
})

describe("What an earlier version has left open to others", () => {
  it.live(
    "is its owner's alone from the next start on, and the log says so; other folders stay as they are",
    () =>
      Effect.gen(function* () {
        const path = yield* folder
        for (const [name, mode] of [
          [".dispatch", 0o700],
          ["shared", 0o755]
        ] as const) {
          const logged: Array<string> = []
          const filename = join(path, name, "store.sqlite")
          yield* Effect.provide(create, service(filename))
          chmodSync(dirname(filename), 0o755)
          chmodSync(filename, 0o644)
          yield* Effect.provide(create, service(filename, logged))
          assert.strictEqual(statSync(filename).mode & 0o777, 0o600)
          assert.strictEqual(statSync(dirname(filename)).mode & 0o777, mode)
          assert.strictEqual(logged.length, mode === 0o700 ? 2 : 1, logged.join("\n"))
          for (const line of logged) assert.include(line, "was open to others")
        }
      })
  )
})

describe("Page tokens", () => {
  it.live("are not authenticated with a secret that is empty or missing", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      yield* Effect.gen(function* () {
        const store = yield* DispatchStore
        assert.strictEqual((yield* store.secret).length, 32)
        const shell = new DatabaseSync(filename)
        shell.exec("UPDATE secrets SET value = x''")
        assert.include((yield* Effect.flip(store.secret)).message, "secret of page tokens")
        shell.exec("UPDATE secrets SET value = x'000102030405060708090a0b0c0d0e'")
        assert.include((yield* Effect.flip(store.secret)).message, "secret of page tokens")
        shell.exec("DELETE FROM secrets")
        shell.close()
        assert.include((yield* Effect.flip(store.secret)).message, "secret of page tokens")
      }).pipe(Effect.provide(service(filename)))
    })
  )

  it.live(
    "a secret that is empty or too short ends the start, which names it; without one another is made",
    () =>
      Effect.gen(function* () {
        const filename = join(yield* folder, "store.sqlite")
        const secret = Effect.flatMap(DispatchStore, (store) => store.secret)
        const first = yield* Effect.provide(secret, service(filename))
        for (const value of ["x''", "x'00'"]) {
          yield* Effect.sync(() => elsewhere(filename, `UPDATE secrets SET value = ${value}`))
          const { message, reason } = yield* refusalOf(filename)
          assert.strictEqual(reason, "Inaccessible")
          assert.include(message, "page-tokens")
          assert.include(message, filename)
        }
        yield* Effect.sync(() => elsewhere(filename, "DELETE FROM secrets"))
        const second = yield* Effect.provide(secret, service(filename))
        assert.strictEqual(second.length, 32)
        assert.notDeepEqual(second, first)
      })
  )
})
