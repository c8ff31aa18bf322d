import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { RecurrenceRule, Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Schema } from "effect"
import { matches, matching } from "./recurrenceOracle.ts"
import { at, ruleAndStart } from "./recurrenceRules.ts"

type Fields = ConstructorParameters<typeof RecurrenceRule>[0]

const seconds = (text: string) => DateTime.makeUnsafe(text).epochMilliseconds / 1_000
const compile = (fields: Omit<Fields, "interval"> & { readonly interval?: number }, start: string) =>
  Recurrence.compile(new RecurrenceRule({ interval: 1, ...fields }), seconds(start))
const text = (instant: DateTime.Utc | undefined) =>
  instant === undefined ? undefined : DateTime.formatIso(instant).replace(".000Z", "Z")
const taken = (occurrences: Iterable<DateTime.Utc>, number: number) => {
  const found: Array<string | undefined> = []
  for (const occurrence of occurrences) {
    if (found.length === number) break
    found.push(text(occurrence))
  }
  return found
}
const end = at(seconds("9999-12-31T23:59:59Z"))
const options = { arbitrary: { runs: 400 } }
const query = Schema.Int.check(Schema.isBetween({ minimum: -3e9, maximum: 9e9 }))

/** The first occurrences of a rule, from a time on. */
const some = (rule: Recurrence.Compiled, from: number, number = 25): Array<number> => {
  const found: Array<number> = []
  let occurrence = Recurrence.nextSeconds(rule, from)
  while (found.length < number && !Number.isNaN(occurrence)) {
    found.push(occurrence)
    occurrence = Recurrence.nextSeconds(rule, occurrence + 1)
  }
  return found
}

