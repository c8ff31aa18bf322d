import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { LocalClock } from "@effect-dispatch/core/LocalClock"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import { asDispatch, changed, type Draft, draftOf, exceptionsOf, later } from "../../src/schedule/draft.ts"
import { leapBefore, withExceptions } from "../../src/schedule/rule.ts"
import { comesAlike, fromNowOn } from "../../src/schedule/toCome.ts"
import { at, clock, daily, dispatchOf } from "../fixtures.ts"

const now = at("2026-03-27T10:30:00Z")

const runsOf = (dispatch: Dispatch, from: DateTime.Utc): ReadonlyArray<string> =>
  [...dispatch.runs(from, DateTime.add(from, { days: 120 }))]
    .filter(({ occurrence }) => DateTime.isGreaterThanOrEqualTo(occurrence, from))
    .slice(0, 200)
    .map(({ occurrence }) => DateTime.formatIso(occurrence))

describe("a dispatch that is created again", () => {
  it("is the same while its start is to come", () => {
    const draft = draftOf(dispatchOf(1, { startTime: at("2026-03-27T10:30:00Z"), recurrence: daily }))
    assert.strictEqual(fromNowOn(draft, now), draft)
  })

  it("is none once its one start has passed, also while it runs, and whatever its rule says without an end", () => {
    assert.isUndefined(fromNowOn(draftOf(dispatchOf(1)), now))
    assert.isUndefined(
      fromNowOn(draftOf(dispatchOf(1, { duration: Duration.infinity, recurrence: daily })), now)
    )
  })

  it("is none once its last occurrence has passed", () => {
    const recurrence = new RecurrenceRule({
      frequency: "DAILY",
      interval: 1,
      end: { _tag: "Count", count: 3 }
    })
    const startTime = at("2026-03-20T10:00:00Z")
    assert.isUndefined(fromNowOn(draftOf(dispatchOf(1, { startTime, recurrence })), now))
  })

  it("has the same occurrences from now on, for rules of every kind, wherever now is", () => {
    const rules = [
      { frequency: "DAILY", interval: 3 },
      { frequency: "DAILY", interval: 1, end: { _tag: "Count", count: 40 } },
      { frequency: "WEEKLY", interval: 2, byWeekdays: ["MONDAY", "FRIDAY"] },
      { frequency: "WEEKLY", interval: 1, end: { _tag: "Count", count: 5 } },
      { frequency: "MONTHLY", interval: 1 },
      { frequency: "MONTHLY", interval: 2, byMonthDays: [-1, 15] },
      { frequency: "YEARLY", interval: 1, byMonths: [2, 4], byMonthDays: [29] },
      { frequency: "HOURLY", interval: 7, byMinutes: [0, 30] },
      { frequency: "MINUTELY", interval: 45, end: { _tag: "Until", until: at("2026-04-10T00:00:00Z") } },
      { frequency: "DAILY", interval: 2, byHours: [6, 18], byMinutes: [15] }
    ] as const
    const starts = ["2026-01-31T10:00:30Z", "2026-03-02T23:59:59Z", "2024-02-29T08:15:00Z"]
    let created = 0
    for (const rule of rules) {
      for (const start of starts) {
        const dispatch = dispatchOf(1, { startTime: at(start), recurrence: new RecurrenceRule(rule) })
        for (let days = 0; days < 60; days += 7) {
          const then = DateTime.add(now, { hours: 24 * days + days })
          const draft = fromNowOn(draftOf(dispatch), then)
          const expected = runsOf(dispatch, then)
          const found = draft === undefined ? [] : runsOf(asDispatch(draft, then), then)
          assert.deepStrictEqual(
            found,
            expected,
            `${JSON.stringify(rule)} from ${start} at ${DateTime.formatIso(then)}`
          )
          created += draft === undefined ? 0 : 1
        }
      }
    }
    assert.isAbove(created, 150)
  })
})

