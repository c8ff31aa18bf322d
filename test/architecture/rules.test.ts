import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { mutants } from "../../scripts/mutants/all.ts"
import { type Mutant, mutated, titleOf } from "../../scripts/mutants/mutant.ts"

const root = join(import.meta.dirname, "../..")

/** The documents that hold the numbered rules, of one actor and of a fleet. */
const documents = ["packages/core/BEHAVIOUR.md", "packages/fleet/BEHAVIOUR.md"]

/** The numbered rules of the behaviour. */
const rules = [
  ...Array.from({ length: 10 }, (_, index) => `S${index + 1}`),
  ...Array.from({ length: 11 }, (_, index) => `R${index + 1}`),
  ...Array.from({ length: 13 }, (_, index) => `W${index + 1}`),
  ...Array.from({ length: 6 }, (_, index) => `J${index + 1}`),
  ...Array.from({ length: 10 }, (_, index) => `J${index + 20}`),
  ...Array.from({ length: 8 }, (_, index) => `F${index + 1}`)
]

/** The rules a text begins with: "S3, S6: what it promises". */
const cited = (text: string): ReadonlyArray<string> =>
  /^((?:[SRFWJ]\d+(?:, )?)+):/.exec(text)?.[1]?.split(", ") ?? []

const texts = (pattern: string): ReadonlyArray<string> =>
  globSync(pattern, { cwd: root }).map((file) => readFileSync(join(root, file), "utf8"))

/** The names of all tests, as far as they are written out. */
const testNames = ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"]
  .flatMap(texts)
  .flatMap((source) => [...source.matchAll(/\b(?:it|test)(?:\.\w+)?\(\s*["`]([^"`]+)/g)])
  .map(([, name]) => name ?? "")

const missing = (named: ReadonlyArray<string>) => {
  const found = new Set(named)
  return rules.filter((rule) => !found.has(rule))
}

const rulesOf = ({ rule }: Mutant): ReadonlyArray<string> => rule?.split(", ") ?? []

describe("every numbered rule of the behaviour", () => {
  it("is cited by a test that proves it", () => assert.deepStrictEqual(missing(testNames.flatMap(cited)), []))

  it("is broken by a mutant that the tests must catch", () =>
    assert.deepStrictEqual(missing(mutants.flatMap(rulesOf)), []))

  it("is written in the document of the behaviour, once", () => {
    const written = documents
      .flatMap(texts)
      .flatMap((text) => [...text.matchAll(/^(?:\*\*|\| )([SRFWJ]\d+) /gm)].map(([, rule]) => rule))
    assert.sameOrderedMembers(written, rules)
  })

  it("is found missing where it is not cited", () => {
    assert.deepStrictEqual(missing(rules.slice(1).flatMap((rule) => cited(`${rule}: a promise`))), ["S1"])
    assert.deepStrictEqual(cited("R7, R8: two"), ["R7", "R8"])
    assert.deepStrictEqual(cited("as S1 says"), [])
  })
})

describe("a mutant", () => {
  it("names only rules that there are, and those apart from its fault", () => {
    const wrong = mutants.filter(
      (mutant) => cited(mutant.fault).length > 0 || rulesOf(mutant).some((rule) => !rules.includes(rule))
    )
    assert.deepStrictEqual(wrong.map(titleOf), [])
  })

  it("changes a text that stands in its file exactly once", () => {
    const stale = mutants.filter(
      (mutant) => mutated(readFileSync(join(root, mutant.file), "utf8"), mutant) === undefined
    )
    assert.deepStrictEqual(
      stale.map(({ name }) => name),
      []
    )
  })

  it("is refused where its text stands twice or not at all, however its words are spaced", () => {
    const mutant = { name: "n", file: "f", fault: "f", text: "a (b)\n  c", replacement: "d" }
    assert.strictEqual(mutated("x a (b) c y", mutant), "x d y")
    assert.isUndefined(mutated("x a (b) c a (b) c y", mutant))
    assert.isUndefined(mutated("x a (B) c y", mutant))
  })
})
