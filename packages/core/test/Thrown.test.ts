import * as Thrown from "@effect-dispatch/core/Thrown"
import { assert, describe, it } from "@effect/vitest"

describe("Thrown", () => {
  it("an error says its message, or its name if it has none; anything else is its text", () => {
    assert.deepStrictEqual(
      [new TypeError("no such file"), new TypeError(), "away", undefined, 7n, { toString: () => "odd" }].map(
        Thrown.messageOf
      ),
      ["no such file", "TypeError", "away", "undefined", "7", "odd"]
    )
  })

  it("the innermost cause is found, through whatever wraps it, and also of an error that is its own cause", () => {
    const inner = new Error("locked")
    const wrapped = new Error("failed", { cause: new Error("statement", { cause: inner }) })
    assert.strictEqual(Thrown.innermost(wrapped), inner)
    const outer = new Error("failed", { cause: "text" })
    assert.strictEqual(Thrown.innermost(outer), outer)
    assert.strictEqual(Thrown.innermost("text"), "text")
    const ownCause = new Error("again")
    ownCause.cause = ownCause
    assert.strictEqual(Thrown.innermost(ownCause), ownCause)
  })
})
