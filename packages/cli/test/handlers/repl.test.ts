import { assert, describe, it } from "@effect/vitest"
import { completionsOf } from "../../src/handlers/repl.ts"

const commands = [
  { name: "list", flags: ["--running", "--type", "--url"] },
  { name: "timeline", flags: ["--span"] }
]

describe("completion at the prompt", () => {
  it("gives commands for the first word", () => {
    assert.deepStrictEqual(completionsOf("", commands), ["list", "timeline", "help", "exit"])
    assert.deepStrictEqual(completionsOf("ti", commands), ["timeline"])
    assert.deepStrictEqual(completionsOf("x", commands), [])
  })

  it("gives the flags of the command for later words that begin like one", () => {
    assert.deepStrictEqual(completionsOf("list 1 --", commands), ["--running", "--type", "--url"])
    assert.deepStrictEqual(completionsOf("list 1 --t", commands), ["--type"])
    assert.deepStrictEqual(completionsOf("list --t", commands), ["--type"])
    assert.deepStrictEqual(completionsOf("timeline --t", commands), [])
    assert.deepStrictEqual(completionsOf("nonsense --t", commands), [])
  })
})
