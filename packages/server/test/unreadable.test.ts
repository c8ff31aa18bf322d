/** Rows that hold what nobody wrote there: by a failing disc, or by somebody with a shell. */
import { DatabaseSync } from "node:sqlite"
import { join } from "node:path"
import { AccessKeys, DispatchService, DispatchStoreSqlite, Retention } from "@effect-dispatch/server"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import { keyRefreshInterval, pruneInterval } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Logger, Redacted, Stream } from "effect"
import { TestClock } from "effect/testing"
import { after, atNoon, create, draft, folder, one } from "./services.ts"

/** A service over a file, its log, and the way to write past it. */
const withFile = <A, E>(
  test: (
    spoil: (statement: string, ...values: Array<string | Uint8Array>) => Effect.Effect<void>,
    lines: Array<string>
  ) => Effect.Effect<
    A,
    E,
    | DispatchService.DispatchService
    | DispatchStore
    | AccessKeyStore
    | AccessControl.AccessControl
    | Retention.RetentionTime
  >
) =>
  Effect.gen(function* () {
    yield* atNoon
    const filename = join(yield* folder, "store.sqlite")
    const lines: Array<string> = []
    const log = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
    const spoil = (statement: string, ...values: Array<string | Uint8Array>) =>
      Effect.sync(() => {
        const database = new DatabaseSync(filename)
        database.prepare(statement).run(...values)
        database.close()
      })
    const layer = DispatchService.layer.pipe(
      Layer.provideMerge(AccessControl.layer),
      Layer.provideMerge(Retention.layer()),
      Layer.provideMerge(DispatchStoreSqlite.layer({ filename, synchronous: "NORMAL" }))
    )
    yield* Effect.provide(test(spoil, lines), Layer.fresh(layer).pipe(Layer.provideMerge(log)))
  }).pipe(Effect.scoped)

const garbage = Uint8Array.of(0xff, 0xff, 0xff)
const nothing = new Uint8Array()

const spoilt = "UPDATE dispatches SET data = ? WHERE id = 2"

