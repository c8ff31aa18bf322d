import * as Payload from "@effect-dispatch/core/Payload"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result, Schema } from "effect"

class Limit {
  readonly watts = 5
}

const thrown = (value: unknown) => {
  throw value
}

const holed = (): Array<number> => {
  const list = [0]
  list[2] = 2
  return list
}

const json = {
  texts: ["", "ä", "\ud83d\ude00"],
  numbers: [0, -0, 1.5, 5e-324],
  others: [true, null, {}, []],
  plain: Object.assign(Object.create(null), { a: { b: [{ c: 1 }] } }),
  ...(JSON.parse('{"__proto__": {"x": 1}}') as object)
}

describe("Payload", () => {
  it("is a JSON object all the way down", () => {
    assert.isUndefined(Payload.findFault(json))
    assert.isTrue(Payload.isPayload(json))
    assert.strictEqual(Result.getOrThrow(Schema.decodeResult(Payload.Payload)(json)), json)
  })

  it.each<readonly [string, unknown, string]>([
    ["payload.at", { at: new Date(0) }, "a Date is not"],
    ["payload.seen", { seen: new Map([["a", 1]]) }, "a Map is not"],
    ["payload.seen[1]", { seen: [1, new Set([1])] }, "a Set is not"],
    ["payload.a.limit", { a: { limit: new Limit() } }, "a Limit is not"],
    ["payload.bytes", { bytes: new Uint8Array(2) }, "a Uint8Array is not"],
    ["payload.error", { error: new Error("x") }, "an Error is not"],
    ["payload.pattern", { pattern: /x/ }, "a RegExp is not"],
    ["payload.boxed", { boxed: Object(1) }, "a Number is not"],
    ["payload.instant", { instant: DateTime.makeUnsafe(0) }, "is not a JSON value"],
    ["payload.f", { f: () => 1 }, "function is not"],
    ["payload.s", { s: Symbol("x") }, "symbol is not"],
    ["payload.a", { a: { [Symbol("x")]: 1 } }, "a key of JSON is a text, not Symbol(x)"],
    ["payload.n", { n: 1n }, "bigint is not"],
    ["payload.n", { n: Number.NaN }, "NaN is not a finite number"],
    ["payload.u", { u: undefined }, "undefined is not"],
    ["payload.hole[1]", { hole: holed() }, "undefined is not"],
    [
      "payload.a",
      {
        a: {
          get watts() {
            throw new Error("boom")
          }
        }
      },
      "it cannot be read: boom"
    ],
    ["payload.list", { list: new Proxy([1], { get: () => thrown(null) }) }, "it cannot be read: null"],
    [
      "payload.p",
      { p: new Proxy({}, { ownKeys: () => thrown(new Error("shut")) }) },
      "it cannot be read: shut"
    ],
    [
      "payload",
      new Proxy({}, { getPrototypeOf: () => thrown(Object.create(null)) }),
      "a value that has no text"
    ],
    ["payload", new Map(), "a Map is not"],
    ["payload", [], "a payload is an object, not a list"],
    ["payload", "x", 'a payload is an object, not the text "x"'],
    ["payload", null, "a payload is an object, not null"]
  ])("is refused at %s", (path, value, message) => {
    const fault = Payload.findFault(value)
    assert.strictEqual(fault?.path, path)
    assert.include(fault?.message, message)
    assert.isFalse(Payload.isPayload(value))
  })

  it("the schema says where the fault is", () => {
    const read = Schema.decodeUnknownResult(Payload.Payload)({ a: [new Date(0)] })
    assert.match(
      Result.isFailure(read) ? read.failure.message : "",
      /payload\.a\[0\]: a Date is not a JSON value/
    )
  })

  it("one within itself is refused and exhausts no stack", () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    assert.match(Payload.findFault(circle)?.message ?? "", /at most 100 levels deep/)
  })
})
