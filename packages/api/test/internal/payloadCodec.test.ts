import { create, fromBinary, type JsonObject, toBinary } from "@bufbuild/protobuf"
import type { CodecError } from "@effect-dispatch/api/CodecError"
import { isRefused } from "../../src/internal/coded.ts"
import * as PayloadCodec from "../../src/internal/payloadCodec.ts"
import { DispatchDataSchema } from "@effect-dispatch/api/Protobuf"
import * as Payload from "@effect-dispatch/core/Payload"
import { assert, describe, it } from "@effect/vitest"
import { payloads } from "../arbitraries.ts"

/** Over the wire and back, through the bytes. */
const sent = (payload: Payload.Payload): Payload.Payload => {
  const written = PayloadCodec.encode(payload, "payload")
  if (isRefused(written)) return assert.fail(written.message)
  const data = create(DispatchDataSchema, written === undefined ? {} : { payload: written })
  const read = PayloadCodec.decode(
    fromBinary(DispatchDataSchema, toBinary(DispatchDataSchema, data)).payload,
    "payload"
  )
  return isRefused(read) ? assert.fail(read.message) : read
}

const refused = (payload: unknown): CodecError => {
  const written = PayloadCodec.encode(payload as Payload.Payload, "payload")
  return isRefused(written) ? written : assert.fail("it is not refused")
}

describe("PayloadCodec", () => {
  it.prop("a payload is the same after the wire", [payloads], ([payload]) => {
    const read = sent(payload)
    assert.isTrue(Payload.equals(read, payload))
    assert.strictEqual(JSON.stringify(read), JSON.stringify(payload))
  })

  it("every double is itself", () => {
    const numbers = [
      0,
      -0,
      5e-324,
      -5e-324,
      1.7976931348623157e308,
      9_007_199_254_740_994,
      0.1,
      1e21,
      2 ** 53
    ]
    for (const number of numbers) assert.isTrue(Object.is(sent({ number }).number, number), String(number))
  })

  it("a key such as __proto__ is only a key", () => {
    const payload = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":1,"in":[{"__proto__":null,"toString":"x"}]}'
    )
    const read = sent(payload)
    assert.strictEqual(JSON.stringify(read), JSON.stringify(payload))
    assert.isTrue(Object.hasOwn(read, "__proto__"))
    assert.isFalse("polluted" in read)
    assert.isFalse("polluted" in {})
    assert.isTrue(Payload.isPayload(read))
  })

  it("an absent payload is an empty object and is left out again; an empty one is written", () => {
    assert.strictEqual(PayloadCodec.decode(undefined, "payload"), PayloadCodec.absent)
    assert.isUndefined(PayloadCodec.encode(PayloadCodec.absent, "payload"))
    assert.deepStrictEqual(PayloadCodec.encode({}, "payload"), {})
    assert.isTrue(Payload.equals(PayloadCodec.absent, {}))
  })

  it.each<readonly [string, unknown, string]>([
    ["payload.x", { x: Number.NaN }, "NaN is not a finite number"],
    ["payload.x[1].y", { x: [0, { y: -Infinity }] }, "-Infinity is not a finite number"],
    ["payload.x", { x: undefined }, "undefined is not a JSON value"],
    ["payload.x", { x: 1n }, "bigint is not a JSON value"],
    ["payload.x", { x: () => 1 }, "function is not a JSON value"],
    ["payload.x[0]", { x: ["\udfff"] }, "the text has half of a surrogate pair, which is no character"],
    ["payload.a\ud800", { "a\ud800": 1 }, "the text has half of a surrogate pair, which is no character"]
  ])("what JSON or the wire cannot hold is refused at %s", (path, payload, message) => {
    const error = refused(payload)
    assert.deepStrictEqual([error.path, error.message], [path, message])
  })

  it("what is nested too deep, or within itself, is refused and exhausts no stack", () => {
    const nested = (depth: number) => {
      let value: JsonObject = {}
      for (let level = 1; level < depth; level++) value = { a: value }
      return value
    }
    assert.isFalse(isRefused(PayloadCodec.encode(nested(100), "payload")))
    assert.match(refused(nested(101)).message, /at most 100 levels deep/)
    const circle: { self?: unknown } = {}
    circle.self = circle
    assert.match(refused(circle).message, /at most 100 levels deep/)
    const read = PayloadCodec.decode(nested(101), "payload")
    assert.isTrue(isRefused(read))
  })
})
