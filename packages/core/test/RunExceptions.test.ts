import { assert, describe, it } from "@effect/vitest"
import { CalendarRule, exceptionsMax } from "@effect-dispatch/core/CalendarRule"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as RunExceptions from "@effect-dispatch/core/RunExceptions"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration, Result } from "effect"

const startTime = DateTime.makeUnsafe("2026-11-28T12:00:00Z")
const after = (days: number, hours = 0) => DateTime.add(startTime, { days, hours })

const dispatch = (more: Partial<Dispatch> = {}) =>
  new Dispatch({
    id: DispatchId.make(1n),
    type: "CHARGE",
    startTime,
    duration: Duration.hours(2),
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    createTime: startTime,
    updateTime: 1n,
    recurrence: new RecurrenceRule({ frequency: "DAILY", interval: 1 }),
    ...more
  })

const daily = Result.getOrThrow(RunExceptions.recurring(dispatch()))
const withRule = (recurrence: CalendarRule) => dispatch({ recurrence })
const reasonOf = <A>(result: Result.Result<A, RunExceptions.Unfit>) =>
  Result.isFailure(result) ? result.failure : "none"

describe("runs left out", () => {
  it("are those of a rule in days or longer steps: others tell why not", () => {
    const { recurrence: _, ...once } = dispatch()
    assert.strictEqual(reasonOf(RunExceptions.recurring(new Dispatch(once))), "Once")
    assert.strictEqual(reasonOf(RunExceptions.recurring(dispatch({ duration: Duration.infinity }))), "Once")
    const hourly = new RecurrenceRule({ frequency: "HOURLY", interval: 1 })
    assert.strictEqual(reasonOf(RunExceptions.recurring(dispatch({ recurrence: hourly }))), "RealTime")
    assert.strictEqual(daily.rule.timeZone, "UTC")
  })

  it("until a time begin with the run that is under way", () => {
    assert.deepStrictEqual(RunExceptions.runsUntil(daily, after(3), after(0, 1)), [
      startTime,
      after(1),
      after(2)
    ])
    assert.deepStrictEqual(RunExceptions.runsUntil(daily, after(3), after(0, 2)), [after(1), after(2)])
    assert.deepStrictEqual(RunExceptions.runsUntil(daily, after(2), after(1)), [after(1)])
  })

  it("are not run, whether left out once or twice, and are run again when they are taken back", () => {
    const once = Result.getOrThrow(RunExceptions.leaveOut(daily, [after(1)], startTime))
    const again = Result.getOrThrow(RunExceptions.recurring(withRule(once)))
    const twice = Result.getOrThrow(RunExceptions.leaveOut(again, [after(1), after(2)], startTime))
    assert.lengthOf(twice.exceptions ?? [], 2)
    assert.deepStrictEqual(withRule(twice).nextRun(after(0, 1)), after(3))
    const back = Result.getOrThrow(RunExceptions.recurring(withRule(twice)))
    const rule = RunExceptions.haveAgain(back, [after(1)])
    assert.deepStrictEqual(withRule(rule).nextRun(after(0, 1)), after(1))
    assert.notProperty(RunExceptions.haveAgain({ ...back, rule }, [after(2)]), "exceptions")
  })

  it("that are past make room for more, and too many to come are refused", () => {
    const many = (from: number, count: number) => Array.from({ length: count }, (_, day) => after(from + day))
    const full = Result.getOrThrow(RunExceptions.leaveOut(daily, many(0, exceptionsMax), startTime))
    const one = { dispatch: withRule(full), rule: full }
    assert.strictEqual(reasonOf(RunExceptions.leaveOut(one, [after(600)], startTime)), "TooMany")
    const later = Result.getOrThrow(RunExceptions.leaveOut(one, [after(600)], after(0, 2)))
    assert.lengthOf(later.exceptions ?? [], exceptionsMax)
    assert.notDeepInclude(later.exceptions ?? [], startTime)
  })
})
