import { createHmac } from "node:crypto"
import * as RequestSignature from "@effect-dispatch/api/RequestSignature"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import type { IncomingCall } from "@effect-dispatch/server/IncomingCall"
import * as AccessKeys from "@effect-dispatch/server/AccessKeys"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import { StoreError } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as Metrics from "@effect-dispatch/server/Metrics"
import {
  callsPerKeyMax,
  callsWaitingMax,
  keysSoughtMax,
  streamsPerKeyMax
} from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { Clock, DateTime, Effect, Fiber, Layer, Metric, Redacted, type Scope } from "effect"
import { TestClock } from "effect/testing"
import * as NodeMac from "../src/internal/nodeMac.ts"
import { atNoon, noon, one, two } from "./services.ts"

/** The store of the keys, which can go away. */
class Away {
  isAway = false
  reads = 0
}

const makeKey = (options: Partial<AccessKeys.AccessKeyOptions> = {}) =>
  Effect.gen(function* () {
    const fresh = yield* AccessKeys.make({
      name: "plant",
      microgrids: "all",
      rights: ["read", "write"],
      signed: false,
      ...options
    })
    const store = yield* AccessKeyStore
    yield* store.addKey(fresh.kept)
    return fresh
  })

const revoke = (id: string) =>
  Effect.gen(function* () {
    const store = yield* AccessKeyStore
    yield* store.revokeKey(id, yield* DateTime.now)
  })

const call = (metadata: Record<string, string> = {}, fields: Partial<IncomingCall> = {}): IncomingCall => ({
  method: "GetMicrogridDispatch",
  metadata: (name) => metadata[name],
  remoteAddress: "203.0.113.7",
  right: "read",
  ...fields
})

/** Lets what a gate waits for come: the next look at the keys is a second away at most. */
const inASecond = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    if (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
    return yield* Fiber.join(fiber)
  })

const gate = (incoming: IncomingCall) =>
  inASecond(Effect.flatMap(AccessControl.AccessControl, (access) => access.gate(incoming)))

const enter = (incoming: IncomingCall, microgridId = one) =>
  Effect.flatMap(gate(incoming), (admission) => admission.enter(microgridId))

const tagOf = (effect: Effect.Effect<unknown, DispatchError, AccessControl.AccessControl>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason._tag)

/** The way in which an admission has ended so far. */
const endOf = (whenRevoked: AccessControl.Admission["whenRevoked"]) => {
  let end: string | undefined
  whenRevoked(({ reason }) => (end = reason._tag))
  return () => end
}

const withKey = ({ key }: AccessKeys.FreshKey) => ({ key: Redacted.value(key) })

const sign = (...signed: Parameters<typeof RequestSignature.sign>) =>
  Effect.provide(RequestSignature.sign(...signed), NodeMac.layer)

/** The metadata of a signed call, a number of seconds from now. */
const signed = (fresh: AccessKeys.FreshKey, seconds = 0, nonce = 1, method = "GetMicrogridDispatch") =>
  Effect.gen(function* () {
    const { epochMilliseconds } = yield* DateTime.now
    const secret = fresh.secret as Redacted.Redacted
    const {
      nonce: text,
      signature,
      timestamp
    } = yield* sign(
      { key: fresh.key, secret, method },
      { timestamp: epochMilliseconds / 1_000 + seconds, nonce: new Uint8Array(16).fill(nonce) }
    )
    return { ...withKey(fresh), ts: timestamp, nonce: text, sig: signature }
  })

const test = <E>(
  promise: string,
  body: (away: Away) => Effect.Effect<void, E, AccessControl.AccessControl | AccessKeyStore | Scope.Scope>
) =>
  it.effect(promise, () =>
    Effect.gen(function* () {
      yield* atNoon
      const away = new Away()
      const store = Layer.effect(
        AccessKeyStore,
        Effect.map(AccessKeyStore, (inner) =>
          AccessKeyStore.of({
            ...inner,
            // Reading takes a while, in which others ask.
            keys: Effect.flatMap(Effect.yieldNow, () => {
              away.reads++
              return away.isAway ? Effect.fail(new StoreError({ message: "the store is away" })) : inner.keys
            })
          })
        )
      ).pipe(Layer.provide(Layer.fresh(DispatchStoreMemory.layer)))
      yield* Effect.provide(body(away), Layer.fresh(AccessControl.layer).pipe(Layer.provideMerge(store)))
    })
  )

