import { readFileSync } from "node:fs"
import { join } from "node:path"
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result, Schema } from "effect"
import { calendarAndStart } from "./calendarRules.ts"
import { at, ruleAndStart } from "./recurrenceRules.ts"

const rule = (fields: Omit<ConstructorParameters<typeof RecurrenceRule>[0], "interval">, interval = 1) =>
  new RecurrenceRule({ interval, ...fields })

const parsed = (text: string) => Result.getOrThrow(RecurrenceText.parse(text))

describe("RecurrenceText", () => {
  const read: ReadonlyArray<readonly [text: string, rule: RecurrenceRule, start?: string]> = [
    ["FREQ=DAILY", rule({ frequency: "DAILY" })],
    [
      "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270101T000000Z",
      rule({
        frequency: "WEEKLY",
        byWeekdays: ["MONDAY", "WEDNESDAY"],
        end: { _tag: "Until", until: DateTime.makeUnsafe("2027-01-01T00:00:00Z") }
      })
    ],
    [
      "DTSTART:20260105T100000Z\nRRULE:FREQ=MINUTELY;INTERVAL=15;COUNT=10;BYHOUR=8,20;BYMINUTE=0",
      rule(
        { frequency: "MINUTELY", byHours: [8, 20], byMinutes: [0], end: { _tag: "Count", count: 10 } },
        15
      ),
      "2026-01-05T10:00:00.000Z"
    ],
    [
      "rrule:freq=yearly;bymonth=2;bymonthday=-1,+1;",
      rule({ frequency: "YEARLY", byMonths: [2], byMonthDays: [-1, 1] })
    ],
    [
      "DTSTART;TZID=UTC;VALUE=DATE:20260105\r\nRRULE:FREQ=MONTHLY;\r\n BYMONTHDAY=31\r\n",
      rule({ frequency: "MONTHLY", byMonthDays: [31] }),
      "2026-01-05T00:00:00.000Z"
    ],
    [
      "DTSTART;TZID=Etc/UTC:20260105T100000\nFREQ=HOURLY",
      rule({ frequency: "HOURLY" }),
      "2026-01-05T10:00:00.000Z"
    ],
    [
      "FREQ=DAILY;UNTIL=20260105",
      rule({ frequency: "DAILY", end: { _tag: "Until", until: at(1_767_571_200) } })
    ],
    ["FREQ=WEEKLY;WKST=SU;BYDAY=SU", rule({ frequency: "WEEKLY", byWeekdays: ["SUNDAY"] })],
    ["FREQ=WEEKLY;INTERVAL=2;WKST=SU", rule({ frequency: "WEEKLY" }, 2)],
    ["FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=SU", rule({ frequency: "WEEKLY", byWeekdays: ["SUNDAY"] }, 2)]
  ]
  for (const [text, expected, start] of read) {
    it(`reads ${JSON.stringify(text)}`, () => {
      const found = parsed(text)
      assert.deepStrictEqual(found.rule, expected)
      assert.strictEqual(found.start === undefined ? undefined : DateTime.formatIso(found.start), start)
    })
  }

  const refused: ReadonlyArray<readonly [text: string, part: string, why: string]> = [
    ["FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO", "weeks of the year"],
    ["FREQ=YEARLY;BYYEARDAY=1", "BYYEARDAY", "days of the year"],
    ["FREQ=YEARLY;BYEASTER=0", "BYEASTER", "Easter"],
    ["FREQ=DAILY;BYSECOND=0", "BYSECOND", "second of its start"],
    ["FREQ=DAILY;BYHOUR=8,,9", "BYHOUR", "an empty item, must be"],
    ["FREQ=MONTHLY;BYDAY=0MO", "BYDAY", "from 1 to 5"],
    ["FREQ=MONTHLY;BYDAY=6MO", "BYDAY", "from 1 to 5"],
    ["FREQ=DAILY;BYDAY=2MO", "BYDAY", "MONTHLY and YEARLY have"],
    ["FREQ=DAILY;BYSETPOS=1;BYDAY=MO", "BYSETPOS", "WEEKLY, MONTHLY or YEARLY"],
    ["FREQ=MONTHLY;BYSETPOS=0;BYDAY=MO", "BYSETPOS", "from 1 to 366"],
    ["FREQ=MONTHLY;BYSETPOS=1;BYDAY=MO;BYHOUR=8,9", "BYSETPOS", "one time of day"],
    ["FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS", "days to count"],
    ["FREQ=MONTHLY;RSCALE=CHINESE", "RSCALE", "only GREGORIAN"],
    ["FREQ=MONTHLY;BYMONTHDAY=31;SKIP=FORWARD", "SKIP", "only OMIT"],
    ["FREQ=DAILY;BYDAY=XX", "BYDAY", "known are MO"],
    ["FREQ=WEEKLY;WKST=X", "WKST", "known are MO"],
    ["FREQ=SECONDLY", "FREQ", "too fast"],
    ["FREQ=FORTNIGHTLY", "FREQ", "known are MINUTELY"],
    ["BYDAY=MO", "FREQ", "missing"],
    ["FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z", "UNTIL", "COUNT"],
    ["FREQ=DAILY;COUNT=0", "COUNT", "from 1 to 4294967295"],
    ["FREQ=DAILY;COUNT=-1", "COUNT", "from 1 to 4294967295"],
    ["FREQ=DAILY;COUNT=many", "COUNT", "from 1 to 4294967295"],
    ["FREQ=DAILY;INTERVAL=0", "INTERVAL", "at least 1"],
    ["FREQ=DAILY;INTERVAL=1.5", "INTERVAL", "from 1 to 4294967295"],
    ["FREQ=DAILY;BYHOUR=24", "BYHOUR", "from 0 to 23"],
    ["FREQ=DAILY;BYHOUR=8,,9", "BYHOUR", "from 0 to 23"],
    ["FREQ=DAILY;BYMINUTE=60", "BYMINUTE", "from 0 to 59"],
    ["FREQ=DAILY;BYMONTHDAY=0", "BYMONTHDAY", "from -1 to -31"],
    ["FREQ=DAILY;BYMONTH=13", "BYMONTH", "from 1 to 12"],
    ["FREQ=DAILY;BYHOUR=", "BYHOUR", "NAME=VALUE"],
    ["FREQ=DAILY;BYHOUR", "BYHOUR", "NAME=VALUE"],
    ["FREQ=DAILY;FREQ=DAILY", "FREQ", "twice"],
    ["FREQ=DAILY;UNTIL=20270230T000000Z", "UNTIL", "20270230T000000Z"],
    ["FREQ=DAILY;UNTIL=tomorrow", "UNTIL", "20260105T100000Z"],
    ["FREQ=DAILY;X-COLOUR=RED", "X-COLOUR", "known are FREQ"],
    ["DTSTART:20260105T100000\nFREQ=DAILY", "DTSTART", "write Z for UTC"],
    ["DTSTART;VALUE=DATE:20260105\nFREQ=DAILY", "DTSTART", "write Z for UTC"],
    ["DTSTART;TZID=W. Europe Standard Time:20260105T100000\nFREQ=DAILY", "DTSTART", "IANA"],
    ['DTSTART;TZID="(UTC+01:00) Berlin":20260105T100000\nFREQ=DAILY', "DTSTART", "(UTC+01:00) Berlin is no"],
    ["DTSTART;TZID=+02:00:20260105T100000\nFREQ=DAILY", "DTSTART", "IANA"],
    ["DTSTART;TZID=Europe/Berlin:20260105T100000Z\nFREQ=DAILY", "DTSTART", "both a Z and a TZID"],
    ["DTSTART;TZID=Europe/Berlin:20260105T100000\nFREQ=HOURLY", "FREQ", "leave the zone out"],
    ["DTSTART;X-A=1:20260105T100000Z\nFREQ=DAILY", "DTSTART", "TZID and VALUE are"],
    ['DTSTART;TZID="W. Europe:20260105T100000"\nFREQ=DAILY', "DTSTART", "cannot be read"],
    ["DTSTART:20260105T100000Z,20260106T100000Z\nFREQ=DAILY", "DTSTART", "two"],
    ["DTSTART:20261305T100000Z\nFREQ=DAILY", "DTSTART", "is not a time"],
    ["DTSTART:20260105T100000Z\nDTSTART:20260105T100000Z\nFREQ=DAILY", "DTSTART", "two"],
    ["DTSTART:20260105T100000Z", "RRULE", "none"],
    ["RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "RRULE", "two"],
    ["RRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20260105", "EXDATE", "20260105T180000"],
    ["RRULE:FREQ=DAILY\nEXDATE;TZID=Nowhere/Town:20260105T100000", "EXDATE", "Nowhere/Town is no"],
    ["RRULE:FREQ=HOURLY\nEXDATE:20260105T100000Z", "EXDATE", "take FREQ=DAILY"],
    ["RRULE:FREQ=DAILY\nRDATE:20260105T100000Z", "RDATE", "make a dispatch for each"],
    ["RRULE:FREQ=DAILY\nEXRULE:FREQ=DAILY", "EXRULE", "another"],
    ["SUMMARY:x\nRRULE:FREQ=DAILY", "SUMMARY", "known are RRULE, DTSTART and EXDATE"],
    ["", "RRULE", "none"],
    ["every day", "EVERY DAY", "known are FREQ"],
    [`FREQ=DAILY;BYHOUR=${"1,".repeat(9_000)}1`, "RRULE", "at most 16384"]
  ]
  for (const [text, part, why] of refused) {
    it(`refuses ${JSON.stringify(text).slice(0, 70)} and says why`, () => {
      const result = RecurrenceText.parse(text)
      assert.isTrue(Result.isFailure(result))
      if (Result.isSuccess(result)) return
      assert.strictEqual(result.failure._tag, "RecurrenceTextError")
      assert.strictEqual(result.failure.path, part)
      assert.include(result.failure.message, why)
    })
  }

  it.prop(
    "what is written is read as the same rule and start",
    { ruleAndStart, until: Schema.Int.check(Schema.isBetween({ minimum: -6e10, maximum: 25e10 })) },
    ({ ruleAndStart: { rule, start }, until }) => {
      const { end, ...fields } = rule
      const { byHours = [], byMinutes = [], byMonthDays = [], byMonths = [], byWeekdays = [] } = fields
      const lists = { byHours, byMinutes, byMonthDays, byMonths, byWeekdays }
      const given = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0))
      for (const ending of [end, undefined, { _tag: "Until", until: at(until) } as const]) {
        const expected = new RecurrenceRule({
          frequency: fields.frequency,
          interval: fields.interval,
          ...given,
          ...(ending === undefined ? undefined : { end: ending })
        })
        assert.deepStrictEqual(parsed(RecurrenceText.format(expected)), { rule: expected, start: undefined })
        assert.deepStrictEqual(parsed(RecurrenceText.format(expected, at(start))), {
          rule: expected,
          start: at(start)
        })
      }
    },
    { arbitrary: { runs: 300 } }
  )

  it("writes empty lists as absent, and an end without its fraction", () => {
    const until = DateTime.makeUnsafe("2026-01-05T10:00:00.999Z")
    assert.strictEqual(
      RecurrenceText.format(rule({ frequency: "DAILY", byHours: [], end: { _tag: "Until", until } })),
      "RRULE:FREQ=DAILY;UNTIL=20260105T100000Z"
    )
    const beyond = DateTime.makeUnsafe(400_000_000_000_000)
    assert.strictEqual(
      RecurrenceText.format(rule({ frequency: "DAILY", end: { _tag: "Until", until: beyond } })),
      "RRULE:FREQ=DAILY;UNTIL=99991231T235959Z"
    )
  })

  const words: ReadonlyArray<readonly [string, string]> = [
    ["FREQ=DAILY", "every day"],
    ["FREQ=MINUTELY;INTERVAL=101", "every 101 minutes"],
    ["FREQ=WEEKLY;BYDAY=WE,MO", "every week on Monday and Wednesday"],
    ["FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"],
    ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR;COUNT=1", "every 2 weeks on weekdays, for 1 time"],
    ["FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR", "every year on weekdays"],
    ["FREQ=MONTHLY;BYMONTHDAY=-1,15,1", "every month on the 1st, 15th and last day"],
    ["FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "every month on Friday the 13th"],
    ["FREQ=HOURLY;BYMONTH=3,1;BYDAY=SU", "every hour on Sunday in January and March"],
    ["FREQ=DAILY;BYHOUR=20,8;BYMINUTE=30", "every day at 08:30 and 20:30 UTC"],
    ["FREQ=MINUTELY;INTERVAL=5;BYHOUR=8,9", "every 5 minutes in hours 8 and 9 UTC"],
    ["FREQ=HOURLY;BYMINUTE=0", "every hour at minute 0"],
    ["FREQ=DAILY;UNTIL=20270101T000000Z", "every day, until Fri 1 Jan 2027 00:00 UTC"]
  ]
  for (const [text, expected] of words) {
    it(`describes ${text}`, () => assert.strictEqual(RecurrenceText.describe(parsed(text).rule), expected))
  }

  it.prop(
    "every list of a rule is mentioned in words",
    { ruleAndStart },
    ({ ruleAndStart: { rule } }) => {
      const text = RecurrenceText.describe(rule)
      for (const day of rule.byWeekdays ?? []) {
        assert.match(text, new RegExp(`${day}|weekday|every day`, "i"))
      }
      for (const day of rule.byMonthDays ?? []) {
        assert.include(text, day === -1 ? "last" : String(Math.abs(day)))
      }
      for (const month of rule.byMonths ?? []) {
        const name = new Date(Date.UTC(2026, month - 1)).toLocaleString("en", {
          month: "long",
          timeZone: "UTC"
        })
        assert.include(text, name)
      }
      for (const number of [...(rule.byHours ?? []), ...(rule.byMinutes ?? [])]) {
        assert.include(text, String(number))
      }
      if (rule.end?._tag === "Count") assert.include(text, `for ${rule.end.count} time`)
    },
    { arbitrary: { runs: 300 } }
  )
})

