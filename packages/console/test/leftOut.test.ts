import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchId from "@effect-dispatch/core/DispatchId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Result } from "effect"
import * as Times from "../src/time/times.ts"
import { Zone } from "../src/time/zone.ts"
import * as Consequences from "../src/words/consequences.ts"
import * as LeftOut from "../src/words/leftOut.ts"
import { untilOf } from "../src/words/pauseEnd.ts"
import { nextRuns, shownRuns } from "../src/words/runs.ts"

const berlin = new Zone("Europe/Berlin")
const at = (text: string) => Date.parse(text)
// A Saturday; the first run is at 18:00 here.
const now = at("2026-11-28T12:00:00Z")
const moment = { now, zone: berlin }
const rule = { frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin" } as const

const dispatch = (more: Partial<Dispatch> = {}) =>
  new Dispatch({
    id: DispatchId.make(1n),
    type: "CHARGE",
    startTime: DateTime.makeUnsafe("2026-11-28T17:00:00Z"),
    duration: Duration.hours(2),
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    createTime: DateTime.makeUnsafe(now),
    updateTime: 1n,
    recurrence: new CalendarRule(rule),
    ...more
  })

const changed = (before: Dispatch, left: ReturnType<typeof LeftOut.skip>) => {
  const { changes } = Result.getOrThrow(left)
  return new Dispatch({ ...before, ...(changes.calendar == null ? {} : { recurrence: changes.calendar }) })
}

const first = at("2026-11-28T17:00:00Z")
const day = 24 * 3_600_000
const shown = (of: Dispatch, most = 2) =>
  shownRuns(of, now, most, berlin).map((each) =>
    each._tag === "Run" ? each.run.begin : each.begins.map((begin) => begin)
  )

describe("runs that are skipped", () => {
  it("stand between those that are run, and can be had again", () => {
    const skipped = changed(dispatch(), LeftOut.skip(dispatch(), [first], now))
    assert.deepStrictEqual(shown(skipped), [[first], first + day, first + 2 * day])
    assert.deepStrictEqual(shown(changed(skipped, LeftOut.haveAgain(skipped, [first]))), [first, first + day])
  })

  it("are one line where they follow each other, also after the last run", () => {
    const three = [1, 2, 3].map((days) => first + days * day)
    const skipped = changed(dispatch(), LeftOut.skip(dispatch(), three, now))
    assert.deepStrictEqual(shown(skipped), [first, three, first + 4 * day])
    const ending = new CalendarRule({ ...rule, end: { _tag: "Count", count: 4 } })
    const over = dispatch({ recurrence: ending })
    assert.deepStrictEqual(shown(changed(over, LeftOut.skip(over, three, now))), [first, three])
  })

  it("are not those that the rule never had, nor those that are over", () => {
    const odd = [first - 5 * day, first + 3_600_000].map((each) => DateTime.makeUnsafe(each))
    assert.deepStrictEqual(shown(dispatch({ recurrence: new CalendarRule({ ...rule, exceptions: odd }) })), [
      first,
      first + day
    ])
  })

  it("take the place of runs in the preview, and of no more than these", () => {
    const skipped = changed(dispatch(), LeftOut.skip(dispatch(), [first + day], now))
    assert.deepStrictEqual(
      nextRuns(skipped, now, 2, berlin).map(({ begin }) => begin),
      [first, first + 2 * day]
    )
  })

  it("are told to be impossible where a rule has none", () => {
    const hourly = dispatch({ recurrence: new RecurrenceRule({ frequency: "HOURLY", interval: 1 }) })
    assert.isFalse(LeftOut.canSkip(hourly))
    assert.match(Result.match(LeftOut.skip(hourly, [first], now), wording), /hours or minutes/)
    assert.isTrue(LeftOut.canSkip(dispatch()))
  })

  it("of a rule in plain UTC are warned of", () => {
    assert.isUndefined(LeftOut.warningOf(dispatch()))
    const plain = dispatch({ recurrence: new RecurrenceRule({ frequency: "DAILY", interval: 1 }) })
    assert.match(LeftOut.warningOf(plain) ?? "", /zone UTC/)
  })
})

const wording = { onFailure: (message: string) => message, onSuccess: () => "" }

describe("a pause that ends by itself", () => {
  const outcome = (of: Dispatch, until: number) => Consequences.of({ _tag: "pause", until }, of, moment)

  it("leaves out the runs up to its end, and says which is the next", () => {
    const found = Result.getOrThrow(outcome(dispatch(), first + 3 * day))
    assert.strictEqual(found.words, "3 runs skipped, and it runs again on Tue 1 Dec at 18:00")
    assert.isTrue(found.request._tag === "Update" && found.request.ifUpdateTime === 1n)
  })

  it("stops the run that is on", () => {
    const running = { now: first + 3_600_000, zone: berlin }
    const act = { _tag: "pause", until: first + day } as const
    const { words } = Result.getOrThrow(Consequences.of(act, dispatch(), running))
    assert.match(words, /^it runs now: its actor will be told to stop; 1 run skipped/)
  })

  it("is refused for a dispatch without runs until then, and for one that does not recur", () => {
    assert.match(Result.match(outcome(dispatch(), first), wording), /no run until then/)
    const { recurrence: _, ...once } = dispatch()
    assert.match(Result.match(outcome(new Dispatch(once), first + day), wording), /does not recur/)
  })

  it("ends in the future, at a time of the clock here", () => {
    const end = (text: string) => untilOf({ kind: "by itself", at: text }, berlin, now)
    assert.deepStrictEqual(end("2026-11-29T06:00"), Result.succeed(at("2026-11-29T05:00:00Z")))
    assert.match(Result.match(end("2026-11-28T12:59"), wording), /past/)
    assert.match(Result.match(end(""), wording), /give a date/)
    // The clock leaps over this time: the pause ends at the leap.
    assert.deepStrictEqual(end("2027-03-28T02:30"), Result.succeed(at("2027-03-28T01:00:00Z")))
  })

  it("until Monday ends on the next one, from a Sunday and from a Monday as well", () => {
    const days = (text: string) => Times.daysToMonday(berlin, at(text))
    assert.deepStrictEqual(
      ["2026-11-28T12:00Z", "2026-11-29T12:00Z", "2026-11-29T23:30Z", "2026-12-01T12:00Z"].map(days),
      [2, 1, 7, 6]
    )
  })
})
