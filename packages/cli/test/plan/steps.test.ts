import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Result } from "effect"
import { carryingExceptions } from "../../src/input/exceptions.ts"
import { type Planned, withPlanned } from "../../src/plan/plan.ts"
import { creationOf, type Step, stepOf } from "../../src/plan/steps.ts"
import { asDispatch, changed, draftOf, exceptionsOf } from "../../src/schedule/draft.ts"
import { endless, withExceptions } from "../../src/schedule/rule.ts"
import { toCome } from "../../src/schedule/toCome.ts"
import { at, daily, dispatchOf } from "../fixtures.ts"
import { Draw } from "./generated.ts"

const now = at("2026-03-27T10:30:00Z")
const one = { id: DispatchId.make(1n) }

const updateOf = (planned: Planned, dispatch: Dispatch) => {
  const step = stepOf({ ...one, ...planned }, dispatch, now)
  return step._tag === "Update" ? step.changes : step._tag
}

/** All that a draft says, as a plan. */
const planOf = (dispatch: Dispatch): Planned => {
  const { recurrence = null, ...fields } = draftOf(dispatch)
  const exceptions = exceptionsOf(recurrence ?? undefined).map((each) => ({
    _tag: "Time" as const,
    at: each
  }))
  return {
    ...one,
    ...fields,
    startTime: dispatch.startTime,
    recurrence: recurrence && withExceptions(recurrence, []),
    ...(exceptions.length === 0 ? undefined : { exceptions })
  }
}

/** The first runs from now on. */
const runsOf = (dispatch: Dispatch): ReadonlyArray<string> => {
  const runs: Array<string> = []
  for (const { occurrence, until } of dispatch.runs(now, DateTime.add(now, { years: 300 }))) {
    if (DateTime.isLessThan(occurrence, now)) continue
    runs.push(`${DateTime.formatIso(occurrence)} ${until === undefined ? "" : DateTime.formatIso(until)}`)
    if (runs.length === 100) break
  }
  return runs
}

/** The runs that a count counts, from the first one to come that is not left out: also those that are left out. */
const countedRunsOf = (dispatch: Dispatch): ReadonlyArray<string> => {
  const { recurrence, ...fields } = dispatch
  if (recurrence === undefined) return runsOf(dispatch)
  const all = runsOf(dispatchOf(1, { ...fields, recurrence: withExceptions(recurrence, []) }))
  const [first] = runsOf(dispatch)
  return first === undefined ? [] : all.slice(all.indexOf(first))
}

/** The runs that are planned, if what is not planned stays as it is. */
const plannedRunsOf = (planned: Planned, dispatch: Dispatch, after: Dispatch): ReadonlyArray<string> => {
  const { exceptions, startTime = dispatch.startTime } = planned
  const rule = (planned.recurrence === undefined ? dispatch.recurrence : planned.recurrence) ?? undefined
  const recurrence =
    exceptions === undefined
      ? rule &&
        carryingExceptions(
          { rule, start: startTime },
          { rule: dispatch.recurrence, start: dispatch.startTime }
        )
      : Result.getOrThrow(withPlanned(rule, startTime, exceptions ?? []))
  const { recurrence: _, ...fields } = after
  const isMovedAlone = planned.startTime !== undefined && planned.recurrence === undefined
  if (isMovedAlone && recurrence?.end?._tag === "Count" && Duration.isFinite(after.duration)) {
    const left = countedRunsOf(dispatchOf(1, { ...dispatch, duration: after.duration })).length
    const moved = dispatchOf(1, { ...fields, startTime, recurrence: endless(recurrence) })
    const counted = new Set(countedRunsOf(moved).slice(0, left))
    return runsOf(moved).filter((run) => counted.has(run))
  }
  return runsOf(dispatchOf(1, { ...fields, startTime, ...(recurrence == null ? undefined : { recurrence }) }))
}

