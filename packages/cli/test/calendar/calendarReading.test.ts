import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Result } from "effect"
import { type Calendar, parseCalendar } from "../../src/calendar/calendarReading.ts"
import type { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { exceptionsOf } from "../../src/schedule/draft.ts"
import { placesOf } from "../../src/calendar/lines.ts"

const target = Target.componentIds(1n)
const purpose = { type: "CHARGE", target }

const calendarOf = (...lines: ReadonlyArray<string>) =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", ...lines, "END:VCALENDAR", ""].join("\r\n")

const eventOf = (...lines: ReadonlyArray<string>) => ["BEGIN:VEVENT", "UID:a", ...lines, "END:VEVENT"]

const read = (text: string, type: string | undefined = "CHARGE"): Calendar =>
  Result.getOrThrowWith(parseCalendar(text, { type, target }), (fault) => new Error(fault))

const told = (text: string) => read(text).leftOut.map(({ line, message }) => `${line}: ${message}`)

const only = (text: string) => {
  const { dispatches, leftOut } = read(text)
  assert.deepStrictEqual(leftOut, [])
  assert.lengthOf(dispatches, 1)
  const [{ name, startTime, duration, recurrence } = {}] = dispatches
  return {
    name,
    start: startTime && DateTime.formatIso(startTime),
    minutes: duration && Duration.toMinutes(duration),
    recurrence: recurrence && { ...recurrence }
  }
}

/** Events as these programs write them, as small as the case needs. */
const programs = {
  google: calendarOf(
    "X-WR-CALNAME:Site",
    "X-WR-TIMEZONE:Europe/Berlin",
    ...eventOf(
      "DTSTART:20260302T070000Z",
      "DTEND:20260302T080000Z",
      "DTSTAMP:20260101T000000Z",
      "SEQUENCE:0",
      "STATUS:CONFIRMED",
      "SUMMARY:Charge",
      "TRANSP:OPAQUE"
    )
  ),
  apple: calendarOf(
    "BEGIN:VTIMEZONE",
    "TZID:Europe/Berlin",
    "BEGIN:DAYLIGHT",
    "TZOFFSETFROM:+0100",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "DTSTART:19810329T020000",
    "TZNAME:MESZ",
    "TZOFFSETTO:+0200",
    "END:DAYLIGHT",
    "END:VTIMEZONE",
    ...eventOf(
      "TRANSP:OPAQUE",
      "DTEND;TZID=Europe/Berlin:20260302T090000",
      "LAST-MODIFIED:20260101T000000Z",
      "DTSTART;TZID=Europe/Berlin:20260302T080000",
      "SUMMARY:Charge",
      "BEGIN:VALARM",
      "UID:b",
      "TRIGGER:-PT15M",
      "ACTION:DISPLAY",
      "END:VALARM"
    )
  ),
  thunderbird: calendarOf(
    "BEGIN:VTIMEZONE",
    "TZID:/mozilla.org/20050126_1/Europe/Berlin",
    "X-LIC-LOCATION:Europe/Berlin",
    "END:VTIMEZONE",
    ...eventOf(
      "SUMMARY:Charge",
      "DTSTART;TZID=/mozilla.org/20050126_1/Europe/Berlin:20260302T080000",
      "DURATION:PT1H"
    )
  ),
  evolution: calendarOf(
    ...eventOf(
      "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260302T080000",
      "DTEND;TZID=/freeassociation.sourceforge.net/Europe/Berlin:",
      " 20260302T090000",
      "SUMMARY:Charge"
    )
  ),
  nextcloud: calendarOf(
    ...eventOf(
      "CREATED:20260101T000000Z",
      "DTSTART;TZID=Europe/Berlin:20260302T080000",
      "DTEND;TZID=Europe/Berlin:20260302T090000",
      "STATUS:CONFIRMED",
      "SUMMARY:Charge"
    )
  ),
  outlook: calendarOf(
    "METHOD:PUBLISH",
    "BEGIN:VTIMEZONE",
    "TZID:W. Europe Standard Time",
    "X-LIC-LOCATION:Europe/Berlin",
    "END:VTIMEZONE",
    ...eventOf(
      "CLASS:PUBLIC",
      `DTEND;TZID="W. Europe Standard Time":20260302T090000`,
      `DTSTART;TZID="W. Europe Standard Time":20260302T080000`,
      "SUMMARY;LANGUAGE=de:Charge",
      "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"
    )
  )
}

describe("a calendar", () => {
  for (const [name, text] of Object.entries(programs)) {
    it(`as ${name} writes it is read: the UID is the name, the end a length`, () => {
      assert.deepStrictEqual(only(text), {
        name: "a",
        start: "2026-03-02T07:00:00.000Z",
        minutes: 60,
        recurrence: undefined
      })
    })
  }

  it("has rules in UTC, and commands where an event has no end", () => {
    const event = only(
      calendarOf(...eventOf("DTSTART:20260302T070000Z", "RRULE:FREQ=WEEKLY;COUNT=5;BYDAY=MO,WE"))
    )
    assert.deepStrictEqual(event.recurrence, {
      frequency: "WEEKLY",
      interval: 1,
      end: { _tag: "Count", count: 5 },
      byWeekdays: ["MONDAY", "WEDNESDAY"]
    })
    assert.strictEqual(event.minutes, 0)
  })

  it("has rules on the clock of its start, in all that such a rule can say", () => {
    const ruleOf = (...lines: ReadonlyArray<string>) => only(calendarOf(...eventOf(...lines))).recurrence
    const zoned = { interval: 1, timeZone: "Europe/Berlin" }
    const berlin = "DTSTART;TZID=Europe/Berlin:20260302T180000"
    assert.deepStrictEqual(ruleOf(berlin, "RRULE:FREQ=WEEKLY;BYDAY=MO"), {
      ...zoned,
      frequency: "WEEKLY",
      byWeekdays: ["MONDAY"]
    })
    assert.deepStrictEqual(ruleOf(berlin, "RRULE:FREQ=DAILY;UNTIL=20260309"), {
      ...zoned,
      frequency: "DAILY",
      end: { _tag: "Until", until: DateTime.makeUnsafe("2026-03-09T22:59:59Z") }
    })
    assert.deepStrictEqual(ruleOf(berlin, "RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=3"), {
      ...zoned,
      frequency: "MONTHLY",
      nthWeekdays: [{ nth: 1, weekday: "MONDAY" }],
      end: { _tag: "Count", count: 3 }
    })
    const outlook = programs.outlook.replace("SUMMARY", "RRULE:FREQ=DAILY\r\nSUMMARY")
    assert.deepStrictEqual(only(outlook).recurrence, { ...zoned, frequency: "DAILY" })
  })

  it("leaves out occurrences by their time in any zone, or by their day", () => {
    const lines = [
      "DTSTART;TZID=Europe/Berlin:20260302T180000",
      "RRULE:FREQ=DAILY",
      "EXDATE;TZID=Europe/Berlin:20260303T180000,20260330T180000",
      "EXDATE:20260304T170000Z",
      "EXDATE;TZID=America/New_York:20260305T120000",
      "EXDATE;VALUE=DATE:20260306"
    ]
    const { recurrence } = only(calendarOf(...eventOf(...lines)))
    assert.deepStrictEqual(
      exceptionsOf(recurrence as CalendarRule).map(DateTime.formatIso),
      ["03", "04", "05", "06"].map((day) => `2026-03-${day}T17:00:00.000Z`).concat("2026-03-30T16:00:00.000Z")
    )
    const utc = only(
      calendarOf(...eventOf("DTSTART:20260302T070000Z", "RRULE:FREQ=DAILY", "EXDATE:20260303T070000Z"))
    )
    assert.deepInclude(utc.recurrence, {
      timeZone: "UTC",
      exceptions: [DateTime.makeUnsafe("2026-03-03T07:00:00Z")]
    })
    // The start may be left out.
    const first = calendarOf(...eventOf(...lines, "EXDATE:20260302T170000Z"))
    assert.lengthOf(exceptionsOf(only(first).recurrence as CalendarRule), 6)
  })

  it("gives a type from its summary only if asked", () => {
    const text = calendarOf(...eventOf("SUMMARY:PEAK\\, one", "DTSTART:20260302T070000Z"))
    assert.deepStrictEqual(
      read(text).dispatches.map(({ type }) => type),
      ["CHARGE"]
    )
    const asked = Result.getOrThrow(parseCalendar(text, { type: undefined, target }))
    assert.deepStrictEqual(
      asked.dispatches.map(({ type }) => type),
      ["PEAK, one"]
    )
    const without = calendarOf(...eventOf("DTSTART:20260302T070000Z"))
    assert.match(
      Result.getOrThrow(parseCalendar(without, { type: undefined, target })).leftOut[0]?.message ?? "",
      /no SUMMARY/
    )
  })

  it("has the first of a time that there is twice, and the later one where there is none (RFC 5545, 3.3.5)", () => {
    const start = (time: string) => only(calendarOf(...eventOf(`DTSTART;TZID=Europe/Berlin:${time}`))).start
    assert.strictEqual(start("20261025T023000"), "2026-10-25T00:30:00.000Z")
    assert.strictEqual(start("20260329T023000"), "2026-03-29T01:30:00.000Z")
  })

  it("tells what has no form in a dispatch, with its line, and keeps all else", () => {
    const begin = "DTSTART:20260302T070000Z"
    const cases: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
      [
        ["SUMMARY:x", begin, "RECURRENCE-ID:20260309T070000Z"],
        /^8: "x" changes one occurrence of another event$/
      ],
      [[begin, "EXDATE:20260309T070000Z"], /^7: "a" leaves out occurrences \(EXDATE\), and has no rule$/],
      [
        [begin, "RRULE:FREQ=HOURLY", "EXDATE:20260309T070000Z"],
        /^8: "a" leaves out occurrences \(EXDATE\): exceptions mean nothing to a rule of hourly steps$/
      ],
      [[begin, "RRULE:FREQ=DAILY", "EXDATE;TZID=Mars:20260309T070000"], /^8: "a" has times in "Mars"/],
      [[begin, "RDATE:20260309T070000Z"], /^7: "a" has occurrences beside its rule/],
      [[begin, "STATUS:CANCELLED"], /^7: "a" is cancelled$/],
      [["DTSTART;VALUE=DATE:20260302"], /^6: "a" is all day/],
      [["DTSTART:20260302T070000"], /^6: "a" has a time without a zone$/],
      [
        ["DTSTART;TZID=W. Europe Standard Time:20260302T070000"],
        /^6: "a" has times in "W. Europe Standard Time", which is no IANA zone/
      ],
      [["SUMMARY:no start"], /^4: "no start" has no DTSTART$/],
      [[begin, "DTEND:20260302T060000Z"], /^7: "a" ends before it starts$/],
      [[begin, "RRULE:FREQ=YEARLY;BYWEEKNO=20"], /^7: "a" has a rule that no dispatch can have: /],
      [[begin, "RRULE:FREQ=WEEKLY;BYDAY=TU"], /^7: "a" has a rule that does not give its start$/],
      [[begin, "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"], /^7: "a" has several rules$/]
    ]
    for (const [lines, expected] of cases) {
      const text = calendarOf(...eventOf(...lines), "BEGIN:VEVENT", "UID:good", begin, "END:VEVENT")
      assert.match(told(text).join("\n"), expected, lines.join(" "))
      assert.deepStrictEqual(
        read(text).dispatches.map(({ name }) => name),
        ["good"],
        lines.join(" ")
      )
    }
    const twice = calendarOf(...eventOf(begin), ...eventOf(begin))
    assert.deepStrictEqual(told(twice), ["8: has the UID of another event: a"])
    assert.deepStrictEqual(told(calendarOf("BEGIN:VTODO", "UID:t", "SUMMARY:buy", "END:VTODO")), [
      `4: "buy" is no event, but a VTODO`
    ])
    assert.deepStrictEqual(told(calendarOf("BEGIN:VEVENT", begin, "END:VEVENT")), ["4: an event has no UID"])
  })

  it("is several in one text, or none at all", () => {
    const two = programs.google + programs.apple.replace("UID:a", "UID:c")
    assert.deepStrictEqual(
      read(two).dispatches.map(({ name }) => name),
      ["a", "c"]
    )
    for (const text of [
      "",
      "hello",
      "BEGIN:VCARD\nEND:VCARD",
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR"
    ]) {
      const found = parseCalendar(text, purpose)
      assert.match(Result.isFailure(found) ? found.failure : "read", /^is no calendar: /, text)
    }
  })
})

describe("the lines of a calendar", () => {
  it("are those of each component and of its own properties, also where lines are folded", () => {
    const text =
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nsummary:a\n BEGIN:VEVENT\nBEGIN:VALARM\nUID:x\nEND:VALARM\nUID;A=b:y\nUID:z\nEND:VEVENT\nBEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR\n"
    assert.deepStrictEqual(
      placesOf(text).map(({ line, lines }) => [line, ...lines]),
      [[2, ["summary", 3], ["uid", 8]], [11]]
    )
  })
})