describe("a dispatch whose bytes cannot be read", () => {
  for (const [name, bytes] of Object.entries({ garbage, nothing })) {
    it.effect(`(${name}) hides no other in a listing, which admits it, also at the end of a page`, () =>
      withFile((spoil, lines) =>
        Effect.gen(function* () {
          const { list } = yield* DispatchService.DispatchService
          yield* Effect.forEach([1, 2, 3], (hours) => create({ startTime: after(3_600 * hours) }))
          yield* spoil(spoilt, bytes)
          const page = yield* list(one, {})
          assert.deepStrictEqual(
            page.dispatches.map(({ dispatch }) => Number(dispatch.id)),
            [3, 1]
          )
          assert.deepStrictEqual(
            page.unreadable.map(({ id }) => Number(id)),
            [2]
          )
          assert.strictEqual(page.totalItems, 3)
          const first = yield* list(one, { pageSize: 2 })
          const rest = yield* list(one, { pageToken: first.nextPageToken })
          assert.deepStrictEqual(
            rest.dispatches.map(({ dispatch }) => Number(dispatch.id)),
            [1]
          )
          const told = lines.filter((line) => line.includes("dispatch 2 of microgrid 1"))
          assert.lengthOf(told, 1)
        })
      )
    )

    it.effect(`(${name}) is named when it is asked for, cannot be changed, and can be deleted`, () =>
      withFile((spoil) =>
        Effect.gen(function* () {
          const service = yield* DispatchService.DispatchService
          const { id } = yield* Effect.andThen(create(), create())
          yield* spoil(spoilt, bytes)
          for (const call of [
            Effect.asVoid(service.get(one, id)),
            Effect.asVoid(service.update(one, id, { active: false }))
          ]) {
            const { message, reason } = yield* Effect.flip(call)
            assert.strictEqual(reason._tag, "Protocol")
            assert.match(
              message,
              /dispatch 2 of microgrid 1 \(a row of the table dispatches\) in the store cannot be read/
            )
          }
          const { changes } = yield* service.subscribe(one)
          yield* service.delete(one, id)
          const [change] = yield* Stream.runCollect(Stream.take(changes, 1))
          assert.deepStrictEqual([change?.kind, change?.dispatch.id], ["Deleted", id])
          assert.strictEqual((yield* service.list(one, {})).totalItems, 1)
          assert.strictEqual((yield* Effect.flip(service.get(one, id))).reason._tag, "NotFound")
        }).pipe(Effect.scoped)
      )
    )
  }

  for (const damage of [
    "UPDATE dispatches SET start_time = 9000000000000000000, create_time = -9000000000000000000",
    "UPDATE targets SET part = '#x'",
    "UPDATE targets SET part = ''",
    "DELETE FROM targets",
    "UPDATE dispatches SET type = '', active = 7, dry_run = 7"
  ]) {
    it.effect(`it can be deleted whatever else is damaged: ${damage}`, () =>
      withFile((spoil) =>
        Effect.gen(function* () {
          const service = yield* DispatchService.DispatchService
          const { id } = yield* Effect.andThen(create(), create())
          yield* spoil(spoilt, garbage)
          yield* spoil(damage)
          yield* service.delete(one, id)
          assert.strictEqual((yield* Effect.flip(service.get(one, id))).reason._tag, "NotFound")
        })
      )
    )
  }

  it.effect(
    "a change is named in the log, nobody is told of it, and its streams end, so that everybody lists",
    () =>
      withFile((spoil, lines) =>
        Effect.gen(function* () {
          const store = yield* DispatchStore
          const service = yield* DispatchService.DispatchService
          const { changes } = yield* service.subscribe(one)
          const { id } = yield* create()
          // Another process has changed it.
          const origin = { at: yield* DateTime.now, by: "another" }
          yield* store.modify(one, id, origin, (dispatch) => Effect.succeed({ kind: "Updated", dispatch }))
          yield* spoil("UPDATE changes SET data = ? WHERE number = 2", garbage)
          const [, change] = yield* store.changesAfter(one, 0n, 10)
          assert.strictEqual(change?.number, 2n)
          assert.throws(
            () => change?.dispatch,
            /the change 2 of microgrid 1 \(a row of the table changes\) cannot be read/
          )
          assert.lengthOf(lines, 0)
          yield* create()
          const told: Array<bigint> = []
          const end = yield* Effect.flip(
            Stream.runForEach(changes, ({ number }) => Effect.sync(() => told.push(number)))
          )
          assert.strictEqual(end.reason._tag, "Unavailable")
          assert.deepStrictEqual(told, [1n])
          assert.deepStrictEqual(lines, ["The changes of microgrid 1 could not be read"])
        }).pipe(Effect.scoped)
      )
  )
})

const make = Effect.gen(function* () {
  const fresh = yield* AccessKeys.make({ name: "plant", microgrids: "all", rights: ["read"], signed: false })
  yield* AccessKeyStore.use(({ addKey }) => addKey(fresh.kept))
  return fresh
})

/** The reason why a key does not open, if it does not. */
const refusalOf = ({ key }: AccessKeys.FreshKey) =>
  Effect.gen(function* () {
    const { gate } = yield* AccessControl.AccessControl
    const { enter } = yield* gate({
      method: "GetMicrogridDispatch",
      metadata: (name) => (name === "key" ? Redacted.value(key) : undefined),
      remoteAddress: "203.0.113.7",
      right: "read"
    })
    yield* enter(one)
    return undefined
  }).pipe(Effect.catch(({ reason }) => Effect.succeed(reason._tag)))