const events = readFileSync(join(import.meta.dirname, "../../../test/vectors/event-rules.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as ReadonlyArray<string>)
const berlin = "Europe/Berlin"

describe("RecurrenceText, of the rules of events in public calendar files", () => {
  const kinds: ReadonlyArray<readonly [kind: string, shape: RegExp]> = [
    ["rules of all kinds", /^/],
    ["nth weekdays", /BYDAY=[^;]*\d/],
    ["first days of weeks", /WKST=/],
    ["ends at a time", /UNTIL=/],
    ["counts", /COUNT=\d/],
    ["lists of days", /BY(DAY|MONTHDAY|MONTH)=/]
  ]
  for (const [kind, shape] of kinds) {
    it(`reads at least 97 in a hundred: ${kind}`, () => {
      const rules = events.map((lines) => lines.at(-1) ?? "").filter((line) => shape.test(line))
      const unread = rules.filter((line) => Result.isFailure(RecurrenceText.parse(line)))
      assert.isAbove(rules.length, 20)
      assert.isAtMost(unread.length, 0.03 * rules.length, unread.join(", "))
    })
  }

  it("reads their starts and exceptions in any zone that the zone database has", () => {
    const isKnown = (line: string) => !/TZID="?[^":]*[ (]|Germany/.test(line)
    const texts = events.filter((lines) => lines.every(isKnown)).map((lines) => lines.join("\n"))
    const unread = texts.filter((text) => Result.isFailure(RecurrenceText.parse(text, { timeZone: berlin })))
    assert.isAbove(texts.length, 250)
    assert.isAtMost(unread.length, 0.04 * texts.length, unread.join("; "))
  })
})

const local = (fields: Partial<ConstructorParameters<typeof CalendarRule>[0]>) =>
  new CalendarRule({ frequency: "DAILY", interval: 1, timeZone: berlin, ...fields })

const utc = (text: string) => DateTime.makeUnsafe(text)

describe("RecurrenceText, in local time", () => {
  const start = "DTSTART;TZID=Europe/Berlin:20260302T180000"
  const read: ReadonlyArray<
    readonly [
      text: string,
      rule: Recurrence.Rule,
      start?: string | undefined,
      options?: RecurrenceText.ParseOptions
    ]
  > = [
    [`${start}\nRRULE:FREQ=DAILY`, local({}), "2026-03-02T17:00:00Z"],
    ['DTSTART;TZID="/europe/BERLIN":20260302T180000\nFREQ=DAILY', local({}), "2026-03-02T17:00:00Z"],
    [
      "DTSTART;TZID=Etc/UTC:20260302T180000\nFREQ=DAILY",
      rule({ frequency: "DAILY" }),
      "2026-03-02T18:00:00Z"
    ],
    ["DTSTART:20260302T180000\nFREQ=DAILY", local({}), "2026-03-02T17:00:00Z", { timeZone: berlin }],
    [
      "DTSTART:20260302T180000Z\nFREQ=DAILY",
      rule({ frequency: "DAILY" }),
      "2026-03-02T18:00:00Z",
      { timeZone: berlin }
    ],
    ["FREQ=HOURLY", rule({ frequency: "HOURLY" }), undefined, { timeZone: berlin }],
    [
      // The hour that does not exist, and the first of the two that are the same.
      "DTSTART;TZID=Europe/Berlin:20260329T023000\nRRULE:FREQ=DAILY\nEXDATE:20261025T023000",
      local({ exceptions: [utc("2026-10-25T00:30:00Z")] }),
      "2026-03-29T01:30:00Z"
    ],
    [
      `${start}\nRRULE:FREQ=DAILY;UNTIL=20260331\nEXDATE:20260303T180000,20260304T170000Z\nEXDATE;TZID=America/New_York:20260305T120000`,
      local({
        end: { _tag: "Until", until: utc("2026-03-31T21:59:59Z") },
        exceptions: [utc("2026-03-03T17:00:00Z"), utc("2026-03-04T17:00:00Z"), utc("2026-03-05T17:00:00Z")]
      }),
      "2026-03-02T17:00:00Z"
    ],
    [
      "DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20260330",
      local({ exceptions: [utc("2026-03-29T22:00:00Z")] }),
      "2026-03-01T23:00:00Z",
      { timeZone: berlin }
    ],
    [
      `${start}\nRRULE:FREQ=DAILY;UNTIL=20260331T180000`,
      local({ end: { _tag: "Until", until: utc("2026-03-31T16:00:00Z") } }),
      "2026-03-02T17:00:00Z"
    ],
    [
      "FREQ=MONTHLY;BYDAY=-1FR,+2MO",
      local({
        frequency: "MONTHLY",
        timeZone: "UTC",
        nthWeekdays: [
          { nth: -1, weekday: "FRIDAY" },
          { nth: 2, weekday: "MONDAY" }
        ]
      })
    ],
    [
      "FREQ=MONTHLY;BYDAY=SU,MO,TU,WE,TH,FR,SA;BYSETPOS=-1",
      rule({ frequency: "MONTHLY", byMonthDays: [-1] })
    ],
    [
      "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
      new CalendarRule({
        frequency: "WEEKLY",
        interval: 2,
        timeZone: "UTC",
        byWeekdays: ["TUESDAY", "SUNDAY"],
        weekStart: "SUNDAY"
      })
    ],
    [
      "DTSTART:20240104T090000Z\nFREQ=WEEKLY;INTERVAL=2;BYDAY=TH;WKST=SU",
      rule({ frequency: "WEEKLY", byWeekdays: ["THURSDAY"] }, 2),
      "2024-01-04T09:00:00Z"
    ],
    [
      "FREQ=DAILY;BYDAY=MO, TU ,WE,;RSCALE=GREGORIAN;SKIP=OMIT",
      rule({ frequency: "DAILY", byWeekdays: ["MONDAY", "TUESDAY", "WEDNESDAY"] })
    ]
  ]
  for (const [text, expected, start, options] of read) {
    it(`reads ${JSON.stringify(text)}${options === undefined ? "" : " beside a zone"}`, () => {
      const found = Result.getOrThrow(RecurrenceText.parse(text, options))
      assert.deepStrictEqual(found.rule, expected)
      assert.deepStrictEqual(found.start, start === undefined ? undefined : utc(start))
    })
  }

  it.prop(
    "what is written is read as the same rule and start, or says why it cannot be written",
    { calendarAndStart },
    ({ calendarAndStart: { rule, start } }) => {
      const text = RecurrenceText.formatCalendar(rule, at(start))
      if (Result.isFailure(text)) return assert.include(text.failure.message, "second time")
      const found = Result.getOrThrow(RecurrenceText.parse(text.success))
      assert.deepStrictEqual(found.start, at(start))
      const [expected, actual] = [rule, found.rule].map((each) => Recurrence.compile(each, start))
      if (expected === undefined || actual === undefined) return
      const next = (compiled: Recurrence.Compiled) => {
        const found: Array<number> = []
        for (let from = -Infinity; found.length < 30; from = (found.at(-1) ?? 0) + 1) {
          found.push(Recurrence.nextSeconds(compiled, from))
        }
        return found
      }
      assert.deepStrictEqual(next(actual), next(expected))
      if (rule.timeZone === "UTC" || found.rule.timeZone === undefined) return
      assert.deepStrictEqual(RecurrenceText.formatCalendar(found.rule, at(start)), text)
    },
    { arbitrary: { runs: 300 } }
  )

  it("the second of two equal times has no text, and is not taken for the first", () => {
    const text = RecurrenceText.formatCalendar(local({}), utc("2026-10-25T01:30:00Z"))
    assert.isTrue(Result.isFailure(text) && text.failure.message.includes("second time"))
  })

  const words: ReadonlyArray<readonly [Recurrence.Rule, start: string | undefined, expected: string]> = [
    [local({}), undefined, "every day"],
    [local({}), "2026-03-02T17:00:00Z", "every day at 18:00 Europe/Berlin"],
    [rule({ frequency: "DAILY" }), "2026-03-02T17:00:30Z", "every day at 17:00:30 UTC"],
    [
      local({ byWeekdays: ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"] }),
      "2026-03-02T17:00:00Z",
      "every weekday at 18:00 Europe/Berlin"
    ],
    [
      local({
        frequency: "MONTHLY",
        timeZone: "America/New_York",
        nthWeekdays: [{ nth: -1, weekday: "FRIDAY" }]
      }),
      "2026-03-02T14:00:00Z",
      "every month on the last Friday at 09:00 America/New_York"
    ],
    [
      local({
        frequency: "MONTHLY",
        byWeekdays: ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
        positions: [-1]
      }),
      "2026-03-02T16:00:00Z",
      "every month on the last of Monday to Friday at 17:00 Europe/Berlin"
    ],
    [
      new CalendarRule({
        frequency: "WEEKLY",
        interval: 2,
        timeZone: berlin,
        byWeekdays: ["TUESDAY", "SUNDAY"],
        weekStart: "SUNDAY",
        end: { _tag: "Count", count: 4 }
      }),
      "2026-03-02T08:00:00Z",
      "every 2 weeks (from Sunday) on Tuesday and Sunday at 09:00 Europe/Berlin, for 4 times"
    ],
    [
      local({ end: { _tag: "Until", until: utc("2026-12-31T17:00:00Z") } }),
      "2026-03-02T17:00:00Z",
      "every day at 18:00 Europe/Berlin, until Thu 31 Dec 2026 18:00"
    ],
    [
      local({ exceptions: [utc("2026-12-24T17:00:00Z"), utc("2026-12-25T17:00:00Z")] }),
      "2026-03-02T17:00:00Z",
      "every day at 18:00 Europe/Berlin, except 24 and 25 Dec 2026"
    ],
    [
      local({
        exceptions: Array.from({ length: 12 }, (_, day) =>
          DateTime.add(utc("2026-12-01T17:00:00Z"), { days: day })
        )
      }),
      "2026-03-02T17:00:00Z",
      "every day at 18:00 Europe/Berlin, except 12 times"
    ],
    [local({ frequency: "YEARLY" }), "2026-03-02T17:00:00Z", "every year on 2 March at 18:00 Europe/Berlin"]
  ]
  for (const [rule, start, expected] of words) {
    it(`says "${expected}"`, () => {
      assert.strictEqual(
        RecurrenceText.describe(rule, start === undefined ? undefined : utc(start)),
        expected
      )
    })
  }
})
