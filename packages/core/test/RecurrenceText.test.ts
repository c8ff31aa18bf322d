import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result, Schema } from "effect"
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
      "DTSTART;VALUE=DATE:20260105\r\nRRULE:FREQ=MONTHLY;\r\n BYMONTHDAY=31\r\n",
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
    ["FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", "BYSETPOS", "by position"],
    ["FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO", "weeks of the year"],
    ["FREQ=YEARLY;BYYEARDAY=1", "BYYEARDAY", "days of the year"],
    ["FREQ=YEARLY;BYEASTER=0", "BYEASTER", "Easter"],
    ["FREQ=DAILY;BYSECOND=0", "BYSECOND", "second of its start"],
    ["FREQ=MONTHLY;BYDAY=2MO", "BYDAY", "nth weekday"],
    ["FREQ=MONTHLY;BYDAY=MO,-1FR", "BYDAY", "nth weekday"],
    ["FREQ=DAILY;BYDAY=XX", "BYDAY", "known are MO"],
    ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", "WKST", "begin on Monday"],
    ["FREQ=WEEKLY;INTERVAL=2;BYMONTHDAY=1;WKST=SU", "WKST", "begin on Monday"],
    ["FREQ=WEEKLY;WKST=X", "WKST", "known are MO"],
    ["FREQ=SECONDLY", "FREQ", "too fast"],
    ["FREQ=FORTNIGHTLY", "FREQ", "known are MINUTELY"],
    ["BYDAY=MO", "FREQ", "missing"],
    ["FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z", "UNTIL", "COUNT"],
    ["FREQ=DAILY;COUNT=0", "COUNT", "from 1 to 4294967295"],
    ["FREQ=DAILY;COUNT=-1", "COUNT", "from 1 to 4294967295"],
    ["FREQ=DAILY;COUNT=many", "COUNT", "from 1 to 4294967295"],
    ["FREQ=DAILY;INTERVAL=0", "INTERVAL", "at least 1"],
    ["FREQ=DAILY;INTERVAL=1.5", "INTERVAL", "from 0 to 4294967295"],
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
    ["DTSTART;TZID=Europe/Berlin:20260105T100000\nFREQ=DAILY", "DTSTART", "evaluated in UTC"],
    ["DTSTART:20261305T100000Z\nFREQ=DAILY", "DTSTART", "is not a time"],
    ["DTSTART:20260105T100000Z\nDTSTART:20260105T100000Z\nFREQ=DAILY", "DTSTART", "two"],
    ["DTSTART:20260105T100000Z", "RRULE", "none"],
    ["RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "RRULE", "two"],
    ["RRULE:FREQ=DAILY\nEXDATE:20260105T100000Z", "EXDATE", "taken out"],
    ["RRULE:FREQ=DAILY\nRDATE:20260105T100000Z", "RDATE", "added"],
    ["RRULE:FREQ=DAILY\nEXRULE:FREQ=DAILY", "EXRULE", "another"],
    ["SUMMARY:x\nRRULE:FREQ=DAILY", "SUMMARY", "known are RRULE and DTSTART"],
    ["", "RRULE", "none"],
    ["every day", "EVERY DAY", "known are FREQ"],
    [`FREQ=DAILY;BYHOUR=${"1,".repeat(3_000)}1`, "RRULE", "at most 4096"]
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
    ["FREQ=WEEKLY;BYDAY=WE,MO", "every week on Monday, Wednesday"],
    ["FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"],
    ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR;COUNT=1", "every 2 weeks on weekdays for 1 time"],
    ["FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR", "every year on weekdays"],
    ["FREQ=MONTHLY;BYMONTHDAY=-1,15,1", "every month on the 1st, 15th and last"],
    ["FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "every month on Friday the 13th"],
    ["FREQ=HOURLY;BYMONTH=3,1;BYDAY=SU", "every hour on Sunday in January and March"],
    ["FREQ=DAILY;BYHOUR=20,8;BYMINUTE=30", "every day at 08:30 and 20:30 UTC"],
    ["FREQ=MINUTELY;INTERVAL=5;BYHOUR=8,9", "every 5 minutes in hours 8 and 9 UTC"],
    ["FREQ=HOURLY;BYMINUTE=0", "every hour at minute 0"],
    ["FREQ=DAILY;UNTIL=20270101T000000Z", "every day until 2027-01-01 00:00:00 UTC"]
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