describe("AccessControl", () => {
  test("as long as no key was ever made, this machine is served without one, and no other", () =>
    Effect.gen(function* () {
      const access = yield* AccessControl.AccessControl
      assert.isFalse(yield* access.isKeyed)
      for (const remoteAddress of ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"]) {
        assert.deepStrictEqual(yield* enter(call({}, { remoteAddress, right: "write" })), { name: "local" })
      }
      for (const remoteAddress of ["203.0.113.7", "::ffff:10.0.0.1", "1.127.0.0.1", undefined]) {
        assert.strictEqual(yield* tagOf(enter(call({}, { remoteAddress }))), "Unauthenticated")
        assert.strictEqual(yield* tagOf(enter(call({ key: "?" }, { remoteAddress }))), "Unauthenticated")
      }
    }))

  test("once there is a key, nobody is served without, also when all are revoked", () =>
    Effect.gen(function* () {
      const fresh = yield* makeKey()
      const local = { remoteAddress: "127.0.0.1" }
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(yield* tagOf(enter(call({}, local))), "Unauthenticated")
      yield* enter(call(withKey(fresh)))
      yield* revoke(fresh.kept.id)
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(yield* tagOf(enter(call({}, local))), "Unauthenticated")
      assert.strictEqual(yield* tagOf(enter(call(withKey(fresh), local))), "Unauthenticated")
    }))

  test("what cannot be identified is refused in the same words, whatever it is", () =>
    Effect.gen(function* () {
      const revoked = yield* makeKey()
      const other = yield* makeKey()
      yield* revoke(revoked.kept.id)
      yield* TestClock.adjust("15 seconds")
      const messages = yield* Effect.forEach(
        [{}, { key: "" }, { key: "dk_unknown" }, { key: other.kept.hash }, withKey(revoked)],
        (metadata) => Effect.map(Effect.flip(enter(call(metadata))), ({ message }) => message)
      )
      assert.strictEqual(new Set(messages).size, 1)
    }))

  test("a new key opens at once; the store keeps nothing that could be shown as a key", () =>
    Effect.gen(function* () {
      yield* makeKey()
      yield* TestClock.adjust("15 seconds")
      const fresh = yield* makeKey({ name: "anna" })
      assert.strictEqual((yield* enter(call(withKey(fresh)))).name, "anna")
      const store = yield* AccessKeyStore
      const key = Redacted.value(fresh.key)
      assert.isFalse(JSON.stringify(yield* store.keys).includes(key))
      assert.isAtLeast(key.length, 40)
    }))

  test("the very first key counts at once for who shows it, and for what it opens alone", () =>
    Effect.gen(function* () {
      const local = { remoteAddress: "127.0.0.1" }
      yield* enter(call({}, local))
      const fresh = yield* makeKey({ microgrids: [one], rights: ["read"] })
      assert.strictEqual(yield* tagOf(enter(call(withKey(fresh), local), two)), "PermissionDenied")
      assert.strictEqual(yield* tagOf(enter(call({ key: "dk_?" }, local))), "Unauthenticated")
      yield* enter(call(withKey(fresh), local))
    }))

  test("many unknown keys at once cost two readings of the store, not many", (away) =>
    Effect.gen(function* () {
      yield* makeKey()
      yield* TestClock.adjust("15 seconds")
      const before = away.reads
      const access = yield* AccessControl.AccessControl
      const attempts = Array.from({ length: 100 }, (_, index) =>
        tagOf(access.gate(call({ key: `dk_${index}` })))
      )
      const tags = yield* inASecond(Effect.all(attempts, { concurrency: "unbounded" }))
      assert.deepStrictEqual([...new Set(tags)], ["Unauthenticated"])
      assert.isAtMost(away.reads - before, 2)
    }))

  test("unknown keys cost one reading of the store a second, however many are shown", (away) =>
    Effect.gen(function* () {
      yield* makeKey()
      yield* TestClock.adjust("15 seconds")
      const before = away.reads
      for (let index = 0; index < 10; index++) {
        const attempt = tagOf(enter(call({ key: `dk_${index}` })))
        assert.strictEqual(yield* attempt, "Unauthenticated")
      }
      // Each of them has waited for its second.
      assert.strictEqual(away.reads - before, 10)
      const started = yield* Clock.currentTimeMillis
      const attempts = Array.from({ length: 200 }, (_, index) =>
        Effect.gen(function* () {
          yield* Effect.sleep(index * 50)
          const access = yield* AccessControl.AccessControl
          return yield* tagOf(access.gate(call({ key: `dk_${index}` })))
        })
      )
      const fibers = yield* Effect.forEach(attempts, (attempt) => Effect.forkChild(attempt))
      yield* TestClock.adjust("11 seconds")
      for (const fiber of fibers) assert.strictEqual(yield* Fiber.join(fiber), "Unauthenticated")
      assert.strictEqual((yield* Clock.currentTimeMillis) - started, 11_000)
      assert.isAtMost(away.reads - before - 10, 12)
    }))

  test("of more than 256 who wait with an unknown key the oldest are told to come again; a new key is never unknown", () =>
    Effect.gen(function* () {
      const access = yield* AccessControl.AccessControl
      yield* makeKey()
      yield* TestClock.adjust("15 seconds")
      yield* tagOf(enter(call({ key: "dk_before" })))
      const fresh = yield* makeKey({ name: "anna" })
      const keys = [
        ...Array.from({ length: 9 }, (_, index) => `dk_${index}`),
        ...Array.from({ length: keysSoughtMax - 1 }, (_, index) => `dk_${index}`)
      ]
      const strangers = yield* Effect.forEach(keys, (key) =>
        Effect.forkChild(Effect.flip(access.gate(call({ key }))), { startImmediately: true })
      )
      const known = yield* Effect.forkChild(access.gate(call(withKey(fresh))), { startImmediately: true })
      assert.isUndefined(known.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(known)).keyId, fresh.kept.id)
      const tags = yield* Effect.forEach(strangers, (fiber) =>
        Effect.map(Fiber.join(fiber), ({ reason }) => reason._tag)
      )
      assert.deepStrictEqual(
        tags,
        keys.map((_, index) => (index < 9 ? "Unavailable" : "Unauthenticated"))
      )
    }))

  test("a service without keys asks the store once a second, whatever is shown", (away) =>
    Effect.gen(function* () {
      const before = away.reads
      const local = call({ key: "dk_?" }, { remoteAddress: "::1" })
      for (let count = 0; count < 50; count++) yield* enter(local)
      assert.isAtMost(away.reads - before, 1)
    }))

  test("a revoked key opens nothing after 15 s, and its open streams end; those of the other key of its user go on", () =>
    Effect.gen(function* () {
      const [old, next] = [yield* makeKey(), yield* makeKey()]
      const open = (fresh: AccessKeys.FreshKey) =>
        Effect.gen(function* () {
          const { enter, whenRevoked } = yield* gate(call(withKey(fresh)))
          assert.strictEqual((yield* enter(one)).name, "plant")
          return endOf(whenRevoked)
        })
      const [first, second] = [yield* open(old), yield* open(next)]
      yield* revoke(old.kept.id)
      yield* TestClock.adjust("15 seconds")
      assert.deepStrictEqual([first(), second()], ["Unauthenticated", undefined])
      // By its headers alone: its message is not read.
      assert.strictEqual(yield* tagOf(gate(call(withKey(old)))), "Unauthenticated")
      assert.strictEqual(yield* tagOf(enter(call(withKey(old)))), "Unauthenticated")
      yield* enter(call(withKey(next)))
    }))

  test("streams that were opened without a key end when the first key is made", () =>
    Effect.gen(function* () {
      const access = yield* AccessControl.AccessControl
      const { whenRevoked } = yield* access.gate(call({}, { remoteAddress: "::1" }))
      const end = endOf(whenRevoked)
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(end())
      yield* makeKey()
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(end(), "Unauthenticated")
    }))

  test("while the store is away, keys that are known go on to count, and nobody is called unknown", (away) =>
    Effect.gen(function* () {
      const fresh = yield* makeKey()
      yield* TestClock.adjust("15 seconds")
      away.isAway = true
      yield* TestClock.adjust("10 minutes")
      yield* enter(call(withKey(fresh)))
      const attempts = Array.from({ length: 20 }, (_, index) => tagOf(enter(call({ key: `dk_${index}` }))))
      const tags = yield* Effect.all(attempts, { concurrency: "unbounded" })
      assert.deepStrictEqual([...new Set(tags)], ["Unavailable"])
      away.isAway = false
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(yield* tagOf(enter(call({ key: "dk_new" }))), "Unauthenticated")
    }))

  test("a key opens what its rights and microgrids say, and nothing else", () =>
    Effect.gen(function* () {
      const keys = {
        reader: yield* makeKey({ rights: ["read"] }),
        writer: yield* makeKey({ rights: ["write"] }),
        site: yield* makeKey({ microgrids: [two] }),
        nothing: yield* makeKey({ rights: [] }),
        nowhere: yield* makeKey({ microgrids: [] })
      }
      const allowed: Array<string> = []
      for (const [name, fresh] of Object.entries(keys))
        for (const right of ["read", "write"] as const)
          for (const microgridId of [one, two]) {
            const attempt = yield* Effect.result(enter(call(withKey(fresh), { right }), microgridId))
            if (attempt._tag === "Success") allowed.push(`${name} ${right} ${microgridId}`)
            else assert.strictEqual(attempt.failure.reason._tag, "PermissionDenied")
          }
      assert.deepStrictEqual(allowed, [
        "reader read 1",
        "reader read 2",
        "writer write 1",
        "writer write 2",
        "site read 2",
        "site write 2"
      ])
    }))

  test("a key with a secret takes requests that are signed, in time, for their method, once", () =>
    Effect.gen(function* () {
      const fresh = yield* makeKey({ signed: true })
      const other = yield* makeKey({ signed: true })
      const attempt = (metadata: Record<string, string>, fields: Partial<IncomingCall> = {}) =>
        Effect.map(Effect.result(enter(call(metadata, fields))), (result) =>
          result._tag === "Success" ? "in" : result.failure.reason._tag
        )
      const nonces = Effect.map(Metric.value(Metrics.storeDuration.at("useNonce")), ({ count }) => count)
      const before = yield* nonces
      const good = yield* signed(fresh)
      assert.strictEqual(yield* attempt(good), "in")
      assert.strictEqual((yield* nonces) - before, 1)
      const [out, replayed] = ["Unauthenticated", yield* attempt(good)]
      assert.strictEqual(replayed, out)
      assert.strictEqual(yield* attempt(withKey(fresh)), out)
      for (const name of ["ts", "nonce", "sig"] as const) {
        const { [name]: _, ...rest } = yield* signed(fresh, 0, 2)
        assert.strictEqual(yield* attempt(rest), out, name)
        assert.strictEqual(yield* attempt({ ...rest, [name]: "" }), out, name)
      }
      const next = yield* signed(fresh, 0, 3)
      assert.strictEqual(yield* attempt({ ...next, nonce: "other" }), out)
      assert.strictEqual(yield* attempt({ ...next, ts: String(Number(next.ts) + 1) }), out)
      assert.strictEqual(yield* attempt(next, { method: "DeleteMicrogridDispatch" }), out)
      assert.strictEqual(yield* attempt({ ...(yield* signed(other, 0, 4)), ...withKey(fresh) }), out)
      // A refused attempt has used up nothing.
      assert.strictEqual(yield* attempt(next), "in")
    }))

  test("a signature counts for five minutes around its time, by the clock of the service", () =>
    Effect.gen(function* () {
      const fresh = yield* makeKey({ signed: true })
      yield* TestClock.adjust("15 seconds")
      const offsets = [-301, -300, -299, 0, 299, 300, 301]
      const results = yield* Effect.forEach(offsets, (seconds, index) =>
        Effect.flatMap(signed(fresh, seconds, index), (metadata) => Effect.result(enter(call(metadata))))
      )
      assert.deepStrictEqual(
        offsets.filter((_, index) => results[index]?._tag === "Success"),
        [-300, -299, 0, 299, 300]
      )
      const late = yield* signed(fresh, 0, 99)
      yield* TestClock.adjust(300_001)
      assert.strictEqual(yield* tagOf(enter(call(late))), "Unauthenticated")
    }))

  test("a time of a signature that is no number is said to be none, and one that is too old to be that", () =>
    Effect.gen(function* () {
      const fresh = yield* makeKey({ signed: true })
      const messageOf = (metadata: Record<string, string>) =>
        Effect.map(Effect.flip(enter(call(metadata))), ({ message }) => message)
      const secret = fresh.secret as Redacted.Redacted
      const signer = { key: fresh.key, secret, method: "GetMicrogridDispatch" }
      for (const ts of [
        "",
        "now",
        "1.7e9",
        "1767225600.5",
        "2026-03-01T12:00:00Z",
        "-5",
        "NaN",
        " 1772366400"
      ]) {
        const right = createHmac("sha256", Redacted.value(secret))
          .update(`${Redacted.value(fresh.key)}${ts}nonce${signer.method}`)
          .digest("base64url")
        for (const sig of [right, "wrong"]) {
          const message = yield* messageOf({ ...withKey(fresh), ts, nonce: "nonce", sig })
          assert.match(message, /ts is no number of unix seconds/, ts)
          assert.notMatch(message, /clock/)
        }
      }
      for (const [bytes, answer] of [
        [96, undefined],
        [97, /signature is wrong/]
      ] as const) {
        const { nonce, signature, timestamp } = yield* sign(signer, {
          timestamp: noon.epochMilliseconds / 1_000,
          nonce: new Uint8Array(bytes)
        })
        const shown = call({ ...withKey(fresh), ts: timestamp, nonce, sig: signature })
        if (answer === undefined) yield* enter(shown)
        else assert.match((yield* Effect.flip(enter(shown))).message, answer)
      }
      const old = yield* signed(fresh, -301, 1)
      assert.match(yield* messageOf(old), /too far from the present; is the clock right/)
      const inMilliseconds = yield* sign(signer, {
        timestamp: noon.epochMilliseconds,
        nonce: new Uint8Array(16)
      })
      assert.match(
        yield* messageOf({
          ...withKey(fresh),
          ts: inMilliseconds.timestamp,
          nonce: inMilliseconds.nonce,
          sig: inMilliseconds.signature
        }),
        /too far from the present/
      )
    }))

  test("a call that was refused or given up before it was handled may be sent again as it is", () =>
    Effect.gen(function* () {
      const access = yield* AccessControl.AccessControl
      const fresh = yield* makeKey({ signed: true, microgrids: [two] })
      yield* TestClock.adjust("15 seconds")
      const metadata = yield* signed(fresh)
      for (let time = 0; time < 3; time++) yield* access.gate(call(metadata))
      assert.strictEqual(yield* tagOf(enter(call(metadata), one)), "PermissionDenied")
      assert.strictEqual(yield* tagOf(enter(call(metadata, { right: "write" }))), "PermissionDenied")
      yield* enter(call(metadata), two)
      assert.strictEqual(yield* tagOf(enter(call(metadata), two)), "Unauthenticated")
    }))

  test("a message that takes long does not make a signature count for longer, nor a revoked key", () =>
    Effect.gen(function* () {
      const access = yield* AccessControl.AccessControl
      const fresh = yield* makeKey({ signed: true })
      yield* TestClock.adjust("15 seconds")
      const late = yield* access.gate(call(yield* signed(fresh, -300)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* tagOf(late.enter(one)), "Unauthenticated")
      const revoked = yield* access.gate(call(yield* signed(fresh, 0, 2)))
      yield* revoke(fresh.kept.id)
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(yield* tagOf(revoked.enter(one)), "Unauthenticated")
    }))

  test("of a key so many calls are at work, and as many wait in turn; another key does not notice", () =>
    Effect.gen(function* () {
      const [busy, other] = [yield* makeKey(), yield* makeKey()]
      const place = (key: AccessKeys.FreshKey, kind: AccessControl.Place, over: Array<() => void>) =>
        Effect.flatMap(gate(call(withKey(key))), (admission) =>
          admission.place(kind, (release) => over.push(release))
        )
      const over: Array<() => void> = []
      for (let index = 0; index < callsPerKeyMax; index++) yield* place(busy, "calls", over)
      assert.strictEqual(over.length, callsPerKeyMax)
      const admission = yield* gate(call(withKey(busy)))
      const later: Array<() => void> = []
      const wait = admission.place("calls", (release) => later.push(release))
      const [first, second] = yield* Effect.replicateEffect(
        Effect.forkScoped(wait, { startImmediately: true }),
        callsWaitingMax
      )
      if (first === undefined || second === undefined) return assert.fail()
      assert.strictEqual(yield* tagOf(wait), "ResourceExhausted")
      assert.isUndefined(first.pollUnsafe())
      yield* place(other, "calls", [])
      yield* Fiber.interrupt(first)
      over[0]?.()
      yield* Fiber.join(second)
      assert.strictEqual(later.length, 1)
    }))

  test("a key may have so many streams open, and the place of one that ended is taken again", () =>
    Effect.gen(function* () {
      const admission = yield* gate(call(withKey(yield* makeKey())))
      const over: Array<() => void> = []
      const open = admission.place("streams", (release) => over.push(release))
      yield* Effect.replicateEffect(open, streamsPerKeyMax)
      assert.isTrue((yield* Effect.flip(open)).isRetryable)
      over[0]?.()
      yield* open
      assert.strictEqual(yield* tagOf(open), "ResourceExhausted")
    }))

  it.effect("the number of streams of a key can be set, and its refusal names it", () =>
    Effect.gen(function* () {
      const { gate } = yield* AccessControl.AccessControl
      const open = Effect.flatMap(gate(call({}, { remoteAddress: "127.0.0.1" })), (admission) =>
        admission.place("streams", () => undefined)
      )
      yield* Effect.replicateEffect(open, 2)
      const { message } = yield* Effect.flip(open)
      assert.include(message, "2 streams open, which is the most it may (--streams-per-key of the service)")
    }).pipe(
      Effect.provide(
        Layer.provide(AccessControl.layerLoopback, Layer.succeed(AccessControl.StreamsPerKey, 2))
      )
    )
  )
})
