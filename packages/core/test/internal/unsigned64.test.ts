import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"

describe("ids", () => {
  it("are bigints from 0 to 2^64 - 1, as they are", () => {
    for (const id of [0n, 1n, 2n ** 64n - 1n]) {
      assert.strictEqual(DispatchId.make(id), id)
      assert.strictEqual(MicrogridId.make(id), id)
    }
  })

  it.each<readonly [unknown, string]>([
    [1, "the number 1"],
    [Number.NaN, "the number NaN"],
    ["x", 'the text "x"'],
    [undefined, "undefined"],
    [null, "null"],
    [{}, "an object"],
    [-1n, "-1n"],
    [2n ** 64n, "18446744073709551616n"]
  ])("of %s they say what they want", (given, shown) => {
    const expected = "id: a bigint from 0n to 2n ** 64n - 1n, such as 1n"
    const make = (id: typeof DispatchId | typeof MicrogridId) => () => id.make(given as bigint)
    assert.throws(make(MicrogridId), TypeError, `Expected a microgrid ${expected}. Got ${shown}`)
    assert.throws(
      () => Target.componentIds(1n, given as bigint),
      TypeError,
      `Expected a component ${expected}`
    )
    assert.throws(make(DispatchId), TypeError, `Expected a dispatch ${expected}. Got ${shown}`)
    const decoded = Schema.decodeUnknownResult(DispatchId)(given)
    assert.include(
      Result.isFailure(decoded) ? decoded.failure.message : "",
      `Expected a dispatch ${expected}`
    )
  })
})
