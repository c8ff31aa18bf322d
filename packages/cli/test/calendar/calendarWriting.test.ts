import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Result } from "effect"
import ICAL from "ical.js"
import { parseCalendar } from "../../src/calendar/calendarReading.ts"
import { ofDispatches } from "../../src/calendar/calendarWriting.ts"
import { asDispatch } from "../../src/schedule/draft.ts"
import { at, daily, dispatchOf } from "../fixtures.ts"
import { Draw } from "../plan/generated.ts"

const microgrid = MicrogridId.make(7n)
const now = at("2026-03-27T10:30:00Z")

describe("dispatches as a calendar", () => {
  it("are its events from the first occurrence on, and read back they run alike", () => {
    const dispatches = Array.from({ length: 300 }, (_, index) => new Draw(index).dispatch(index + 1, now))
    const { formless, text } = ofDispatches(dispatches, microgrid)
    const target = dispatchOf(1).target
    const read = Result.getOrThrow(parseCalendar(text, { type: undefined, target }))
    assert.deepStrictEqual(read.leftOut, [])
    assert.strictEqual(read.dispatches.length + formless.length, dispatches.length)
    assert.isAbove(read.dispatches.length, 100)
    for (const draft of read.dispatches) {
      const original = dispatches[Number(draft.name.split("-").at(-1)) - 1] ?? dispatchOf(1)
      const runs = (dispatch: typeof original) =>
        [...dispatch.runs(original.startTime, DateTime.add(original.startTime, { days: 90 }))].slice(0, 50)
      assert.deepStrictEqual(runs(asDispatch(draft, now)), runs(original), draft.name)
    }
  })

  it("say what they are to a calendar program, whatever is in the texts", () => {
    const { text } = ofDispatches(
      [
        dispatchOf(3, {
          type: "A; b, c\nd",
          payload: { text: "END:VEVENT\r\n" },
          dryRun: true,
          recurrence: daily
        })
      ],
      microgrid
    )
    const event = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent")
    const value = (name: string) => String(event?.getFirstPropertyValue(name))
    assert.deepStrictEqual(["uid", "summary", "location", "rrule", "dtstart"].map(value), [
      "microgrid-7-dispatch-3",
      "A; b, c\nd (dry run)",
      "BATTERY",
      "FREQ=DAILY",
      "2026-03-27T10:00:00Z"
    ])
    assert.include(value("description"), "END:VEVENT")
    for (const line of text.split("\r\n")) assert.isAtMost(Buffer.byteLength(line), 75, line)
    assert.isTrue(text.endsWith("END:VCALENDAR\r\n"))
  })

  it("leave out what has no form there, and why", () => {
    const never = new RecurrenceRule({ frequency: "YEARLY", interval: 1, byMonths: [2], byMonthDays: [30] })
    const list = [
      dispatchOf(1, { active: false }),
      dispatchOf(2, { duration: Duration.infinity }),
      dispatchOf(3, { recurrence: never }),
      dispatchOf(4)
    ]
    assert.deepStrictEqual(
      ofDispatches(list, microgrid).formless.map(({ dispatch, message }) => `${dispatch.id} ${message}`),
      [
        "1 is inactive: nothing of it runs",
        "2 runs until it is stopped, and an event has an end",
        "3 has a rule that never gives a time"
      ]
    )
  })
})
