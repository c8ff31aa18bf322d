import { assert, describe, it } from "@effect/vitest"
import { type Change, changesOf } from "../../src/internal/recurrence/zoneChanges.ts"
import { withoutTemporal } from "../withoutTemporal.ts"

const seconds = (text: string): number => Date.parse(text) / 1_000

const told = (changes: ReadonlyArray<Change>) =>
  changes.map(([instant, offset]) => `${new Date(1_000 * instant).toISOString()} ${offset}`)

describe("the changes of a zone, found without Temporal", () => {
  // Pairs of changes that follow each other within 7 to 13 days, a month of Ramadan, a leap of a day, odd seconds.
  const spans: ReadonlyArray<readonly [zone: string, from: string, to: string]> = [
    ["America/Recife", "2000-01-01", "2002-01-01"],
    ["Asia/Gaza", "2039-01-01", "2056-01-01"],
    ["Europe/Riga", "1944-01-01", "1946-01-01"],
    ["Europe/Vienna", "1944-01-01", "1946-01-01"],
    ["Africa/Casablanca", "2020-01-01", "2040-01-01"],
    ["Pacific/Apia", "2009-01-01", "2013-01-01"],
    ["Africa/Monrovia", "1970-01-01", "1974-01-01"],
    ["Australia/Lord_Howe", "1980-01-01", "1990-01-01"]
  ]
  for (const [zone, from, to] of spans) {
    it(`are those that Temporal finds: ${zone} from ${from.slice(0, 4)} on`, () => {
      const span = [seconds(from), seconds(to)] as const
      const expected = changesOf(zone).between(...span)
      const found = withoutTemporal(() => changesOf(zone).between(...span))
      assert.isAbove(found.length, 1)
      assert.deepStrictEqual(told(found), told(expected))
    })
  }
})
