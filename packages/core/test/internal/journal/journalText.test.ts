import { JournalEntry, type JournalEvent } from "@effect-dispatch/core/JournalEntry"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { entryOf, jsonOf, linesOf, newLine } from "../../../src/internal/journal/journalText.ts"
import { at } from "../../fixtures.ts"
import { about, entry, named, running, stopped } from "../../journaling.ts"

const events: ReadonlyArray<JournalEvent> = [
  { _tag: "Began" },
  { _tag: "Alive" },
  { _tag: "Lost", count: 3 },
  running(0, 60, { dispatch: named(2n ** 64n - 1n, { name: 'night "1"' }), earliest: at(-60) }),
  stopped(0, undefined, { cause: "Deleted" }),
  { _tag: "Missed", ...about(0), reason: "NotTold", count: 2, last: at(60) },
  { _tag: "Actor", ...about(0, 60), step: "Failed", reason: "no\u2028power" },
  { _tag: "Amended", epoch: 7n, number: 9n },
  { _tag: "Reported", ...about(0, 60), outcome: { kwh: [1.5, null, "ü"] } }
]

const lineOf = (one: JournalEntry) => linesOf([one]).subarray(0, -1)

const damaged = (line: Uint8Array, index: number, bits: number) => line.with(index, (line[index] ?? 0) ^ bits)

describe("a line of a journal", () => {
  it("is the JSON that the schema writes, with a checksum", () => {
    const encode = Schema.encodeSync(JournalEntry)
    events.forEach((event, index) => {
      const one = entry(index, index, event)
      assert.deepStrictEqual(JSON.parse(jsonOf(one)), encode(one))
      assert.deepStrictEqual(entryOf(lineOf(one)), one)
    })
  })

  it("is the same beside others", () => {
    const all = events.map((event, index) => entry(index, index, event))
    const lines = all.flatMap((one) => [...lineOf(one), newLine])
    assert.deepStrictEqual([...linesOf(all)], lines)
  })

  it("J4: torn or damaged it is no entry", () => {
    const line = lineOf(entry(1, 0, running(0, 60)))
    for (let length = 0; length < line.length; length++) assert.isUndefined(entryOf(line.slice(0, length)))
    for (let index = 0; index < line.length; index++) {
      for (let bit = 0; bit < 8; bit++) assert.isUndefined(entryOf(damaged(line, index, 1 << bit)))
    }
    // The same bit of two bytes, which weak sums lose.
    for (let index = 13; index < line.length; index++) {
      assert.isUndefined(entryOf(damaged(damaged(line, 12, 128), index, 128)))
    }
  })
})
