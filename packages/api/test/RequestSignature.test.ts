import { createHmac } from "node:crypto"
import * as RequestSignature from "@effect-dispatch/api/RequestSignature"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Layer, Redacted, Schema } from "effect"
import * as Mac from "effect/crypto/Mac"
import * as SecureRandom from "effect/crypto/SecureRandom"

/** Made with Python's `hmac` and `base64`: secret, key, timestamp, nonce bytes, nonce, method, signature. */
const vectors = [
  [
    "secret",
    "key",
    1_700_000_000,
    "000102030405060708090a0b0c0d0e0f",
    "AAECAwQFBgcICQoLDA0ODw==",
    "ListMicrogridDispatches",
    "dpARzbMfJyTd-t2nn_J2Yhqp6jmiZVRebH6_LO4UE4I"
  ],
  [
    "secret",
    "key",
    1_700_000_000,
    "000102030405060708090a0b0c0d0e0f",
    "AAECAwQFBgcICQoLDA0ODw==",
    "CreateMicrogridDispatch",
    "NKjWkH-PsvKpuO0E7qIsvVb1T1F3T4i_KsDE2KkZa7Y"
  ],
  // Longer than a block of the hash.
  [
    "s".repeat(200),
    "a-key",
    1,
    "ffffffffffffffffffffffffffffffff",
    "_____________________w==",
    "GetMicrogridDispatch",
    "jHcnhaHYKncbLylPEKCni1pgjgCfiu1d5I3COK5vLgY"
  ],
  // Beyond ASCII, as UTF-8.
  [
    "geheim-ü🔑",
    "schlüssel",
    1_767_607_200,
    "fbefbefbefbefbefbefbefbefbefbefb",
    "---------------------w==",
    "StreamMicrogridDispatches",
    "u_VOrOrz2gCie9-ajvdAiJ6dPezJNRcVK9FkaKT5P04"
  ],
  [
    "",
    "k",
    253_402_300_799,
    "00000000000000000000000000000000",
    "AAAAAAAAAAAAAAAAAAAAAA==",
    "DeleteMicrogridDispatch",
    "YBaJZEa2A9ESpRW0k5buE3McH5w8emgFRA28CC1Gt90"
  ]
] as const

const signer = (key: string, secret: string, method: string): RequestSignature.Signer => ({
  key: Redacted.make(key),
  secret: Redacted.make(secret),
  method
})

const { Int, String: Text } = Schema

const requests = Arbitrary.all({
  key: Arbitrary.schema(Text),
  secret: Arbitrary.schema(Text),
  method: Arbitrary.schema(Text),
  timestamp: Arbitrary.schema(Int.check(Schema.isBetween({ minimum: 1, maximum: 253_402_300_799 }))),
  nonce: Arbitrary.map(
    Arbitrary.schema(
      Schema.Array(Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))).check(
        Schema.isMinLength(RequestSignature.nonceSizeBytes),
        Schema.isMaxLength(RequestSignature.nonceSizeBytes)
      )
    ),
    (bytes) => Uint8Array.from(bytes)
  )
})

/** By Node at once, and as browsers do. */
const onNode = Mac.layerWebCryptoWith({
  hmac: (hash, key, data) => createHmac(hash.replace("-", ""), key).update(data).digest()
}).pipe(Layer.provide(SecureRandom.layerWebCrypto))
const inBrowsers = Layer.provide(Mac.layerWebCrypto, SecureRandom.layerWebCrypto)

const run = <A>(effect: Effect.Effect<A, never, Mac.Mac>): A => Effect.runSync(Effect.provide(effect, onNode))
const sign = (...signed: Parameters<typeof RequestSignature.sign>) => run(RequestSignature.sign(...signed))
const verify = (...verified: Parameters<typeof RequestSignature.verify>) =>
  run(RequestSignature.verify(...verified))