describe("a plan of generated dispatches", () => {
  it("has the result that is planned, with what it does not say left alone, and applied again it changes nothing", () => {
    const seen = new Map<Step["_tag"], number>()
    for (let seed = 1; seed <= 2_000; seed++) {
      const draw = new Draw(seed)
      const dispatch = draw.dispatch(1, now)
      const whole = planOf(draw.dispatch(1, now))
      const said = Object.entries({ ...whole, type: dispatch.type, dryRun: dispatch.dryRun })
      const planned: Planned = { ...Object.fromEntries(said.filter(() => draw.isLucky(0.6))), ...one }
      const step = stepOf(planned, dispatch, now)
      seen.set(step._tag, (seen.get(step._tag) ?? 0) + 1)
      const after = step._tag === "Update" ? changed(dispatch, step.changes) : dispatch
      const what = `seed ${seed}`
      if (step._tag === "Incomplete") {
        assert.match(step.message, /^exceptions mean nothing to/, what)
        continue
      }
      if (step._tag === "Past") continue
      const again = stepOf(planned, after, now)
      assert.strictEqual(again._tag, "Same", what)
      // All that is said is so.
      const wanted = new Map(Object.entries(planned))
      for (const field of ["duration", "target", "active", "payload"] as const) {
        const expected = wanted.has(field) ? planned[field] : dispatch[field]
        assert.deepStrictEqual(after[field], expected, `${what}: ${field}`)
      }
      assert.deepStrictEqual(runsOf(after), plannedRunsOf(planned, dispatch, after), what)
    }
    for (const tag of ["Same", "Update", "Past"] as const) assert.isAbove(seen.get(tag) ?? 0, 50, tag)
    assert.isAbove(seen.get("Incomplete") ?? 0, 10)
  })

  it("creates what is to come of it", () => {
    let created = 0
    for (let seed = 1; seed <= 500; seed++) {
      const dispatch = new Draw(seed).dispatch(1, now)
      const step = creationOf(planOf(dispatch), now)
      if (step._tag === "Creation") {
        created += 1
        assert.deepStrictEqual(runsOf(asDispatch(step.draft, now)), runsOf(dispatch), `seed ${seed}`)
        assert.isTrue(
          step.draft.startTime !== "NOW" && DateTime.isGreaterThanOrEqualTo(step.draft.startTime, now)
        )
      } else {
        assert.strictEqual(step._tag, "Past", `seed ${seed}`)
        assert.isUndefined(toCome(draftOf(dispatch), now))
      }
    }
    assert.isAbove(created, 200)
  })

  it("is the same at any later time, as long as nobody changes anything", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const draw = new Draw(seed)
      const dispatch = draw.dispatch(1, now)
      for (const days of [0, 1, 9, 33]) {
        assert.strictEqual(
          stepOf(planOf(dispatch), dispatch, DateTime.add(now, { days }))._tag,
          "Same",
          `seed ${seed}`
        )
      }
    }
  })
})

