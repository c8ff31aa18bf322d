import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import * as Part from "../src/worker/part.ts"

describe("the words of a part", () => {
  it("W12: `#7` is a dispatch, `12` a component, all others a part of the type", () => {
    assert.deepStrictEqual(Part.filterOf("#7"), { queries: ["#7"] })
    assert.deepStrictEqual(Part.filterOf(" 12  13 "), { targets: [Target.componentIds(12n, 13n)] })
    assert.deepStrictEqual(Part.filterOf("PEAK  SHAVING 12"), {
      queries: ["PEAK SHAVING"],
      targets: [Target.componentIds(12n)]
    })
    assert.deepStrictEqual(Part.filterOf("  "), {})
  })

  it("W12: no word is left out: dispatches are shown beside a part of the type", () => {
    assert.deepStrictEqual(Part.filterOf("#7 CHARGE"), { queries: ["#7", "CHARGE"] })
  })

  it("W12: a number that is no id is a part of the type", () => {
    const [largest, next] = [String(2n ** 64n - 1n), String(2n ** 64n)]
    assert.deepStrictEqual(Part.filterOf(largest), { targets: [Target.componentIds(2n ** 64n - 1n)] })
    assert.deepStrictEqual(Part.filterOf(next), { queries: [next] })
  })
})
