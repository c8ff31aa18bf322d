import { readdirSync, readFileSync } from "node:fs"
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Result } from "effect"
import {
  fromKept,
  parseDispatches,
  parseSite,
  printDispatches,
  printSite,
  toKept
} from "../../../src/internal/site/recordFormat.ts"
import { ofInstants } from "../../../src/internal/timeline/executedRecord.ts"
import { at, dispatch, t0 } from "../../fixtures.ts"

const run = dispatch({
  duration: Duration.minutes(90),
  payload: { power_w: 11_000, deep: [1, { a: "b" }] },
  updateTime: 1_767_607_200_123_456_789n,
  endTime: at(5_400)
})
const before = dispatch({
  id: 257n,
  duration: Duration.infinity,
  target: Target.componentCategories("BATTERY", { category: "INVERTER", subtype: "PV" }),
  dryRun: true
})
const after = dispatch({
  id: 257n,
  version: 9,
  active: false,
  recurrence: RecurrenceRule.make({
    frequency: "WEEKLY",
    interval: 2,
    end: { _tag: "Until", until: at(864_000) },
    byWeekdays: ["MONDAY", "FRIDAY"]
  })
})
const command = dispatch({
  id: 513n,
  duration: Duration.zero,
  recurrence: RecurrenceRule.make({ frequency: "MINUTELY", interval: 1, end: { _tag: "Count", count: 3 } })
})

const announced = (version: Dispatch) => [
  {
    dispatch: version,
    state: "Running" as const,
    at: at(0),
    decidedAt: at(0),
    occurrence: at(0),
    until: version.until(at(0)),
    continues: false,
    cause: "Recovered" as const
  }
]

const remembered = [
  { id: run.id, version: run, announced: announced(run), executed: undefined, evaluatedAt: t0 },
  { id: after.id, version: after, announced: announced(before), executed: undefined, evaluatedAt: t0 },
  { id: command.id, version: command, announced: [], executed: ofInstants([t0]), evaluatedAt: t0 }
]

/** The meaning of a text, as a site would remember it. */
const recalled = (text: string) => {
  const { dispatches, evaluatedAt } = Result.getOrThrow(parseDispatches(text))
  return dispatches.map((entry) => fromKept(entry, evaluatedAt, undefined))
}

const fixture = (name: string) =>
  readFileSync(new URL(`../../fixtures/records-2/${name}.json`, import.meta.url), "utf8")

describe("the text of a record", () => {
  it("S10: what a release with format 2 wrote is read: versions, announcements, executions, the site", () => {
    assert.deepStrictEqual(recalled(fixture("group-1")), remembered)
    assert.deepInclude(Result.getOrThrow(parseSite(fixture("site"))), { listed: true, sequence: t0 + 1 })
  })

  const written = ["records-3", "records-4"].flatMap((folder) => {
    const path = new URL(`../../fixtures/${folder}/`, import.meta.url)
    return readdirSync(path).map(
      (name) => [folder, name, readFileSync(new URL(encodeURIComponent(name), path), "utf8")] as const
    )
  })

  it.each(written)(
    "S10: it is in %s what any release of the same format writes: %s",
    (folder, name, text) => {
      if (name.endsWith("site.json")) {
        assert.strictEqual(printSite(Result.getOrThrow(parseSite(text))), text)
        return
      }
      const { dispatches, evaluatedAt, sequence } = Result.getOrThrow(parseDispatches(text))
      assert.strictEqual(
        printDispatches(
          sequence,
          dispatches.map((entry) => ({ evaluatedAt, ...entry }))
        ),
        text
      )
      for (const one of dispatches) {
        if (one.version !== undefined) assert.include(text, JSON.stringify(one.version))
      }
      assert.include(["records-3", "records-4"], folder)
    }
  )

  it("S10: it is in the format of rules in local time wherever there is one", () => {
    const local = dispatch({
      recurrence: new CalendarRule({ frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin" })
    })
    const plain = dispatch({ version: 2 })
    const [here] = announced(local)
    const nothing = { id: plain.id, version: plain, announced: [], executed: undefined, evaluatedAt: t0 }
    const formatOf = (...entry: Parameters<typeof toKept>) =>
      JSON.parse(printDispatches(t0, [toKept(...entry)])).version
    assert.strictEqual(formatOf(nothing), 3)
    for (const entry of [
      { ...nothing, version: local },
      { ...nothing, announced: announced(local) },
      { ...nothing, moved: announced(local) },
      { ...nothing, moved: announced(plain).map((run) => ({ ...run, next: local })) },
      { ...nothing, executed: { rules: [{ start: t0, recurrence: local.recurrence }], ranges: [] } }
    ])
      assert.strictEqual(formatOf(entry as typeof nothing), 4)
    assert.strictEqual(
      formatOf(nothing, { blind: here === undefined ? [] : [{ run: here, before: Infinity }] }),
      4
    )
  })

  it("S10: it is read as it was written, and holds the one JSON of each dispatch", () => {
    const text = printDispatches(
      t0,
      remembered.map((one) => toKept(one))
    )
    assert.deepStrictEqual(recalled(text), remembered)
    for (const one of [run, before, after, command]) assert.include(text, JSON.stringify(one))
  })
})