describe("what a plan changes of a dispatch", () => {
  it("is what it says and nothing else; null clears", () => {
    const dispatch = dispatchOf(1, { active: false, payload: { a: 1 }, recurrence: daily })
    assert.strictEqual(updateOf({}, dispatch), "Same")
    assert.deepStrictEqual(updateOf({ payload: { a: 2 } }, dispatch), { payload: { a: 2 } })
    assert.deepStrictEqual(updateOf({ duration: Duration.infinity }, dispatch), {
      duration: Duration.infinity
    })
    assert.deepStrictEqual(updateOf({ target: Target.componentIds(1n) }, dispatch), {
      target: Target.componentIds(1n)
    })
    const later = { startTime: at("2026-03-28T10:00:00Z") }
    assert.deepStrictEqual(updateOf({ ...later, recurrence: null }, dispatch), { ...later, recurrence: null })
  })

  it("keeps exceptions that it does not say, and clears them by null", () => {
    const berlin = { frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin" } as const
    const rule = new CalendarRule({ ...berlin, exceptions: [at("2026-03-30T09:00:00Z")] })
    const dispatch = dispatchOf(1, { startTime: at("2026-03-20T10:00:00Z"), recurrence: rule })
    const said = { startTime: dispatch.startTime, recurrence: new CalendarRule(berlin) }
    assert.strictEqual(updateOf(said, dispatch), "Same")
    assert.deepStrictEqual(updateOf({ exceptions: null }, dispatch), { calendar: { exceptions: [] } })
    assert.deepStrictEqual(updateOf({ ...said, exceptions: [] }, dispatch), { calendar: { exceptions: [] } })
    const more = [{ _tag: "Day" as const, day: Date.UTC(2026, 2, 31) / 86_400_000 }]
    assert.deepStrictEqual(updateOf({ exceptions: more }, dispatch), {
      calendar: { exceptions: [at("2026-03-31T09:00:00Z")] }
    })
    // An exception goes along with its day.
    const moved = { ...berlin, byHours: [18], byMinutes: [0] }
    assert.deepStrictEqual(updateOf({ recurrence: new CalendarRule(moved) }, dispatch), {
      calendar: new CalendarRule({ ...moved, exceptions: [at("2026-03-30T16:00:00Z")] })
    })
    assert.deepStrictEqual(updateOf({ recurrence: null, startTime: at("2026-03-30T09:00:00Z") }, dispatch), {
      startTime: at("2026-03-30T09:00:00Z"),
      calendar: null
    })
  })

  it("leaves a start alone that has the same occurrences to come, and moves it only forwards", () => {
    const dispatch = dispatchOf(1, { startTime: at("2026-03-01T10:00:00Z"), recurrence: daily })
    assert.strictEqual(updateOf({ startTime: at("2026-01-09T10:00:00Z") }, dispatch), "Same")
    assert.deepStrictEqual(updateOf({ startTime: at("2026-01-09T12:00:00Z") }, dispatch), {
      startTime: at("2026-03-27T12:00:00Z")
    })
    const until = new RecurrenceRule({ ...daily, end: { _tag: "Until", until: at("2026-04-01T00:00:00Z") } })
    assert.deepStrictEqual(updateOf({ startTime: at("2026-01-09T10:00:00Z"), recurrence: until }, dispatch), {
      recurrence: until
    })
  })

  it("counts from the start that stays", () => {
    const ten = (count: number) => new RecurrenceRule({ ...daily, end: { _tag: "Count", count } })
    const dispatch = dispatchOf(1, { startTime: at("2026-03-20T10:00:00Z"), recurrence: ten(20) })
    // Five days later the same rule has five fewer to come.
    assert.strictEqual(
      updateOf({ startTime: at("2026-03-25T10:00:00Z"), recurrence: ten(15) }, dispatch),
      "Same"
    )
    assert.deepStrictEqual(
      updateOf({ startTime: at("2026-03-25T10:00:00Z"), recurrence: ten(10) }, dispatch),
      {
        recurrence: ten(15)
      }
    )
  })

  it("ends a rule that runs on, also where it is planned to have ended", () => {
    const dispatch = dispatchOf(1, { startTime: at("2026-03-01T10:00:00Z"), recurrence: daily })
    const ended = new RecurrenceRule({ ...daily, end: { _tag: "Until", until: at("2026-03-20T10:00:00Z") } })
    assert.deepStrictEqual(updateOf({ recurrence: ended }, dispatch), { recurrence: ended })
  })

  it("is past where nobody can start it any more, and a replacement where type or dry run differ", () => {
    const dispatch = dispatchOf(1, { startTime: at("2026-03-28T10:00:00Z") })
    assert.strictEqual(updateOf({ startTime: at("2026-03-20T10:00:00Z") }, dispatch), "Past")
    const step = stepOf({ ...one, type: "OTHER" }, dispatch, now)
    assert.deepStrictEqual(step._tag === "Replacement" && step.draft, { ...draftOf(dispatch), type: "OTHER" })
    assert.strictEqual(updateOf({ dryRun: true }, dispatch), "Replacement")
    assert.strictEqual(updateOf({ dryRun: true, startTime: at("2026-03-20T10:00:00Z") }, dispatch), "Past")
  })
})

describe("a planned dispatch that is not there", () => {
  it("is gone if it is known by an id, and created if it is not, once enough is said", () => {
    assert.strictEqual(stepOf(one, undefined, now)._tag, "Gone")
    const whole = { type: "A", startTime: at("2026-03-28T10:00:00Z"), target: Target.componentIds(1n) }
    const step = stepOf(whole, undefined, now)
    assert.deepStrictEqual(step._tag === "Creation" && step.draft, {
      ...whole,
      duration: Duration.infinity,
      active: true,
      dryRun: false,
      payload: {}
    })
    const fault = (planned: Planned) => {
      const found = stepOf(planned, undefined, now)
      return found._tag === "Incomplete" ? found.message : found._tag
    }
    const { startTime, target, type } = whole
    assert.strictEqual(fault({ startTime, target }), "type is missing")
    assert.strictEqual(fault({ type, target }), "start is missing")
    assert.strictEqual(fault({ type, startTime }), "target is missing")
    assert.match(fault({ ...whole, recurrence: daily }), /^duration is missing: what recurs/)
    assert.strictEqual(fault({ ...whole, startTime: at("2026-03-20T10:00:00Z") }), "Past")
  })
})
