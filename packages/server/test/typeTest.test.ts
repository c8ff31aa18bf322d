import { performance } from "node:perf_hooks"
import { assert, describe, it } from "@effect/vitest"
import { Parts } from "../src/internal/sql/typeTest.ts"

describe("very many parts of types", () => {
  it("are found as each by itself is", () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
      return (seed >> 8) % below
    }
    const word = (most: number) =>
      Array.from({ length: random(most + 1) }, () => "aab\u{1f600}\uffff"[random(5)] ?? "a").join("")
    let found = 0
    for (let times = 0; times < 20_000; times++) {
      const parts = Array.from({ length: random(6) }, () => word(4))
      const text = word(9)
      const expected = parts.some((part) => text.includes(part))
      if (expected) found++
      assert.strictEqual(new Parts(parts).isIn(text), expected, JSON.stringify({ parts, text }))
    }
    assert.isAbove(found, 1_000)
    assert.isBelow(found, 19_000)
  })

  it("cost little in types that nearly hold them, so that no slice of a listing is long", () => {
    const queries = Array.from(
      { length: 1_000 },
      (_, at) => "A".repeat(40) + String.fromCharCode(66 + (at % 20)) + "A".repeat(60 + (at % 30))
    )
    const parts = new Parts(queries)
    const types = Array.from({ length: 200 }, (_, at) => "A".repeat(240) + at)
    const time = (test: (type: string) => boolean) => {
      const began = performance.now()
      for (const type of types) assert.isFalse(test(type))
      return performance.now() - began
    }
    const each = time((type) => queries.some((part) => type.includes(part)))
    const all = time((type) => parts.isIn(type))
    assert.isBelow(all * 5, each)
  })
})
