import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import { asDispatch, changed, draftOf } from "../../src/schedule/draft.ts"
import { fromNowOn } from "../../src/schedule/toCome.ts"
import { at, daily, dispatchOf } from "../fixtures.ts"

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
