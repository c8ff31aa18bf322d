import * as RequestSignature from "@effect-dispatch/api/RequestSignature"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Stream } from "effect"
import * as Mac from "effect/crypto/Mac"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as WebCrypto from "effect/crypto/WebCrypto"
import { TestClock } from "effect/testing"
import { clientOf, id, microgridId, withoutDelay } from "./clientOf.ts"
import { type Exchange, make } from "./grpcService.ts"

const authKey = Redacted.make("a-key")
const signSecret = Redacted.make("a-secret")

const signatureOf = ({ headers }: Exchange): RequestSignature.RequestSignature => ({
  timestamp: String(headers["ts"]),
  nonce: String(headers["nonce"]),
  signature: String(headers["sig"])
})

/** Makes every call once. The service refuses them all. */
const callAll = (options: Parameters<typeof clientOf>[1], code = 5) =>
  Effect.gen(function* () {
    const service = yield* make((exchange) => exchange.refuse(code))
    const client = yield* clientOf(service, options)
    const target = { _tag: "ComponentIds", ids: [1n] } as const
    yield* Effect.ignore(client.create(microgridId, { type: "A", startTime: "NOW", target }))
    yield* Effect.ignore(client.update(microgridId, id(1n), { active: true }, { ifUpdateTime: 5n }))
    yield* Effect.ignore(client.get(microgridId, id(1n)))
    yield* Effect.ignore(client.delete(microgridId, id(1n)))
    yield* Effect.ignore(Stream.runDrain(client.list(microgridId)))
    yield* Effect.ignore(Stream.runDrain((yield* client.stream(microgridId)).events))
    return service.exchanges
  })

const methods = [
  "CreateMicrogridDispatch",
  "UpdateMicrogridDispatch",
  "GetMicrogridDispatch",
  "DeleteMicrogridDispatch",
  "ListMicrogridDispatches",
  "StreamMicrogridDispatches"
]

describe("metadata of calls", () => {
  it.live("without a key there are none", () =>
    Effect.gen(function* () {
      const exchanges = yield* callAll({})
      assert.deepStrictEqual(
        exchanges.map(({ method }) => method),
        methods
      )
      for (const { headers } of exchanges) {
        for (const name of ["key", "ts", "nonce", "sig"]) assert.notProperty(headers, name)
      }
    })
  )

  it.live("a plain key goes with every call, and nothing else", () =>
    Effect.gen(function* () {
      for (const { headers } of yield* callAll({ authKey })) {
        assert.strictEqual(headers["key"], "a-key")
        for (const name of ["ts", "nonce", "sig"]) assert.notProperty(headers, name)
      }
    })
  )

  it.live("with a secret every call is signed for its method, with the time and a nonce of its own", () =>
    Effect.gen(function* () {
      const exchanges = yield* callAll({ authKey, signSecret })
      assert.deepStrictEqual(
        exchanges.map(({ method }) => method),
        methods
      )
      for (const exchange of exchanges) {
        const signature = signatureOf(exchange)
        const { method } = exchange
        assert.isTrue(
          yield* Effect.provide(
            RequestSignature.verify({ key: authKey, secret: signSecret, method }, signature),
            Layer.provide(Mac.layerWebCrypto, SecureRandom.layerWebCrypto)
          ),
          method
        )
        assert.strictEqual(exchange.headers["key"], "a-key")
        assert.match(signature.nonce, /^[\w-]{22}==$/)
        const age = Date.now() / 1_000 - (RequestSignature.timestampOf(signature) ?? 0)
        assert.isTrue(age >= 0 && age < 30, String(age))
        assert.notInclude(JSON.stringify(exchange.headers), "a-secret")
      }
      assert.strictEqual(exchanges[1]?.headers["if-update-time"], "5")
      assert.strictEqual(
        new Set(exchanges.map((exchange) => signatureOf(exchange).nonce)).size,
        methods.length
      )
    })
  )

  it.live("a call that is tried again is signed anew", () =>
    Effect.gen(function* () {
      const service = yield* make((exchange) => exchange.refuse(14))
      const client = yield* clientOf(service, { authKey, signSecret })
      yield* withoutDelay(Effect.flip(client.get(microgridId, id(1n))))
      const nonces = service.exchanges.map((exchange) => signatureOf(exchange).nonce)
      assert.strictEqual(new Set(nonces).size, 4)
    })
  )

  it.effect("a signature is what another implementation makes of the same key, secret, time and nonce", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_999)
      const service = yield* make((exchange) => exchange.refuse(5))
      const client = yield* clientOf(service, {
        authKey: Redacted.make("key"),
        signSecret: Redacted.make("secret")
      })
      yield* Effect.flip(
        client.create(microgridId, {
          type: "A",
          startTime: "NOW",
          target: { _tag: "ComponentIds", ids: [1n] }
        })
      )
      const [exchange] = service.exchanges
      if (exchange === undefined) return assert.fail("the call was not made")
      assert.deepStrictEqual(signatureOf(exchange), {
        timestamp: "1700000000",
        nonce: "AAECAwQFBgcICQoLDA0ODw==",
        signature: "NKjWkH-PsvKpuO0E7qIsvVb1T1F3T4i_KsDE2KkZa7Y"
      })
    }).pipe(
      Effect.provide(
        WebCrypto.layer({
          subtle: crypto.subtle,
          getRandomValues: (bytes: Uint8Array) => (bytes.set([...bytes.keys()]), bytes)
        } as unknown as Crypto)
      )
    )
  )
})