describe("RequestSignature", () => {
  it.each(vectors)(
    "signs as another implementation does (secret %s, key %s)",
    (secret, key, timestamp, bytes, nonce, method, signature) => {
      const by = signer(key, secret, method)
      const signed = sign(by, {
        timestamp,
        nonce: Uint8Array.from(Buffer.from(bytes, "hex"))
      })
      assert.deepStrictEqual(signed, { timestamp: String(timestamp), nonce, signature })
      assert.isTrue(verify(by, signed))
      assert.strictEqual(RequestSignature.timestampOf(signed), timestamp)
    }
  )

  it.effect.each(vectors)(
    "in a browser it signs alike (secret %s, key %s)",
    ([secret, key, timestamp, bytes, , method, signature]) =>
      Effect.gen(function* () {
        const by = signer(key, secret, method)
        const nonce = Uint8Array.from(Buffer.from(bytes, "hex"))
        const signed = yield* RequestSignature.sign(by, { timestamp, nonce })
        assert.strictEqual(signed.signature, signature)
        assert.isTrue(yield* RequestSignature.verify(by, signed))
        assert.isFalse(yield* RequestSignature.verify(by, { ...signed, timestamp: "2" }))
      }).pipe(Effect.provide(inBrowsers))
  )

  it("an empty secret signs as HMAC has it", () => {
    const nonce = new Uint8Array(16)
    const signed = sign(signer("key", "", "M"), { timestamp: 1, nonce })
    const right = createHmac("sha256", "").update(`key1${signed.nonce}M`).digest("base64url")
    assert.strictEqual(signed.signature, right)
  })

  it.prop(
    "what is signed is verified, and nothing else is",
    [requests],
    ([{ key, method, nonce, secret, timestamp }]) => {
      const by = signer(key, secret, method)
      const signed = sign(by, { timestamp, nonce })
      assert.isTrue(verify(by, signed))
      for (const other of [
        signer(`${key}x`, secret, method),
        signer(key, `${secret}x`, method),
        signer(key, secret, `${method}x`)
      ]) {
        assert.isFalse(verify(other, signed))
      }
      const { nonce: text, signature, timestamp: ts } = signed
      for (const forged of [
        { ...signed, timestamp: String(timestamp + 1) },
        { ...signed, nonce: text.replace(/^./, (first) => (first === "A" ? "B" : "A")) },
        { ...signed, signature: signature.replace(/^./, (first) => (first === "A" ? "B" : "A")) },
        { ...signed, signature: "" },
        { ...signed, signature: signature.slice(1) },
        { ...signed, signature: `${signature}=` },
        { timestamp: "", nonce: "", signature: "" },
        { ...signed, timestamp: `${ts}0` }
      ]) {
        assert.isFalse(verify(by, forged))
      }
    }
  )

  it("a fraction of a second does not count", () => {
    const by = signer("key", "secret", "M")
    const nonce = new Uint8Array(16)
    assert.deepStrictEqual(
      sign(by, { timestamp: 1_700_000_000.999, nonce }),
      sign(by, { timestamp: 1_700_000_000, nonce })
    )
  })

  it("a timestamp is plain decimal digits, so that none can be moved to the nonce unseen", () => {
    const timestampOf = (timestamp: string) =>
      RequestSignature.timestampOf({ timestamp, nonce: "", signature: "" })
    assert.strictEqual(timestampOf("1700000000"), 1_700_000_000)
    for (const text of [
      "",
      "0",
      "01700000000",
      "+1700000000",
      "-1",
      "1.7e9",
      "1700000000.5",
      " 1",
      "1 ",
      "x",
      "9".repeat(16),
      "١"
    ]) {
      assert.isUndefined(timestampOf(text), text)
    }
  })

  it("the method is the last segment of a path", () => {
    assert.strictEqual(
      RequestSignature.methodOf("/frequenz.api.dispatch.v1.MicrogridDispatchService/GetMicrogridDispatch"),
      "GetMicrogridDispatch"
    )
    assert.strictEqual(RequestSignature.methodOf("GetMicrogridDispatch"), "GetMicrogridDispatch")
  })
})
