import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Result } from "effect"
import * as EditedText from "../../src/input/editedText.ts"
import * as Times from "../../src/output/times.ts"
import { changesBetween, draftOf } from "../../src/schedule/draft.ts"
import { at, clock, daily, dispatchOf } from "../fixtures.ts"

const berlin = new CalendarRule({
  frequency: "DAILY",
  interval: 1,
  timeZone: "Europe/Berlin",
  exceptions: [at("2026-04-01T09:00:00Z")]
})
const times = Times.make(clock("UTC"))
const dispatch = dispatchOf(1, { recurrence: daily, payload: { power_w: 5 } })
const text = EditedText.textOf(dispatch, times)

const changesOf = (edited: string) =>
  Result.map(EditedText.parseEdited(edited, dispatch), (after) =>
    changesBetween(draftOf(dispatch), after, dispatch.createTime)
  )
const changes = (from: string, to: string) => {
  assert.include(text, from)
  return Result.getOrThrowWith(changesOf(text.replace(from, to)), (fault) => new Error(fault))
}
const fault = (edited: string): string => {
  const found = changesOf(edited)
  return Result.isFailure(found) ? found.failure : "read"
}

describe("a dispatch as text to edit", () => {
  it("changes nothing as it stands, of any kind, in any zone, with comments above", () => {
    process.env["TZ"] = "Australia/Sydney"
    const until = new RecurrenceRule({
      frequency: "WEEKLY",
      interval: 2,
      byWeekdays: ["MONDAY"],
      end: { _tag: "Until", until: at("2027-01-01T00:00:00Z") }
    })
    for (const each of [
      dispatch,
      dispatchOf(2, { duration: Duration.infinity, dryRun: true, active: false }),
      dispatchOf(3, { duration: Duration.zero, target: Target.componentIds(3n, 1n) }),
      dispatchOf(4, { recurrence: until, duration: Duration.seconds(90_061) }),
      dispatchOf(5, { recurrence: daily, duration: Duration.infinity }),
      dispatchOf(6, { recurrence: berlin })
    ]) {
      const shown = EditedText.commented(
        ["Comment", "{"],
        EditedText.textOf(each, Times.make(clock("Australia/Sydney")))
      )
      const read = Result.getOrThrowWith(EditedText.parseEdited(shown, each), (found) => new Error(found))
      assert.deepStrictEqual(changesBetween(draftOf(each), read, each.createTime), {}, shown)
      assert.deepStrictEqual([read.type, read.dryRun], [each.type, each.dryRun])
    }
  })

  it("gives the fields alone that were changed", () => {
    assert.deepStrictEqual(changes(`"duration": "1h"`, `"duration": "30 minutes"`), {
      duration: Duration.minutes(30)
    })
    assert.deepStrictEqual(changes(`"duration": "1h"`, `"duration": null`), { duration: Duration.infinity })
    assert.deepStrictEqual(changes(`"target": "BATTERY"`, `"target": "1-3"`), {
      target: Target.componentIds(1n, 2n, 3n)
    })
    assert.deepStrictEqual(changes("true", "false"), { active: false })
    assert.deepStrictEqual(changes(`"power_w": 5`, `"power_w": 6`), { payload: { power_w: 6 } })
    assert.deepStrictEqual(changes("10:00:00Z", "12:00:00+01:00"), {
      startTime: at("2026-03-27T11:00:00Z")
    })
    assert.deepStrictEqual(changes(`"interval": 1`, `"interval": 2`), {
      recurrence: new RecurrenceRule({ frequency: "DAILY", interval: 2 })
    })
    const once = text.replace(/"recurrence": \{[^]*?\}/, `"recurrence": null`)
    assert.deepStrictEqual(Result.getOrThrow(changesOf(once)), { recurrence: null })
  })

  it("has a rule in local time under another key, of which the exceptions may change alone", () => {
    const zoned = dispatchOf(1, { recurrence: berlin })
    const shown = EditedText.textOf(zoned, times)
    assert.notInclude(shown, `"recurrence"`)
    const after = (edited: string) =>
      Result.map(EditedText.parseEdited(edited, zoned), (draft) =>
        changesBetween(draftOf(zoned), draft, zoned.createTime)
      )
    assert.deepStrictEqual(Result.getOrThrow(after(shown.replace("2026-04-01", "2026-04-02"))), {
      calendar: { exceptions: [at("2026-04-02T09:00:00Z")] }
    })
    assert.deepStrictEqual(Result.getOrThrow(after(shown.replace(`"interval": 1`, `"interval": 2`))), {
      calendar: new CalendarRule({ ...berlin, interval: 2 })
    })
    assert.deepStrictEqual(
      Result.getOrThrow(after(shown.replace(/"calendar": \{[^]*?\}/, `"calendar": null`))),
      {
        calendar: null
      }
    )
  })

  it("is refused with the fault, also where it wants what never changes", () => {
    assert.match(fault("{"), /JSON/)
    assert.match(fault(text.replace(`"active"`, `"aktive"`)), /"aktive" is no field/)
    assert.match(fault(text.replace("{", `{ "type": "X",`)), /"type" of a dispatch never changes/)
    assert.match(fault(text.replace("10:00:00Z", "10:00:00")), /is not a time with its zone/)
  })
})
