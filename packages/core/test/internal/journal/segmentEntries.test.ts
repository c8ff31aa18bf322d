import { assert, describe, it } from "@effect/vitest"
import { linesOf } from "../../../src/internal/journal/journalText.ts"
import { joined, lastNumberIn } from "../../../src/internal/journal/segmentEntries.ts"
import { entry, running } from "../../journaling.ts"

const lines = linesOf([1, 2, 3].map((number) => entry(number, number, running(number, 60))))

describe("J4: the last entry of a segment", () => {
  it("is found behind what a crash has torn, and behind damage", () => {
    const torn = joined(lines, linesOf([entry(4, 4, running(4, 60))]).subarray(0, 40))
    const lineLength = lines.indexOf(10) + 1
    const damaged = lines.with(lines.length - 9, 0)
    const found = [lines, torn, damaged, lines.subarray(0, lineLength), lines.subarray(0, lineLength - 1)]
    assert.deepStrictEqual(found.map(lastNumberIn), [3n, 3n, 2n, 1n, 1n])
  })

  it("is none of an empty segment, nor of one without a whole line", () => {
    const found = [new Uint8Array(), Uint8Array.of(10, 10), lines.subarray(0, 40)]
    assert.deepStrictEqual(found.map(lastNumberIn), [undefined, undefined, undefined])
  })
})
