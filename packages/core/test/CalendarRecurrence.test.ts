import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Schema } from "effect"
import { expand } from "./calendarOracle.ts"
import { calendarAndStart } from "./calendarRules.ts"
import { ruleAndStart } from "./recurrenceRules.ts"

type Fields = ConstructorParameters<typeof CalendarRule>[0]
type Given = Partial<Omit<Fields, "exceptions">> & { readonly exceptions?: ReadonlyArray<string> }

const seconds = (text: string): number => DateTime.makeUnsafe(text).epochMilliseconds / 1_000
const instant = (text: string): DateTime.Utc => DateTime.makeUnsafe(text)

const ruleOf = ({ exceptions, ...fields }: Given): CalendarRule =>
  new CalendarRule({
    frequency: "DAILY",
    interval: 1,
    timeZone: "Europe/Berlin",
    ...fields,
    ...(exceptions === undefined ? undefined : { exceptions: exceptions.map(instant) })
  })

const compile = (fields: Given, start: string): Recurrence.Compiled =>
  Recurrence.compile(ruleOf(fields), seconds(start))

const iso = (at: number): string => new Date(1_000 * at).toISOString().replace(":00.000Z", "Z")

/** Occurrences from a time on, forwards. */
const some = (rule: Recurrence.Compiled, from: number, number: number): Array<number> => {
  const found: Array<number> = []
  for (let at = Recurrence.nextSeconds(rule, from); found.length < number && at === at;) {
    found.push(at)
    at = Recurrence.nextSeconds(rule, at + 1)
  }
  return found
}

/** The occurrences up to a time, backwards, in order. */
const back = (rule: Recurrence.Compiled, from: number, to: number): Array<number> => {
  const found: Array<number> = []
  for (
    let at = Recurrence.previousSeconds(rule, to);
    at >= from;
    at = Recurrence.previousSeconds(rule, at - 1)
  ) {
    found.unshift(at)
  }
  return found
}

const checkSpan = (rule: Recurrence.Compiled, expected: ReadonlyArray<number>, from: number, to: number) => {
  const inSpan = expected.filter((at) => from <= at && at <= to)
  assert.deepStrictEqual(some(rule, from, inSpan.length).map(iso), inSpan.map(iso))
  assert.deepStrictEqual(back(rule, from, to).map(iso), inSpan.map(iso))
  assert.strictEqual(Recurrence.countSeconds(rule, from, to), inSpan.length)
}

