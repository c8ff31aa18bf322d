import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { misused, partsOf, wordsOf } from "./glossary.ts"
import { read } from "./workspace.ts"

const root = join(import.meta.dirname, "../..")
const words = wordsOf(readFileSync(join(root, "ARCHITECTURE.md"), "utf8"))

describe("the glossary", () => {
  it("gives every word one meaning: no other module exports a name with it", () => {
    const exported = read(root)
      .modules.filter(({ part, path }) => part === "src" && !path.includes("/gen/"))
      .flatMap(({ exports, path }) => exports.map(({ name }) => ({ path, name })))
    assert.isAbove(exported.length, 1_000)
    assert.deepStrictEqual(misused(words, exported), [])
  })

  it("has a place for every word, so that every row can fail", () => {
    const exported = words.map(({ word }) => ({ path: "packages/elsewhere/src/A.ts", name: word }))
    assert.lengthOf(misused(words, exported), words.length)
  })

  it.each([
    "Cause",
    "Transition",
    "Outcome",
    "Listing",
    "Input",
    "Entry",
    "Held",
    "settle",
    "Site",
    "wakeUps",
    "isCommand",
    "Recalled",
    "WritePlan"
  ])("finds %s where it would mean something else", (name) => {
    assert.lengthOf(misused(words, [{ path: "packages/server/src/A.ts", name }]), 1)
  })

  it("finds a word that is used elsewhere, in any form", () => {
    const table =
      "## Glossary\n\n| word | means | by |\n|---|---|---|\n| cause | why | `core/src/A.ts`, `testing` |\n| seed, plan | that | `testing` |\n## X"
    const found = (path: string, name: string) => misused(wordsOf(table), [{ path, name }]).length
    assert.deepStrictEqual(wordsOf(table), [
      { word: "cause", places: ["core/src/A.ts", "testing"] },
      { word: "seed", places: ["testing"] },
      { word: "plan", places: ["testing"] }
    ])
    assert.deepStrictEqual(
      [found("packages/core/src/A.ts", "Cause"), found("packages/testing/src/B.ts", "causes")],
      [0, 0]
    )
    assert.deepStrictEqual(
      [found("packages/core/src/B.ts", "CauseOf"), found("packages/core/src/B.ts", "planOf")],
      [1, 1]
    )
    assert.deepStrictEqual(partsOf("wakeUpsOfSQLite"), ["wake", "ups", "of", "sq", "lite"])
  })
})