describe("a row of another kind that cannot be read", () => {
  for (const [column, value] of [
    ["microgrids", "1,x"],
    ["rights", "read,all"],
    ["created_time", "9000000000000000000"]
  ] as const) {
    it.effect(
      `of the keys (${column}) opens nothing, is told in health and the log, and hides no other`,
      () =>
        withFile((spoil, lines) =>
          Effect.gen(function* () {
            const store = yield* AccessKeyStore
            const { doubt } = yield* Retention.RetentionTime
            const [good, revoked, bad] = [yield* make, yield* make, yield* make]
            yield* TestClock.adjust(keyRefreshInterval)
            assert.isUndefined(yield* refusalOf(bad))
            const told = new RegExp(`the key ${bad.kept.id} \\(a row of the table access_keys\\)`)
            yield* spoil(`UPDATE access_keys SET ${column} = ? WHERE id = ?`, value, bad.kept.id)
            yield* store.revokeKey(revoked.kept.id, yield* DateTime.now)
            const fresh = yield* make
            for (let looks = 0; looks < 3; looks++) yield* TestClock.adjust(keyRefreshInterval)
            assert.deepStrictEqual(yield* Effect.forEach([good, fresh, revoked, bad], refusalOf), [
              undefined,
              undefined,
              "Unauthenticated",
              "Unauthenticated"
            ])
            assert.match(String(yield* doubt), told)
            assert.lengthOf(
              lines.filter((line) => told.test(line)),
              1
            )
            const keys = yield* store.keys
            assert.deepStrictEqual(
              keys.filter(({ flaw }) => flaw !== undefined).map(({ id }) => id),
              [bad.kept.id]
            )
            assert.lengthOf(keys, 4)
            yield* spoil("DELETE FROM access_keys WHERE id = ?", bad.kept.id)
            yield* TestClock.adjust(keyRefreshInterval)
            assert.isUndefined(yield* doubt)
          })
        )
    )
  }

  it.effect("of the only key may be deleted: nobody is served without one meanwhile", () =>
    withFile((spoil) =>
      Effect.gen(function* () {
        const { gate } = yield* AccessControl.AccessControl
        yield* make
        yield* TestClock.adjust(keyRefreshInterval)
        yield* spoil("DELETE FROM access_keys")
        yield* TestClock.adjust(keyRefreshInterval)
        yield* TestClock.adjust(keyRefreshInterval)
        const anonymous = gate({
          method: "GetMicrogridDispatch",
          metadata: () => undefined,
          remoteAddress: "127.0.0.1",
          right: "read"
        })
        assert.strictEqual((yield* Effect.flip(anonymous)).reason._tag, "Unauthenticated")
      })
    )
  )

  it.effect("of the time that records are removed by is told in health, until it is right", () =>
    withFile((spoil) =>
      Effect.gen(function* () {
        const { doubt } = yield* Retention.RetentionTime
        // A look waits for the disc, which no clock of a test moves.
        const look = Effect.andThen(
          TestClock.adjust(pruneInterval),
          TestClock.withLive(Effect.sleep("20 millis"))
        )
        const told = Effect.fnUntraced(function* (isDone: (text: string | undefined) => boolean) {
          for (let looks = 0; looks < 100; looks++) {
            yield* look
            const text = yield* doubt
            if (isDone(text)) return text
          }
          return yield* doubt
        })
        assert.isUndefined(yield* told((text) => text === undefined))
        yield* spoil("UPDATE counters SET value = 9000000000000000000 WHERE name = 'retention-time'")
        assert.match(
          String(yield* told((text) => text !== undefined)),
          /the row retention-time of the table counters\) in the store cannot be read/
        )
        yield* spoil("DELETE FROM counters WHERE name = 'retention-time'")
        assert.isUndefined(yield* told((text) => text === undefined))
      })
    )
  )

  it.effect("of the audit is named, and hides no other", () =>
    withFile((spoil) =>
      Effect.gen(function* () {
        const { audit } = yield* DispatchStore
        yield* create(draft())
        yield* create(draft())
        yield* spoil("UPDATE audit SET time = 9000000000000000000 WHERE number = 1")
        const records = yield* audit(one, 10)
        assert.deepStrictEqual(
          records.map(({ number }) => number),
          [2n, 1n]
        )
        assert.deepStrictEqual([records[0]?.at, records[0]?.flaw], [yield* DateTime.now, undefined])
        assert.match(records[1]?.flaw?.message ?? "", /record 1 of microgrid 1 in the table audit/)
      })
    )
  )
})
