import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
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

  it("go by the clock of their zone, which says there when it is changed", () => {
    const recurrence = new CalendarRule({
      frequency: "DAILY",
      interval: 1,
      timeZone: "Europe/Berlin",
      exceptions: [at("2026-03-29T08:00:00Z")]
    })
    const startTime = at("2026-03-27T09:00:00Z")
    const { text } = ofDispatches(
      [dispatchOf(3, { startTime, recurrence }), dispatchOf(4, { startTime, recurrence })],
      microgrid
    )
    const calendar = new ICAL.Component(ICAL.parse(text))
    const [zone, ...others] = calendar.getAllSubcomponents("vtimezone")
    assert.lengthOf(others, 0)
    // The library reads the times by that zone alone.
    const berlin = new ICAL.Timezone(zone)
    assert.strictEqual(berlin.tzid, "Europe/Berlin")
    for (const [local, offset] of [
      ["2026-03-28T12:00:00", 3_600],
      ["2026-03-29T12:00:00", 7_200],
      ["2026-10-25T12:00:00", 3_600],
      ["2035-07-01T12:00:00", 7_200]
    ] as const) {
      assert.strictEqual(berlin.utcOffset(ICAL.Time.fromDateTimeString(local)), offset, local)
    }
    const event = calendar.getFirstSubcomponent("vevent")
    const property = (name: string) => event?.getFirstProperty(name)?.toICALString()
    assert.strictEqual(property("dtstart"), "DTSTART;TZID=Europe/Berlin:20260327T100000")
    assert.strictEqual(property("exdate"), "EXDATE;TZID=Europe/Berlin:20260329T100000")
  })

  it("leave out what has no form there, and why", () => {
    const never = new RecurrenceRule({ frequency: "YEARLY", interval: 1, byMonths: [2], byMonthDays: [30] })
    const leapt = new CalendarRule({
      frequency: "DAILY",
      interval: 1,
      timeZone: "Europe/Berlin",
      byHours: [2]
    })
    const list = [
      dispatchOf(1, { active: false }),
      dispatchOf(2, { duration: Duration.infinity }),
      dispatchOf(3, { recurrence: never }),
      dispatchOf(5, { startTime: at("2026-03-28T12:30:00Z"), recurrence: leapt }),
      dispatchOf(6, { startTime: at("2026-10-25T01:30:00Z"), recurrence: leapt }),
      dispatchOf(4)
    ]
    assert.deepStrictEqual(
      ofDispatches(list, microgrid).formless.map(({ dispatch, message }) => `${dispatch.id} ${message}`),
      [
        "1 is inactive: nothing of it runs",
        "2 runs until it is stopped, and an event has an end",
        "3 has a rule that never gives a time",
        "5 begins with a run that its clock leaps over",
        "6 begins when its clock shows a time for the second time"
      ]
    )
  })
})