describe("a rule in local time", () => {
  const firsts: ReadonlyArray<readonly [name: string, Recurrence.Compiled, expected: ReadonlyArray<string>]> =
    [
      [
        "keeps the hour of the clock over the change to summer and back",
        compile({ end: { _tag: "Count", count: 2 } }, "2026-03-28T17:00Z"),
        ["2026-03-28T17:00Z", "2026-03-29T16:00Z"]
      ],
      [
        "keeps the hour of the clock in autumn",
        compile({ end: { _tag: "Count", count: 2 } }, "2026-10-24T16:00Z"),
        ["2026-10-24T16:00Z", "2026-10-25T17:00Z"]
      ],
      [
        "runs as much later as the leap is long, and on all later days at its own time",
        compile({ end: { _tag: "Count", count: 3 } }, "2026-03-28T01:30Z"),
        ["2026-03-28T01:30Z", "2026-03-29T01:30Z", "2026-03-30T00:30Z"]
      ],
      [
        "runs at the first of two equal times",
        compile({ end: { _tag: "Count", count: 2 } }, "2026-10-24T00:30Z"),
        ["2026-10-24T00:30Z", "2026-10-25T00:30Z"]
      ],
      [
        "begins at the second of two equal times if it starts there",
        compile({ end: { _tag: "Count", count: 2 } }, "2026-10-25T01:30Z"),
        ["2026-10-25T01:30Z", "2026-10-26T01:30Z"]
      ],
      [
        "gives instants in order and each once where the clock leaps",
        compile(
          { byHours: [2, 3], byMinutes: [0, 30], end: { _tag: "Count", count: 5 } },
          "2026-03-29T00:00Z"
        ),
        ["2026-03-29T01:00Z", "2026-03-29T01:30Z", "2026-03-30T00:00Z"]
      ],
      [
        "gives what is shown before what was leapt over earlier: half an hour on Lord Howe Island",
        compile(
          {
            timeZone: "Australia/Lord_Howe",
            byHours: [2],
            byMinutes: [15, 40],
            end: { _tag: "Count", count: 4 }
          },
          "2026-10-02T15:30Z"
        ),
        ["2026-10-02T15:45Z", "2026-10-02T16:10Z", "2026-10-03T15:40Z", "2026-10-03T15:45Z"]
      ],
      [
        "has the weekday of the place: Monday morning in Sydney is Sunday in UTC",
        compile(
          {
            frequency: "WEEKLY",
            byWeekdays: ["MONDAY"],
            timeZone: "Australia/Sydney",
            end: { _tag: "Count", count: 2 }
          },
          "2027-01-03T21:00Z"
        ),
        ["2027-01-03T21:00Z", "2027-01-10T21:00Z"]
      ],
      [
        "leaps over a whole day in Apia",
        compile({ timeZone: "Pacific/Apia", end: { _tag: "Count", count: 3 } }, "2011-12-29T20:00Z"),
        ["2011-12-29T20:00Z", "2011-12-30T20:00Z"]
      ],
      [
        "for a day that does not exist runs on the day after",
        compile(
          {
            frequency: "YEARLY",
            byMonths: [12],
            byMonthDays: [30],
            timeZone: "Pacific/Apia",
            end: { _tag: "Count", count: 1 }
          },
          "2011-12-29T20:00Z"
        ),
        ["2011-12-30T20:00Z"]
      ],
      [
        "ends at an instant, not at what the clock shows then",
        compile(
          { byHours: [2], byMinutes: [0, 30], end: { _tag: "Until", until: instant("2026-10-25T00:15Z") } },
          "2026-10-25T00:00Z"
        ),
        ["2026-10-25T00:00Z"]
      ],
      [
        "counts before exceptions are taken out",
        compile({ exceptions: ["2026-03-03T17:00Z"], end: { _tag: "Count", count: 3 } }, "2026-03-02T17:00Z"),
        ["2026-03-02T17:00Z", "2026-03-04T17:00Z"]
      ],
      [
        "occurs on nth weekdays and plain ones alike",
        compile(
          {
            frequency: "MONTHLY",
            byWeekdays: ["SUNDAY"],
            nthWeekdays: [{ nth: -1, weekday: "FRIDAY" }],
            end: { _tag: "Count", count: 6 }
          },
          "2026-03-01T17:00Z"
        ),
        [
          "2026-03-01T17:00Z",
          "2026-03-08T17:00Z",
          "2026-03-15T17:00Z",
          "2026-03-22T17:00Z",
          "2026-03-27T17:00Z",
          "2026-03-29T16:00Z"
        ]
      ],
      [
        "counts positions in the whole week, also before the start",
        compile(
          {
            frequency: "WEEKLY",
            byWeekdays: ["MONDAY", "WEDNESDAY"],
            positions: [1],
            end: { _tag: "Count", count: 1 }
          },
          "2026-03-03T17:00Z"
        ),
        ["2026-03-09T17:00Z"]
      ],
      [
        "counts positions in the whole week, also beyond the end of a month",
        compile(
          {
            frequency: "WEEKLY",
            byWeekdays: ["MONDAY", "FRIDAY"],
            positions: [-1],
            end: { _tag: "Count", count: 2 }
          },
          "2026-03-27T17:00Z"
        ),
        ["2026-03-27T17:00Z", "2026-04-03T16:00Z"]
      ],
      [
        "gives what a leap puts on one instant once, also beside the end of a table of the zone",
        compile(
          {
            timeZone: "Asia/Kathmandu",
            byHours: [0],
            byMinutes: [0, 15],
            end: { _tag: "Count", count: 6 }
          },
          "1985-12-30T18:30Z"
        ),
        [
          "1985-12-30T18:30Z",
          "1985-12-30T18:45Z",
          "1985-12-31T18:30Z",
          "1986-01-01T18:15Z",
          "1986-01-01T18:30Z"
        ]
      ],
      [
        "steps by weeks from its own first day",
        compile(
          {
            frequency: "WEEKLY",
            interval: 2,
            weekStart: "SUNDAY",
            byWeekdays: ["TUESDAY", "SUNDAY"],
            end: { _tag: "Count", count: 3 }
          },
          "1997-08-05T07:00Z"
        ),
        ["1997-08-05T07:00Z", "1997-08-17T07:00Z", "1997-08-19T07:00Z"]
      ]
    ]
  for (const [name, rule, expected] of firsts) {
    it(name, () => {
      assert.deepStrictEqual(some(rule, -Infinity, 99).map(iso), expected)
      assert.deepStrictEqual(back(rule, -Infinity, Infinity).map(iso), expected)
      assert.strictEqual(Recurrence.countSeconds(rule, -Infinity, Infinity), expected.length)
    })
  }

  it("excluded from beginning to end has no occurrence, and is none that never matches", () => {
    const rule = compile(
      { exceptions: ["2026-03-02T17:00Z"], end: { _tag: "Count", count: 1 } },
      "2026-03-02T17:00Z"
    )
    assert.deepStrictEqual(some(rule, -Infinity, 1), [])
    assert.isNaN(Recurrence.previousSeconds(rule, Infinity))
    assert.isTrue(Recurrence.everOccurs(rule))
    assert.isFalse(Recurrence.everOccurs(compile({ byMonths: [2], byMonthDays: [30] }, "2026-03-02T17:00Z")))
  })

  it("in a zone that this machine does not know never occurs, and harms nothing", () => {
    const decoded = Schema.decodeSync(CalendarRule)({
      timeZone: "Europe/Atlantis",
      frequency: "DAILY",
      interval: 1
    })
    const rule = Recurrence.compile(decoded, seconds("2026-03-02T17:00Z"))
    assert.isNaN(Recurrence.nextSeconds(rule, 0))
    assert.isNaN(Recurrence.previousSeconds(rule, 9e9))
    assert.strictEqual(Recurrence.countSeconds(rule, 0, 9e9), 0)
  })

  it("of positions and nth weekdays without end, which never match, is recognised at once", () => {
    const repeated = <A>(item: A): ReadonlyArray<A> => Array.from({ length: 20_000 }, () => item)
    const never: ReadonlyArray<Given> = [
      { frequency: "WEEKLY", interval: 9_973, byWeekdays: ["MONDAY"], positions: repeated(100) },
      { frequency: "MONTHLY", byWeekdays: ["MONDAY"], positions: repeated(-100) },
      { frequency: "MONTHLY", byMonthDays: [31], nthWeekdays: repeated({ nth: 1, weekday: "MONDAY" }) }
    ]
    const began = performance.now()
    for (const fields of never)
      assert.isFalse(Recurrence.everOccurs(compile(fields, "2026-03-02T17:00Z")), fields.frequency)
    assert.isBelow(performance.now() - began, 5_000)
  })

  it("goes on by the last known rule of its zone to the year 9999", () => {
    const rule = compile({}, "1926-01-01T17:00Z")
    assert.strictEqual(iso(Recurrence.nextSeconds(rule, seconds("9990-07-01T00:00Z"))), "9990-07-01T16:00Z")
    assert.strictEqual(iso(Recurrence.previousSeconds(rule, Infinity)), "9999-12-31T17:00Z")
  })
})

