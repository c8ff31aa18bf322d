import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { assert, describe, it } from "@effect/vitest"
import { utcHint } from "../../src/output/startNotes.ts"
import { at } from "../fixtures.ts"

type Fields = Partial<ConstructorParameters<typeof CalendarRule>[0]>

const hint = (fields: Fields, start = "2027-03-01T17:00:00Z") =>
  utcHint(
    new CalendarRule({ frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin", ...fields }),
    at(start)
  ).trim()

describe("the way out where a service keeps no rules in local time", () => {
  const said: ReadonlyArray<readonly [string, Fields, start?: string]> = [
    ["Give --zone UTC: 18:00 Europe/Berlin is 17:00 UTC in winter, 16:00 in summer", {}],
    [
      "Give --zone UTC: 06:30 Europe/Berlin is 05:30 UTC in winter, 04:30 in summer",
      { byHours: [20, 6], byMinutes: [30] }
    ],
    [
      "Give --zone UTC: 08:00 Australia/Sydney is 22:00 UTC in winter, 21:00 in summer",
      { timeZone: "Australia/Sydney" },
      "2027-03-01T21:00:00Z"
    ],
    [
      "Give --zone UTC: 08:00 America/Los_Angeles is 16:00 UTC in winter, 15:00 in summer",
      { timeZone: "America/Los_Angeles" },
      "2027-03-01T16:00:00Z"
    ],
    ["Give --zone UTC: 22:30 Asia/Kolkata is 17:00 UTC", { timeZone: "Asia/Kolkata" }],
    [
      "Give --zone UTC without exceptions, which only such rules have: 18:00 Europe/Berlin is 17:00 UTC in winter, 16:00 in summer",
      { exceptions: [at("2027-12-24T17:00:00Z")] }
    ],
    [
      "Give a rule without nth weekdays, which only such rules have",
      { timeZone: "UTC", frequency: "MONTHLY", nthWeekdays: [{ nth: -1, weekday: "FRIDAY" }] }
    ]
  ]
  for (const [text, fields, start] of said) {
    it(`is "${text}"`, () => assert.strictEqual(hint(fields, start), text))
  }

  it("is none for a rule in UTC", () =>
    assert.strictEqual(
      utcHint(new RecurrenceRule({ frequency: "DAILY", interval: 1 }), at("2027-03-01")),
      ""
    ))
})
