/** The records that every store keeps beside dispatches, and for how long. */
import * as assert from "node:assert/strict"
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { type AccessKey, AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import { DispatchStore, type Retained } from "@effect-dispatch/server/DispatchStore"
import { DateTime, Effect, Redacted } from "effect"
import type { StoreCase } from "./storeCase.ts"
import { huge, insert, one, origin, make, read, remove, second, update } from "./storeFixtures.ts"

const key = (id: string, fields: Partial<AccessKey> = {}): AccessKey => ({
  id,
  name: "plant",
  hash: `hash of ${id}`,
  secret: undefined,
  microgrids: "all",
  rights: ["read", "write"],
  createdAt: second(1),
  revokedAt: undefined,
  ...fields
})

const prune = (what: Retained, before: number, limit = 100) =>
  Effect.flatMap(DispatchStore, (store) =>
    store.prune(what, { now: second(1_000), before: second(before) }, limit)
  )

export const cases: ReadonlyArray<StoreCase> = [
  {
    name: "audit: who did what and when, newest first, committed with the change",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      const { dispatch } = yield* store.insert(one, origin(1, "anna"), make())
      yield* store.modify(one, dispatch.id, origin(2, "bert"), (current) =>
        Effect.succeed({ kind: "Deleted" as const, dispatch: current })
      )
      yield* insert(3, {}, huge)
      const { id } = dispatch
      assert.deepEqual(yield* store.audit(one, 10), [
        { number: 2n, kind: "Deleted", id, ...origin(2, "bert") },
        { number: 1n, kind: "Created", id, ...origin(1, "anna") }
      ])
      assert.equal((yield* store.audit(one, 1)).length, 1)
    })
  },
  {
    name: "retention: changes go, oldest first and no more than asked for; numbers go on",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      for (const at of [1, 2, 3, 4]) yield* insert(at)
      assert.equal(yield* prune("changes", 4, 2), 2)
      const numbers = Effect.map(store.changesAfter(one, 0n, 10), (changes) =>
        changes.map(({ number }) => number)
      )
      assert.deepEqual(yield* numbers, [3n, 4n])
      assert.equal(yield* prune("changes", 4, 2), 1)
      assert.equal(yield* prune("changes", 4, 2), 0)
      assert.deepEqual(yield* numbers, [4n])
      assert.equal(yield* prune("changes", 100), 1)
      assert.equal(yield* store.lastChange(one), 4n)
      assert.equal((yield* insert(5)).number, 5n)
      assert.deepEqual(yield* numbers, [5n])
    })
  },
  {
    name: "retention: audit records go by their own time",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      for (const at of [1, 2, 3]) yield* insert(at)
      assert.equal(yield* prune("audit", 3), 2)
      assert.deepEqual(
        (yield* store.audit(one, 10)).map(({ number }) => number),
        [3n]
      )
      assert.equal((yield* store.changesAfter(one, 0n, 10)).length, 3)
    })
  },
  {
    name: "retention: dispatches go when deleted, or over and unchanged, for long enough; ids are not used again",
    run: Effect.gen(function* () {
      const deleted = (yield* insert(1)).dispatch.id
      const over = (yield* insert(2, { endTime: second(10) })).dispatch.id
      const changedLately = (yield* insert(3, { endTime: second(10) })).dispatch.id
      const endless = (yield* insert(4)).dispatch.id
      const overLater = (yield* insert(5, { endTime: second(60) })).dispatch.id
      yield* remove(deleted, 6)
      yield* update(changedLately, 55, {})
      assert.equal(yield* prune("dispatches", 6), 0)
      assert.equal(yield* prune("dispatches", 50, 1), 1)
      assert.equal(yield* prune("dispatches", 50), 1)
      assert.equal(yield* prune("dispatches", 50), 0)
      const left = yield* Effect.filter([over, changedLately, endless, overLater], (id) =>
        Effect.map(read(id), (found) => found !== undefined)
      )
      assert.deepEqual(left, [changedLately, endless, overLater])
      yield* prune("dispatches", 1_000)
      assert.ok((yield* insert(7)).dispatch.id > overLater)
    })
  },
  {
    name: "retention: what recurs in local time is kept for 48 hours more, as zone data may differ, and is stored whole",
    run: Effect.gen(function* () {
      const recurrence = new CalendarRule({
        frequency: "MONTHLY",
        interval: 1,
        timeZone: "Europe/Berlin",
        nthWeekdays: [{ nth: -1, weekday: "FRIDAY" }],
        weekStart: "SUNDAY",
        exceptions: [second(5)]
      })
      const plain = new RecurrenceRule({ frequency: "DAILY", interval: 1 })
      const endTime = second(10)
      const local = (yield* insert(1, { endTime, recurrence })).dispatch
      const utc = (yield* insert(2, { endTime, recurrence: plain })).dispatch
      assert.deepEqual((yield* read(local.id))?.recurrence, recurrence)
      const store = yield* DispatchStore
      const listed = yield* store.begin({
        microgridId: one,
        filter: { recurring: true },
        sort: { field: "createTime", order: "ascending" },
        limit: 10
      })
      assert.equal(listed.total, 2)
      const hours = (number: number) => 10 + 3_600 * number
      assert.equal(yield* prune("dispatches", hours(47)), 1)
      assert.equal(yield* read(utc.id), undefined)
      assert.equal(yield* prune("dispatches", hours(49)), 1)
      assert.equal(yield* read(local.id), undefined)
    })
  },
  {
    name: "retention: its time begins with the newest record, and is what was decided last",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      const seen: Array<number | undefined> = []
      const move = (to: number) =>
        store.moveRetentionTime((kept) => {
          seen.push(kept?.epochMilliseconds)
          return second(to)
        })
      for (const at of [1, 3]) yield* insert(at)
      assert.equal((yield* move(7)).epochMilliseconds, second(7).epochMilliseconds)
      for (const to of [5, 5, 6]) yield* move(to)
      assert.deepEqual(
        seen,
        [3, 7, 5, 5].map((at) => second(at).epochMilliseconds)
      )
    })
  },
  {
    name: "retention: its time is moved by many at once, each from where another left it",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      const later = (kept: DateTime.Utc | undefined) =>
        kept === undefined ? second(0) : DateTime.add(kept, { seconds: 1 })
      yield* Effect.all(
        Array.from({ length: 20 }, () => store.moveRetentionTime(later)),
        { concurrency: "unbounded", discard: true }
      )
      const last = yield* store.moveRetentionTime((kept) => kept ?? second(0))
      assert.equal(last.epochMilliseconds, second(19).epochMilliseconds)
    })
  },
  {
    name: "retention: a store without records begins with nothing; of too many nonces the oldest go",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      const keys = yield* AccessKeyStore
      const first = yield* store.moveRetentionTime((kept) => kept ?? second(1))
      assert.equal(first.epochMilliseconds, second(1).epochMilliseconds)
      const use = (at: number) => keys.useNonce("key", `n${at}`, second(at))
      for (const at of [1, 2, 3, 4, 5]) assert.ok(yield* use(at))
      assert.equal(yield* store.trimNonces(3, 1, second(5)), 1)
      assert.equal(yield* store.trimNonces(3, 10, second(5)), 1)
      assert.equal(yield* store.trimNonces(3, 10, second(5)), 0)
      const isFresh = yield* Effect.forEach([3, 4, 5, 1, 2], use)
      assert.deepEqual(isFresh, [false, false, false, true, true])
    })
  },
  {
    name: "retention: of too many nonces the key with the most loses its oldest, and no other does",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      const keys = yield* AccessKeyStore
      const use = (key: string) => (at: number) => keys.useNonce(key, `n${at}`, second(at))
      for (const at of [1, 2]) assert.ok(yield* use("modest")(at))
      for (const at of [3, 4, 5, 6, 7]) assert.ok(yield* use("greedy")(at))
      for (const at of [8, 9, 10]) assert.ok(yield* use("other")(at))
      assert.equal(yield* store.trimNonces(7, 10, second(10)), 3)
      const isFresh = yield* Effect.forEach([3, 4, 5, 6, 7], use("greedy"))
      assert.ok(isFresh[0])
      assert.deepEqual(isFresh.slice(3), [false, false])
      assert.deepEqual(yield* Effect.forEach([1, 2], use("modest")), [false, false])
    })
  },
  {
    name: "retention: of too many nonces those that a clock ahead has left go first",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      const keys = yield* AccessKeyStore
      const use = (at: number) => keys.useNonce(at % 2 === 0 ? "key" : "yet another", `n${at}`, second(at))
      for (const at of [1, 2, 3, 901, 902, 903]) assert.ok(yield* use(at))
      assert.equal(yield* store.trimNonces(4, 10, second(300)), 2)
      assert.equal(yield* store.trimNonces(2, 1, second(300)), 1)
      assert.equal(yield* store.trimNonces(2, 10, second(300)), 1)
      const isFresh = yield* Effect.forEach([2, 3, 1, 901, 902, 903], use)
      assert.deepEqual(isFresh, [false, false, true, true, true, true])
    })
  },
  {
    name: "retention: what a clock without battery wrote counts from when that is found out",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      for (const at of [900, -50_000_000, -40_000_000]) yield* insert(at, { endTime: second(at + 10) })
      const deleted = (yield* insert(-30_000_000)).dispatch.id
      yield* remove(deleted, -30_000_000)
      const kinds = ["changes", "audit", "dispatches"] as const
      const removed = (now: number, before: number) =>
        Effect.forEach(kinds, (what) => store.prune(what, { now: second(now), before: second(before) }, 100))
      assert.deepEqual(yield* removed(1_000, 950), [1, 1, 1])
      assert.deepEqual(yield* removed(1_100, 1_000), [0, 0, 0])
      assert.deepEqual(yield* removed(1_100, 1_001), [4, 4, 1])
    })
  },
  {
    name: "keys: kept with all they say, oldest first",
    run: Effect.gen(function* () {
      const store = yield* AccessKeyStore
      const signed = key("b", {
        secret: Redacted.make("s3cret ⚡"),
        microgrids: [one, huge],
        rights: ["read"],
        createdAt: second(2)
      })
      const nothing = key("a", { microgrids: [], rights: [], createdAt: second(3) })
      for (const each of [nothing, signed, key("c")]) yield* store.addKey(each)
      const keys = yield* store.keys
      const plain = (each: AccessKey) => ({ ...each, secret: each.secret && Redacted.value(each.secret) })
      assert.deepEqual(
        [...keys]
          .sort((left, right) => left.createdAt.epochMilliseconds - right.createdAt.epochMilliseconds)
          .map(plain),
        [key("c"), signed, nothing].map(plain)
      )
    })
  },
  {
    name: "keys: the first revocation counts, and an id nobody has is said to be so",
    run: Effect.gen(function* () {
      const store = yield* AccessKeyStore
      yield* store.addKey(key("a"))
      assert.equal(yield* store.revokeKey("a", second(5)), true)
      assert.equal(yield* store.revokeKey("a", second(9)), true)
      assert.equal(yield* store.revokeKey("b", second(9)), false)
      assert.deepEqual(
        (yield* store.keys).map(({ revokedAt }) => revokedAt),
        [second(5)]
      )
    })
  },
  {
    name: "nonces: each is taken once per key, also by many at once, until it is pruned",
    run: Effect.gen(function* () {
      const store = yield* AccessKeyStore
      const takes = yield* Effect.all(
        Array.from({ length: 8 }, () => store.useNonce("a", "n", second(1))),
        { concurrency: "unbounded" }
      )
      assert.equal(takes.filter(Boolean).length, 1)
      assert.equal(yield* store.useNonce("b", "n", second(2)), true)
      assert.equal(yield* prune("nonces", 1), 0)
      assert.equal(yield* prune("nonces", 2), 1)
      assert.equal(yield* store.useNonce("a", "n", second(3)), true)
      assert.equal(yield* store.useNonce("b", "n", second(3)), false)
    })
  },
  {
    name: "the secret of page tokens is long, and always the same; the store says that it can be reached",
    run: Effect.gen(function* () {
      const store = yield* DispatchStore
      const secret = yield* store.secret
      assert.equal(secret.length, 32)
      assert.notDeepEqual(secret, new Uint8Array(32))
      assert.deepEqual(yield* store.secret, secret)
      yield* store.check
      const none = yield* store.get(one, 1n as DispatchId)
      assert.equal(none._tag, "None")
    })
  }
]