describe("a rule in local time that is created again", () => {
  const zoned = (fields: Partial<ConstructorParameters<typeof CalendarRule>[0]>) =>
    new CalendarRule({ frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin", ...fields })
  const rules = [
    zoned({}),
    zoned({ byHours: [1, 2, 3], byMinutes: [0, 30, 45] }),
    zoned({ byHours: [2, 3], byMinutes: [30], end: { _tag: "Count", count: 40 } }),
    zoned({ interval: 3, end: { _tag: "Count", count: 20 } }),
    zoned({ frequency: "WEEKLY", interval: 2, weekStart: "SUNDAY", end: { _tag: "Count", count: 9 } }),
    zoned({
      frequency: "MONTHLY",
      nthWeekdays: [{ nth: -1, weekday: "SUNDAY" }],
      end: { _tag: "Count", count: 4 }
    }),
    zoned({ frequency: "MONTHLY", byWeekdays: ["SATURDAY", "SUNDAY"], positions: [-1] }),
    zoned({ frequency: "YEARLY" }),
    zoned({ byHours: [2], timeZone: "Australia/Lord_Howe", byMinutes: [0, 15, 30] })
  ]
  const starts = ["2026-01-31T01:30:20Z", "2025-03-29T01:30:00Z", "2024-10-26T15:15:00Z"].map(at)
  /** The minutes around the changes of clocks, and days between them. */
  const instants = [
    "2026-03-29T00:30:00Z",
    "2026-04-04T14:30:00Z",
    "2026-10-25T00:00:00Z",
    "2026-10-03T15:00:00Z"
  ]
    .flatMap((text) =>
      Array.from({ length: 30 }, (_, index) => DateTime.add(at(text), { minutes: 7 * index }))
    )
    .concat(Array.from({ length: 20 }, (_, index) => DateTime.add(now, { hours: 37 * index })))

  const isWithinLeap = (clockOf: LocalClock, then: DateTime.Utc): boolean => {
    const leap = leapBefore(clockOf, then)
    return leap !== undefined && Duration.isLessThan(DateTime.distance(leap.at, then), Duration.hours(1))
  }

  it("has the same occurrences from now on, whatever clocks do; but for runs put off by a leap that is on", () => {
    let [moved, lost] = [0, 0]
    for (const [index, rule] of rules.entries()) {
      const clockOf = clock(rule.timeZone)
      for (const start of starts) {
        const whole = dispatchOf(1, { startTime: start, recurrence: rule })
        const exceptions = [...whole.runs(now, DateTime.add(now, { days: 90 }))]
          .filter((_, each) => each % 5 === 2)
          .map(({ occurrence }) => occurrence)
        const dispatch = dispatchOf(1, { startTime: start, recurrence: withExceptions(rule, exceptions) })
        for (const then of instants) {
          const draft = fromNowOn(draftOf(dispatch), then)
          const expected = runsOf(dispatch, then)
          const found = draft === undefined ? [] : runsOf(asDispatch(draft, then), then)
          const what = `rule ${index} from ${DateTime.formatIso(start)} at ${DateTime.formatIso(then)}`
          const missing = expected.filter((each) => !found.includes(each))
          if (missing.length > 0 && isWithinLeap(clockOf, then)) {
            lost += 1
            for (const each of missing) assert.isTrue(isWithinLeap(clockOf, at(each)), what)
          } else assert.deepStrictEqual(found, expected, what)
          if (draft !== undefined && draft.startTime !== "NOW") {
            assert.isTrue(DateTime.isGreaterThanOrEqualTo(draft.startTime, then), what)
            assert.isTrue(comesAlike(draftOf(dispatch), draft, DateTime.add(then, { hours: 3 })), what)
            moved += 1
          }
        }
      }
    }
    assert.isAbove(moved, 2_000)
    assert.isBelow(lost, moved / 40)
  })

  it("is moved by the clock, with its end and its exceptions, or by real time", () => {
    const rule = zoned({
      end: { _tag: "Until", until: at("2026-03-27T07:00:00Z") },
      exceptions: [at("2026-03-25T07:00:00Z")]
    })
    const draft = draftOf(dispatchOf(1, { startTime: at("2026-03-23T07:00:00Z"), recurrence: rule }))
    const shown = (after: Draft) => {
      const { recurrence, startTime } = after
      const end = recurrence?.end
      return [
        startTime === "NOW" ? "" : DateTime.formatIso(startTime),
        end?._tag === "Until" ? DateTime.formatIso(end.until) : "",
        ...exceptionsOf(recurrence).map(DateTime.formatIso)
      ]
    }
    assert.deepStrictEqual(shown(later(draft, { by: Duration.weeks(1), onClock: true })), [
      "2026-03-30T06:00:00.000Z",
      "2026-04-03T06:00:00.000Z",
      "2026-04-01T06:00:00.000Z"
    ])
    assert.deepStrictEqual(shown(later(draft, { by: Duration.weeks(1), onClock: false })), [
      "2026-03-30T07:00:00.000Z",
      "2026-04-03T07:00:00.000Z",
      "2026-04-01T07:00:00.000Z"
    ])
  })

  it("means the same in UTC, whatever it calls it and whether it says its times or takes them from its start", () => {
    const alike = (one: Rule, other: Rule) => {
      const draft = draftOf(dispatchOf(1, { startTime: at("2026-03-02T10:15:00Z") }))
      return comesAlike({ ...draft, recurrence: one }, { ...draft, recurrence: other }, now)
    }
    const plain = (fields: object) => new RecurrenceRule({ frequency: "DAILY", interval: 1, ...fields })
    assert.isTrue(alike(plain({}), zoned({ timeZone: "UTC" })))
    assert.isTrue(alike(plain({}), zoned({ timeZone: "Etc/GMT", weekStart: "SUNDAY" })))
    assert.isTrue(
      alike(plain({ frequency: "WEEKLY" }), plain({ frequency: "WEEKLY", byWeekdays: ["MONDAY"] }))
    )
    assert.isTrue(alike(zoned({}), zoned({ byHours: [11], byMinutes: [15] })))
    assert.isTrue(
      alike(zoned({}), zoned({ exceptions: [at("2026-03-20T10:15:00Z"), at("2026-04-20T10:15:00Z")] }))
    )
    assert.isFalse(alike(zoned({}), zoned({ exceptions: [at("2026-04-20T09:15:00Z")] })))
    assert.isFalse(alike(plain({}), zoned({})))
    const fromMonday = draftOf(dispatchOf(1, { startTime: at("2026-03-30T10:15:00Z") }))
    const everyOther = {
      timeZone: "UTC",
      frequency: "WEEKLY",
      interval: 2,
      byWeekdays: ["MONDAY", "SUNDAY"]
    } as const
    // Both begin on that Monday, and go on differently.
    assert.isFalse(
      comesAlike(
        { ...fromMonday, recurrence: zoned(everyOther) },
        { ...fromMonday, recurrence: zoned({ ...everyOther, weekStart: "SUNDAY" }) },
        now
      )
    )
    assert.isFalse(alike(zoned({}), zoned({ timeZone: "Europe/Paris" })))
    assert.isFalse(
      alike(
        zoned({ timeZone: "UTC", frequency: "WEEKLY", interval: 2, byWeekdays: ["MONDAY", "SUNDAY"] }),
        zoned({
          timeZone: "UTC",
          frequency: "WEEKLY",
          interval: 2,
          byWeekdays: ["MONDAY", "SUNDAY"],
          weekStart: "SUNDAY"
        })
      )
    )
  })
})

describe("a draft as a dispatch", () => {
  it("starts on a whole second: now is the present one, every other is rounded up", () => {
    const draft = draftOf(dispatchOf(1))
    const then = at("2026-03-27T10:30:00.700Z")
    const startOf = (startTime: DateTime.Utc | "NOW") =>
      DateTime.formatIso(asDispatch({ ...draft, startTime }, then).startTime)
    assert.strictEqual(startOf("NOW"), "2026-03-27T10:30:00.000Z")
    assert.strictEqual(startOf(then), "2026-03-27T10:30:01.000Z")
  })
})

describe("changes of a dispatch", () => {
  const rule = new RecurrenceRule({
    frequency: "WEEKLY",
    interval: 2,
    byHours: [8],
    end: { _tag: "Count", count: 3 }
  })
  const dispatch = dispatchOf(1, { recurrence: rule })

  it("are made of the given fields alone", () => {
    const target = Target.componentIds(1n)
    const after = changed(dispatch, { active: false, duration: null, target, payload: { a: 1 } })
    assert.deepStrictEqual(
      { ...after.toJSON() },
      {
        ...dispatch.toJSON(),
        active: false,
        durationSeconds: null,
        target: { componentIds: ["1"] },
        payload: { a: 1 }
      }
    )
  })

  it("replace a rule, change a part of it, or take it away", () => {
    const ruleAfter = (recurrence: Parameters<typeof changed>[1]["recurrence"]) =>
      changed(dispatch, recurrence === undefined ? {} : { recurrence }).toJSON().recurrence
    assert.include(ruleAfter(daily), { frequency: "DAILY", interval: 1 })
    assert.deepInclude(ruleAfter({ byHours: [6] }), {
      frequency: "WEEKLY",
      interval: 2,
      byHours: [6],
      count: 3
    })
    assert.strictEqual(ruleAfter({ end: null })?.count, undefined)
    assert.isNull(ruleAfter(null))
    assert.isNull(changed(dispatchOf(1), { recurrence: { byHours: [6] } }).toJSON().recurrence)
  })
})