describe("a rule in local time, of any shape", () => {
  const options = { arbitrary: { runs: 400 } }

  it.prop(
    "occurs when Temporal says so, day by day",
    { calendarAndStart },
    ({ calendarAndStart: { rule, start } }) => {
      const expected = expand(rule, start, 420)
      const compiled = Recurrence.compile(rule, start)
      const to = start + 418 * 86_400
      checkSpan(compiled, expected, start, to)
      // Each question beside an occurrence, and the number of any span.
      for (const [index, at] of expected.entries()) {
        if (at > to) break
        assert.strictEqual(Recurrence.nextSeconds(compiled, at - 0.5), at)
        assert.strictEqual(Recurrence.previousSeconds(compiled, at + 0.5), at)
        assert.isFalse(Recurrence.nextSeconds(compiled, at + 0.5) <= at)
        assert.isFalse(Recurrence.previousSeconds(compiled, at - 0.5) >= at)
        if (index % 7 === 0) checkSpan(compiled, expected, at + 1, Math.min(to, at + 40 * 86_400))
      }
    },
    options
  )

  it.prop(
    "occurs at the same instants if it starts at its first occurrence, unless that is leapt over or excluded",
    { calendarAndStart },
    ({ calendarAndStart: { rule, start } }) => {
      const compiled = Recurrence.compile(rule, start)
      const first = Recurrence.firstAsStart(compiled)
      if (first !== first) return
      assert.strictEqual(first, Recurrence.nextSeconds(compiled, start))
      const moved = Recurrence.compile(rule, first)
      assert.deepStrictEqual(some(moved, -Infinity, 40).map(iso), some(compiled, -Infinity, 40).map(iso))
    },
    options
  )

  it.prop(
    "in the zone UTC is the same as without a zone",
    { ruleAndStart },
    ({ ruleAndStart: { rule, start } }) => {
      if (rule.frequency === "HOURLY" || rule.frequency === "MINUTELY") return
      const { timeZone: _, ...fields } = rule
      const plain = Recurrence.compile(new RecurrenceRule(fields), start)
      const zoned = Recurrence.compile(new CalendarRule({ ...fields, timeZone: "UTC" }), start)
      assert.deepStrictEqual(some(zoned, -Infinity, 30), some(plain, -Infinity, 30))
      assert.strictEqual(
        Recurrence.countSeconds(zoned, start, start + 1e8),
        Recurrence.countSeconds(plain, start, start + 1e8)
      )
    },
    options
  )
})