describe("Recurrence", () => {
  const firsts: ReadonlyArray<readonly [name: string, rule: Recurrence.Compiled, expected: Array<string>]> = [
    [
      "invalid dates are skipped",
      compile({ frequency: "MONTHLY" }, "2026-01-31T10:00:00Z"),
      ["2026-01-31T10:00:00Z", "2026-03-31T10:00:00Z", "2026-05-31T10:00:00Z"]
    ],
    [
      "29 February comes in leap years only, and not in 2100",
      compile({ frequency: "YEARLY", interval: 4 }, "2092-02-29T00:00:00Z"),
      ["2092-02-29T00:00:00Z", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"]
    ],
    [
      "the start is an occurrence only if it matches",
      compile({ frequency: "DAILY", byHours: [9] }, "2026-01-05T10:00:00Z"),
      ["2026-01-06T09:00:00Z", "2026-01-07T09:00:00Z", "2026-01-08T09:00:00Z"]
    ],
    [
      "WEEKLY with days of the month: both must hold",
      compile({ frequency: "WEEKLY", byMonthDays: [13], byWeekdays: ["FRIDAY"] }, "2026-01-01T08:00:00Z"),
      ["2026-02-13T08:00:00Z", "2026-03-13T08:00:00Z", "2026-11-13T08:00:00Z"]
    ],
    [
      "order, repetition and empty lists mean nothing",
      compile(
        { frequency: "DAILY", byHours: [20, 8, 20], byMinutes: [], byWeekdays: [], byMonths: [] },
        "2026-01-05T10:30:00Z"
      ),
      ["2026-01-05T20:30:00Z", "2026-01-06T08:30:00Z", "2026-01-06T20:30:00Z"]
    ],
    [
      "weeks of an interval begin on Monday",
      compile({ frequency: "WEEKLY", interval: 2, byWeekdays: ["MONDAY", "SUNDAY"] }, "2026-01-04T00:00:00Z"),
      ["2026-01-04T00:00:00Z", "2026-01-12T00:00:00Z", "2026-01-18T00:00:00Z"]
    ],
    [
      "a step by minutes goes on through the nights",
      compile({ frequency: "MINUTELY", interval: 45, byHours: [3] }, "2026-01-05T10:00:00Z"),
      ["2026-01-06T03:15:00Z", "2026-01-07T03:15:00Z", "2026-01-08T03:15:00Z"]
    ],
    [
      "before 1970",
      compile({ frequency: "MONTHLY", byMonthDays: [-1] }, "1899-12-31T23:59:59Z"),
      ["1899-12-31T23:59:59Z", "1900-01-31T23:59:59Z", "1900-02-28T23:59:59Z"]
    ],
    [
      "until the end of 9999",
      compile({ frequency: "WEEKLY", byWeekdays: ["FRIDAY", "SATURDAY"] }, "9999-12-24T00:00:00Z"),
      ["9999-12-24T00:00:00Z", "9999-12-25T00:00:00Z", "9999-12-31T00:00:00Z"]
    ],
    [
      "a step that reaches the last day there is",
      compile({ frequency: "DAILY", interval: 3 }, "9999-12-25T00:00:00Z"),
      ["9999-12-25T00:00:00Z", "9999-12-28T00:00:00Z", "9999-12-31T00:00:00Z"]
    ],
    [
      "an interval beyond all years",
      compile({ frequency: "YEARLY", interval: 4_294_967_295 }, "2026-01-05T10:00:00Z"),
      ["2026-01-05T10:00:00Z"]
    ],
    [
      "the end is inclusive",
      compile(
        {
          frequency: "HOURLY",
          end: { _tag: "Until", until: DateTime.makeUnsafe("2026-01-05T11:00:00.999Z") }
        },
        "2026-01-05T10:00:00Z"
      ),
      ["2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z"]
    ],
    [
      "an end half a second before an occurrence leaves it out",
      compile(
        {
          frequency: "HOURLY",
          end: { _tag: "Until", until: DateTime.makeUnsafe("2026-01-05T11:59:59.500Z") }
        },
        "2026-01-05T10:00:00Z"
      ),
      ["2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z"]
    ],
    [
      "only matches are counted",
      compile(
        { frequency: "DAILY", byMonthDays: [31], end: { _tag: "Count", count: 2 } },
        "2026-01-05T10:00:00Z"
      ),
      ["2026-01-31T10:00:00Z", "2026-03-31T10:00:00Z"]
    ]
  ]
  for (const [name, rule, expected] of firsts) {
    it(name, () => {
      assert.deepStrictEqual(taken(Recurrence.between(rule, at(-1e10), end), expected.length), expected)
      const last = expected.at(-1) ?? ""
      if (expected.length < 3 || last.startsWith("9999-12-31"))
        assert.isUndefined(Recurrence.next(rule, at(seconds(last) + 1)))
    })
  }

  const never: ReadonlyArray<readonly [string, Parameters<typeof compile>[0]]> = [
    ["30 February", { frequency: "MINUTELY", byMonths: [2], byMonthDays: [30] }],
    [
      "every seventh day, on another day of the week",
      { frequency: "DAILY", interval: 7, byWeekdays: ["SUNDAY"] }
    ],
    ["an hour that the step leaps over", { frequency: "HOURLY", interval: 2, byHours: [11] }],
    [
      "minutes that the step leaps over",
      { frequency: "MINUTELY", interval: 60, byMinutes: [1], byHours: [3] }
    ],
    ["months that the step leaps over", { frequency: "MONTHLY", interval: 2, byMonths: [2, 4] }],
    ["leap days in odd years", { frequency: "YEARLY", interval: 2, byMonths: [2], byMonthDays: [29] }],
    ["an end before the start", { frequency: "DAILY", end: { _tag: "Until", until: at(0) } }]
  ]
  for (const [name, fields] of never) {
    it(`answers "none" for a rule that never matches: ${name}`, () => {
      const rule = compile(fields, "2025-01-06T10:00:00Z")
      assert.isUndefined(Recurrence.next(rule, at(0)))
      assert.isUndefined(Recurrence.previous(rule, end))
      assert.deepStrictEqual([...Recurrence.between(rule, at(0), end)], [])
      assert.strictEqual(Recurrence.count(rule, at(0), end), 0)
    })
  }

  it("finds the one day of the week on which a step of whole weeks reaches a time of day", () => {
    const matching = Weekday.literals.filter((day) => {
      const fields = { byHours: [0], byMinutes: [1], byWeekdays: [day] }
      const rule = compile({ frequency: "MINUTELY", interval: 77, ...fields }, "2026-01-05T10:00:00Z")
      return Recurrence.next(rule, at(0)) !== undefined
    })
    assert.strictEqual(matching.length, 1)
  })

  it("cuts fractions off the start, and compares questions exactly", () => {
    const rule = compile({ frequency: "MINUTELY" }, "2026-01-05T10:00:00.999Z")
    assert.strictEqual(text(Recurrence.next(rule, at(0))), "2026-01-05T10:00:00Z")
    const [o, p] = [seconds("2026-01-05T10:01:00Z"), seconds("2026-01-05T10:02:00Z")]
    assert.strictEqual(Recurrence.nextSeconds(rule, o - 0.001), o)
    assert.strictEqual(Recurrence.nextSeconds(rule, o), o)
    assert.strictEqual(Recurrence.nextSeconds(rule, o + 0.001), p)
    assert.strictEqual(Recurrence.previousSeconds(rule, p - 0.001), o)
    assert.strictEqual(Recurrence.previousSeconds(rule, p), p)
    assert.deepStrictEqual(taken(Recurrence.between(rule, at(o + 0.001), at(p + 0.001)), 9), [
      "2026-01-05T10:02:00Z"
    ])
    assert.strictEqual(Recurrence.count(rule, at(o - 0.001), at(p - 0.001)), 1)
    const before1970 = compile({ frequency: "DAILY" }, "1969-12-31T23:59:58.500Z")
    assert.strictEqual(text(Recurrence.next(before1970, at(-1e9))), "1969-12-31T23:59:58Z")
  })

  it("knows the last occurrence of a count of billions", () => {
    const count = 3_000_000_000
    const rule = compile({ frequency: "MINUTELY", end: { _tag: "Count", count } }, "2026-01-05T10:00:00Z")
    const last = seconds("2026-01-05T10:00:00Z") + 60 * (count - 1)
    assert.strictEqual(Recurrence.previousSeconds(rule, Infinity), last)
    assert.isNaN(Recurrence.nextSeconds(rule, last + 1))
    assert.strictEqual(Recurrence.countSeconds(rule, -Infinity, Infinity), count)
  })

  it("lists lazily, however long the window", () => {
    const rule = compile({ frequency: "MINUTELY" }, "1901-01-01T00:00:00Z")
    assert.deepStrictEqual(taken(Recurrence.between(rule, at(0), end), 1), ["1970-01-01T00:00:00Z"])
    assert.deepStrictEqual(taken(Recurrence.missedRuns(rule, at(1), end), 1), ["1970-01-01T00:01:00Z"])
  })

  it("gives the runs that overlap a half-open window, and the instants in it", () => {
    const rule = compile({ frequency: "HOURLY" }, "2026-01-05T10:00:00Z")
    const runs = (length: Duration.Duration, from: string, to: string) =>
      [...Recurrence.runs(rule, length, DateTime.makeUnsafe(from), DateTime.makeUnsafe(to))].map(
        ({ occurrence, until }) => `${text(occurrence)?.slice(11, 16)}-${text(until)?.slice(11, 16)}`
      )
    assert.deepStrictEqual(runs(Duration.minutes(90), "2026-01-05T11:30:00Z", "2026-01-05T12:00:00Z"), [
      "11:00-12:30"
    ])
    assert.deepStrictEqual(
      runs(Duration.minutes(90), "2026-01-05T11:29:59.999Z", "2026-01-05T12:00:00.001Z"),
      ["10:00-11:30", "11:00-12:30", "12:00-13:30"]
    )
    assert.deepStrictEqual(runs(Duration.zero, "2026-01-05T11:00:00Z", "2026-01-05T12:00:00Z"), [
      "11:00-11:00"
    ])
  })

  it("gives missed runs from the first instant on, up to but not including the last", () => {
    const rule = compile({ frequency: "HOURLY" }, "2026-01-05T10:00:00Z")
    const missed = Recurrence.missedRuns(
      rule,
      DateTime.makeUnsafe("2026-01-05T11:00:00Z"),
      DateTime.makeUnsafe("2026-01-05T13:00:00Z")
    )
    assert.deepStrictEqual(taken(missed, 9), ["2026-01-05T11:00:00Z", "2026-01-05T12:00:00Z"])
  })
})

describe("Recurrence, of any rule", () => {
  it.prop(
    "next of previous of next is next, and shifting a question changes no occurrence",
    { ruleAndStart, query },
    ({ query, ruleAndStart: { rule, start } }) => {
      const compiled = Recurrence.compile(rule, start)
      const next = Recurrence.nextSeconds(compiled, query)
      if (Number.isNaN(next)) return
      const previous = Recurrence.previousSeconds(compiled, next)
      assert.strictEqual(previous, next)
      assert.strictEqual(Recurrence.nextSeconds(compiled, previous), next)
      const before = Recurrence.previousSeconds(compiled, next - 1)
      const earliest = Number.isNaN(before) ? next - 1e6 : before + 0.001
      for (const shifted of [earliest, (earliest + next) / 2, next - 0.5]) {
        assert.strictEqual(Recurrence.nextSeconds(compiled, Math.max(shifted, earliest)), next)
      }
      const after = Recurrence.nextSeconds(compiled, next + 1)
      const latest = Number.isNaN(after) ? next + 1e6 : after - 0.001
      for (const shifted of [latest, (latest + next) / 2, next + 0.5]) {
        assert.strictEqual(Recurrence.previousSeconds(compiled, Math.min(shifted, latest)), next)
      }
    },
    options
  )

  it.prop(
    "occurrences increase, match the fields, and are those between and counted",
    { ruleAndStart },
    ({ ruleAndStart: { rule, start } }) => {
      const compiled = Recurrence.compile(rule, start)
      const found = some(compiled, -Infinity)
      found.forEach((occurrence, index) => {
        assert.isAbove(occurrence, found[index - 1] ?? start - 1)
        assert.isTrue(matches(rule, start, occurrence), DateTime.formatIso(at(occurrence)))
      })
      const [first = start, last = start + 1e6] = [found[0], found.at(-1)]
      const between = [...Recurrence.between(compiled, at(first), at(last))]
      assert.deepStrictEqual(
        between.map(({ epochMilliseconds }) => epochMilliseconds / 1_000),
        found
      )
      assert.strictEqual(Recurrence.countSeconds(compiled, first, last), found.length)
    },
    options
  )

  it.prop(
    "a count ends the rule with its n-th occurrence, and windows add up to all",
    { ruleAndStart },
    ({ ruleAndStart: { rule, start } }) => {
      const { end, ...fields } = rule
      const endless = Recurrence.compile(new RecurrenceRule(fields), start)
      const count = end?._tag === "Count" ? end.count : 40
      const counted = Recurrence.compile(
        new RecurrenceRule({ ...fields, end: { _tag: "Count", count } }),
        start
      )
      const found = some(endless, -Infinity, count)
      assert.deepStrictEqual(some(counted, -Infinity, count + 1), found)
      assert.strictEqual(Recurrence.countSeconds(counted, -Infinity, Infinity), found.length)
      const middle = (start + (found.at(-1) ?? start)) / 2
      assert.strictEqual(
        Recurrence.countSeconds(counted, -Infinity, middle) +
          Recurrence.countSeconds(counted, Math.floor(middle) + 1, Infinity),
        found.length
      )
    },
    options
  )

  it.prop(
    "of three days, exactly the instants that match are occurrences",
    { ruleAndStart, query },
    ({ query, ruleAndStart: { rule, start } }) => {
      const { end: _, ...fields } = rule
      const compiled = Recurrence.compile(new RecurrenceRule(fields), start)
      const next = Recurrence.nextSeconds(compiled, query)
      const middle = Math.floor((Number.isNaN(next) ? Math.max(query, start) : next) / 86_400) * 86_400
      const [from, to] = [Math.max(start, middle - 86_400), middle + 2 * 86_400]
      const expected = matching(rule, start, from, to)
      const between = [...Recurrence.between(compiled, at(from), at(to - 1))]
      assert.deepStrictEqual(
        between.map(({ epochMilliseconds }) => epochMilliseconds / 1_000),
        expected
      )
      assert.strictEqual(Recurrence.countSeconds(compiled, from, to - 1), expected.length)
    },
    { arbitrary: { runs: 200 } }
  )

  it.prop(
    "a count of what occurs up to an instant ends the rule there, however far it is",
    {
      ruleAndStart,
      months: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_400 })),
      days: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 31 }))
    },
    ({ days, months, ruleAndStart: { rule, start } }) => {
      const { end: _, ...fields } = rule
      const endless = Recurrence.compile(new RecurrenceRule(fields), start)
      const begin = new Date(start * 1_000)
      // Half of the time the end of a month, where sums of months meet.
      const day = days > 15 ? days - 15 : 1
      const to = Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + months, day) / 1_000 - 1
      const count = Recurrence.countSeconds(endless, -Infinity, to)
      if (count === 0) return assert.isNaN(Recurrence.previousSeconds(endless, to))
      const counted = Recurrence.compile(
        new RecurrenceRule({ ...fields, end: { _tag: "Count", count } }),
        start
      )
      const last = Recurrence.previousSeconds(endless, to)
      assert.strictEqual(Recurrence.previousSeconds(counted, Infinity), last)
      assert.isNaN(Recurrence.nextSeconds(counted, last + 1))
      assert.strictEqual(Recurrence.countSeconds(counted, -Infinity, Infinity), count)
    },
    options
  )

  it.prop(
    "a step without lists is counted by division, to the last second of 9999",
    {
      frequency: Schema.Literals(["MINUTELY", "HOURLY", "DAILY", "WEEKLY"]),
      interval: Schema.Union([
        Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })),
        Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3_000 }))
      ]),
      start: Schema.Int.check(Schema.isBetween({ minimum: -2e9, maximum: 4e9 })),
      span: Schema.Union([
        Schema.Literal(3e11),
        Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9e9 }))
      ])
    },
    ({ frequency, interval, span, start }) => {
      const seconds = { MINUTELY: 60, HOURLY: 3_600, DAILY: 86_400, WEEKLY: 604_800 }[frequency]
      const rule = Recurrence.compile(new RecurrenceRule({ frequency, interval }), start)
      const to = Math.min(start + span, end.epochMilliseconds / 1_000)
      const expected = Math.floor((to - start) / (seconds * interval)) + 1
      assert.strictEqual(Recurrence.countSeconds(rule, start, to), expected)
    },
    options
  )
})

it("counts December 9999 if it is one of the months, and not if it is not", () => {
  const started = "9999-01-01T12:00:00Z"
  for (const [frequency, interval] of [
    ["DAILY", 1],
    ["HOURLY", 5],
    ["MINUTELY", 77]
  ] as const) {
    for (const byMonths of [[1, 11], [1, 12], [12]]) {
      const rule = compile({ frequency, interval, byMonths }, started)
      const listed = [...Recurrence.between(rule, at(0), end)]
      assert.isAbove(listed.length, 20)
      assert.strictEqual(Recurrence.count(rule, at(0), end), listed.length)
    }
  }
})
