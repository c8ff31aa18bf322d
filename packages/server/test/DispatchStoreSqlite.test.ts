import { randomBytes } from "node:crypto"
import { copyFileSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { toBinary } from "@bufbuild/protobuf"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import { DispatchSchema } from "@effect-dispatch/api/Protobuf"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import { DispatchService } from "@effect-dispatch/server/DispatchService"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import { assert, describe, it } from "@effect/vitest"
import { type DateTime, Effect, Layer, Result } from "effect"
import { atNoon, create, folder, noon, one, serviceOver } from "./services.ts"

const open = (filename: string) => Layer.fresh(DispatchStoreSqlite.layer({ filename, synchronous: "NORMAL" }))

/** Runs what needs the service over a file, and closes the file again. */
const using = <A, E>(
  filename: string,
  effect: Effect.Effect<A, E, DispatchService | DispatchStore | AccessKeyStore>
) => Effect.provide(effect, serviceOver(open(filename)))

const refusalOf = (filename: string) => Effect.flip(Effect.scoped(Layer.build(open(filename))))

describe("DispatchStoreSqlite", () => {
  it.effect("keeps everything in the file, and never uses an id again", () =>
    Effect.gen(function* () {
      yield* atNoon
      const filename = join(yield* folder, "deep/down/store.sqlite")
      const first = yield* using(filename, create())
      yield* using(
        filename,
        Effect.gen(function* () {
          const service = yield* DispatchService
          assert.isTrue((yield* service.get(one, first.id)).dispatch.sameContent(first))
          yield* service.delete(one, first.id)
        })
      )
      const second = yield* using(filename, create())
      assert.isTrue(second.id > first.id)
      // It will hold secrets.
      assert.strictEqual(statSync(filename).mode & 0o077, 0)
    })
  )

  it.effect(
    "serves one service at a time, also by a link, and tells another which process has the file",
    () =>
      Effect.gen(function* () {
        const filename = join(yield* folder, "store.sqlite")
        yield* using(
          filename,
          Effect.gen(function* () {
            const { message, reason } = yield* refusalOf(filename)
            assert.strictEqual(reason, "Locked")
            assert.strictEqual(message, `${filename} is in use by process ${process.pid}`)
            const link = `${filename}.link`
            symlinkSync(filename, link)
            assert.strictEqual(
              (yield* refusalOf(link)).message,
              `${link} is in use by process ${process.pid}`
            )
          })
        )
        yield* Effect.scoped(Layer.build(open(filename)))
      })
  )

  it.effect("lets keys be changed and backups be made while a service has the file", () =>
    Effect.gen(function* () {
      yield* atNoon
      const path = yield* folder
      const filename = join(path, "store.sqlite")
      const backup = join(path, "backup.sqlite")
      const made = yield* using(
        filename,
        Effect.gen(function* () {
          const made = yield* create()
          const key = {
            id: "k1",
            name: "plant",
            hash: "h",
            secret: undefined,
            microgrids: "all" as const,
            rights: ["read" as const],
            createdAt: noon,
            revokedAt: undefined
          }
          yield* Effect.flatMap(AccessKeyStore, (store) => store.addKey(key)).pipe(
            Effect.provide(DispatchStoreSqlite.layerKeys({ filename }))
          )
          assert.deepStrictEqual(yield* Effect.flatMap(AccessKeyStore, (store) => store.keys), [key])
          const other = new DatabaseSync(filename)
          other.exec(`VACUUM INTO '${backup}'`)
          other.close()
          yield* create()
          return made
        })
      )
      yield* using(
        backup,
        Effect.gen(function* () {
          const service = yield* DispatchService
          const { dispatches } = yield* service.list(one, {})
          assert.deepStrictEqual(
            dispatches.map(({ dispatch }) => dispatch.id),
            [made.id]
          )
        })
      )
    })
  )

  it.effect("reports a file that is no store or is damaged, and leaves it as it is", () =>
    Effect.gen(function* () {
      yield* atNoon
      const path = yield* folder
      const sound = join(path, "sound.sqlite")
      yield* using(
        sound,
        Effect.forEach(Array.from({ length: 50 }), () => create({ payload: { text: "x".repeat(2_000) } }))
      )
      const noise = join(path, "noise.sqlite")
      writeFileSync(noise, randomBytes(10_000))
      const scratched = join(path, "scratched.sqlite")
      const bytes = readFileSync(sound)
      bytes.fill(0xff, 4_096 * 2, 4_096 * 8)
      writeFileSync(scratched, bytes)
      const cut = join(path, "cut.sqlite")
      copyFileSync(sound, cut)
      truncateSync(cut, 4_096 * 5)
      for (const filename of [noise, scratched, cut]) {
        const before = readFileSync(filename)
        const { message, reason } = yield* refusalOf(filename)
        assert.strictEqual(reason, "Damaged", message)
        assert.include(message, `${filename} is damaged or is not a dispatch store (`)
        assert.notMatch(message, /\n|\*\*\*/)
        assert.isTrue(before.equals(readFileSync(filename)), filename)
      }
      const directory = yield* refusalOf(path)
      assert.strictEqual(directory.reason, "Inaccessible")
    })
  )

  it.effect("brings a file of an older version up to date, and leaves one of a newer version alone", () =>
    Effect.gen(function* () {
      yield* atNoon
      const path = yield* folder
      const old = join(path, "old.sqlite")
      const made = yield* using(join(path, "new.sqlite"), create())
      writeVersionOne(old, toBinary(DispatchSchema, Result.getOrThrow(DispatchCodec.encodeDispatch(made))))
      yield* using(
        old,
        Effect.gen(function* () {
          const service = yield* DispatchService
          const store = yield* DispatchStore
          assert.isTrue((yield* service.get(one, made.id)).dispatch.sameContent(made))
          assert.strictEqual((yield* create()).id, 8n)
          assert.strictEqual(yield* store.lastChange(one), 6n)
        })
      )
      const database = new DatabaseSync(old)
      database.exec("PRAGMA user_version = 99")
      database.close()
      const newer = yield* refusalOf(old)
      assert.strictEqual(newer.reason, "Inaccessible")
      assert.match(newer.message, /has the format 99 of a newer version/)
    })
  )
})

describe("the tables of a store", () => {
  it.effect("deleted dispatches are in no index that listings go by", () =>
    Effect.gen(function* () {
      const filename = join(yield* folder, "store.sqlite")
      yield* using(filename, Effect.void)
      const database = new DatabaseSync(filename)
      const indexes = database.prepare("PRAGMA index_list(dispatches)").all()
      database.close()
      const inOrder = indexes.filter(({ name }) => String(name).startsWith("dispatches_in_order_of_"))
      assert.deepStrictEqual(
        inOrder.map(({ partial }) => partial),
        [1, 1, 1]
      )
    })
  )

  for (const [name, others] of Object.entries({
    audit: ["DELETE FROM changes", "DELETE FROM dispatches"],
    changes: ["DELETE FROM audit", "DELETE FROM dispatches"],
    dispatches: ["DELETE FROM audit", "DELETE FROM changes"]
  })) {
    it.effect(`the time of a store that knows none begins with its newest record, also of ${name}`, () =>
      Effect.gen(function* () {
        yield* atNoon
        const filename = join(yield* folder, "store.sqlite")
        yield* using(filename, create())
        const database = new DatabaseSync(filename)
        for (const statement of others) database.exec(statement)
        database.close()
        let found: DateTime.Utc | undefined
        yield* using(
          filename,
          Effect.flatMap(DispatchStore, ({ moveRetentionTime }) =>
            moveRetentionTime((kept) => {
              found = kept
              return noon
            })
          )
        )
        assert.strictEqual(found?.epochMilliseconds, noon.epochMilliseconds)
      })
    )
  }
})

/** The tables of the first version, with one dispatch, whose id was followed by others up to 7. */
const writeVersionOne = (filename: string, data: Uint8Array) => {
  const database = new DatabaseSync(filename)
  database.exec(`
    CREATE TABLE dispatches (
      id INTEGER PRIMARY KEY, microgrid_id INTEGER NOT NULL, type TEXT NOT NULL, start_time INTEGER NOT NULL,
      end_time INTEGER, active INTEGER NOT NULL, dry_run INTEGER NOT NULL, recurring INTEGER NOT NULL,
      target TEXT NOT NULL, create_time INTEGER NOT NULL, update_time INTEGER NOT NULL, data BLOB NOT NULL
    ) STRICT;
    CREATE INDEX dispatches_by_create_time ON dispatches (microgrid_id, create_time, id);
    CREATE INDEX dispatches_by_start_time ON dispatches (microgrid_id, start_time, id);
    CREATE INDEX dispatches_by_update_time ON dispatches (microgrid_id, update_time, id);
    CREATE TABLE changes (
      microgrid_id INTEGER NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, data BLOB NOT NULL,
      PRIMARY KEY (microgrid_id, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    PRAGMA user_version = 1;
    INSERT INTO counters VALUES ('dispatch-id', 7), ('change-number-1', 5);
  `)
  database
    .prepare("INSERT INTO dispatches VALUES (1, 1, 'CHARGE', 0, NULL, 1, 0, 0, 'ComponentIds:#1', 0, 0, ?)")
    .run(data)
  database.prepare("INSERT INTO changes VALUES (1, 5, 'Created', ?)").run(data)
  database.close()
}
