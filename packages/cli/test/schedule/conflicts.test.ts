import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import * as Conflicts from "../../src/schedule/conflicts.ts"
import { at, daily, dispatchOf, minutely } from "../fixtures.ts"

const span = { from: at("2026-03-27T00:00:00Z"), to: at("2026-04-03T00:00:00Z") }

/** The pairs that conflict, as `1-2`, in the order in which they begin to. */
const pairsOf = (list: ReadonlyArray<Dispatch>, limits?: Conflicts.Limits): ReadonlyArray<string> =>
  Conflicts.find(list, span, limits).found.map(({ one, other }) => `${one.id}-${other.id}`)

type Fields = Parameters<typeof dispatchOf>[1]
const pair = (fields: Fields, others: Fields = fields) =>
  pairsOf([dispatchOf(1, fields), dispatchOf(2, others)])

const components = (...ids: ReadonlyArray<bigint>) => ({ target: Target.componentIds(...ids) })
const categories = (...names: ReadonlyArray<Target.ComponentCategory | Target.CategoryTarget>) => ({
  target: Target.componentCategories(...names)
})
const conflict = ["1-2"]

describe("two dispatches conflict", () => {
  it("where their runs overlap, not where one follows the other", () => {
    assert.deepStrictEqual(pair({}), conflict)
    assert.deepStrictEqual(pair({}, { startTime: at("2026-03-27T10:59:59Z") }), conflict)
    assert.deepStrictEqual(pair({}, { startTime: at("2026-03-27T11:00:00Z") }), [])
    assert.deepStrictEqual(
      pair({ duration: Duration.infinity }, { startTime: at("2026-03-30T11:00:00Z") }),
      conflict
    )
  })

  it("where both are of one type, active, no dry run and no command", () => {
    assert.deepStrictEqual(pair({}, { type: "DISCHARGE" }), [])
    assert.deepStrictEqual(pair({}, { active: false }), [])
    assert.deepStrictEqual(pair({}, { dryRun: true }), [])
    const during = { startTime: at("2026-03-27T10:30:00Z"), duration: Duration.zero }
    assert.deepStrictEqual(pair({}, during), [])
    assert.deepStrictEqual(pair(during), [])
  })

  it("where they have a component in common: ids with ids, a category with itself and its subtypes", () => {
    assert.deepStrictEqual(pair(components(1n, 2n), components(2n, 3n)), conflict)
    assert.deepStrictEqual(pair(components(1n), components(2n)), [])
    assert.deepStrictEqual(pair(components(1n), categories("BATTERY")), [])
    const lithium = { category: "BATTERY", subtype: "LI_ION" } as const
    const sodium = { category: "BATTERY", subtype: "NA_ION" } as const
    assert.deepStrictEqual(pair(categories("METER", "BATTERY"), categories(lithium)), conflict)
    assert.deepStrictEqual(pair(categories(lithium), categories("BATTERY")), conflict)
    assert.deepStrictEqual(pair(categories(lithium), categories(sodium)), [])
    assert.deepStrictEqual(pair(categories("BATTERY", lithium), categories(sodium)), conflict)
  })

  it("within the span, also where they began before it", () => {
    const startTime = at("2026-03-26T22:00:00Z")
    const hours = (count: number) => ({ startTime, duration: Duration.hours(count) })
    assert.deepStrictEqual(pair(hours(3)), conflict)
    assert.deepStrictEqual(pair(hours(2), hours(3)), [])
    assert.deepStrictEqual(pair({ startTime: span.to }), [])
  })

  it("once, however often they overlap, and not with themselves", () => {
    assert.deepStrictEqual(pair({ recurrence: daily }), conflict)
    const overlapping = { recurrence: minutely, duration: Duration.minutes(3) }
    assert.deepStrictEqual(pairsOf([dispatchOf(1, overlapping)]), [])
  })

  it("as told with the first time at which they do", () => {
    const { found } = Conflicts.find(
      [
        dispatchOf(2, { startTime: at("2026-03-20T10:30:00Z"), recurrence: daily }),
        dispatchOf(1, { startTime: at("2026-03-28T10:00:00Z") })
      ],
      span
    )
    assert.deepStrictEqual(
      found.map(({ from, one, other, to }) => [
        one.id,
        other.id,
        DateTime.formatIso(from),
        to === undefined ? "" : DateTime.formatIso(to)
      ]),
      [[1n, 2n, "2026-03-28T10:30:00.000Z", "2026-03-28T11:00:00.000Z"]]
    )
  })
})

/** Numbers below a bound, the same for the same seed. */
const chanceOf = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const targets = [
  Target.componentIds(1n),
  Target.componentIds(1n, 2n),
  Target.componentIds(2n, 3n),
  Target.componentCategories("BATTERY"),
  Target.componentCategories({ category: "BATTERY", subtype: "LI_ION" }),
  Target.componentCategories({ category: "BATTERY", subtype: "NA_ION" }, "METER")
]

const rules = [
  undefined,
  undefined,
  daily,
  new RecurrenceRule({ frequency: "HOURLY", interval: 5 }),
  new RecurrenceRule({ frequency: "WEEKLY", interval: 1, byWeekdays: ["MONDAY", "SATURDAY"] }),
  new RecurrenceRule({ frequency: "DAILY", interval: 2, end: { _tag: "Count", count: 3 } })
]

const minutes = [0, 1, 30, 60, 90, 24 * 60, 30 * 60, Infinity]

const drawn = (seed: number): ReadonlyArray<Dispatch> => {
  const chance = chanceOf(seed)
  const of = <A>(list: ReadonlyArray<A>): A => list[chance(list.length)] as A
  return Array.from({ length: 2 + chance(9) }, (_, index) => {
    const recurrence = of(rules)
    const length = of(minutes)
    return dispatchOf(index + 1, {
      type: of(["A", "B"]),
      target: of(targets),
      active: chance(8) > 0,
      dryRun: chance(8) === 0,
      // Starts on half hours, so that many begin when others end.
      startTime: DateTime.add(span.from, { minutes: 30 * (chance(17 * 48) - 3 * 48) }),
      duration: length === Infinity ? Duration.infinity : Duration.minutes(length),
      ...(recurrence === undefined ? undefined : { recurrence })
    })
  })
}

/** Each pair, each run of one with each run of the other. */
const bruteForce = (list: ReadonlyArray<Dispatch>): ReadonlyArray<string> => {
  const candidates = list.filter(
    ({ active, dryRun, duration }) => active && !dryRun && !Duration.isZero(duration)
  )
  const runsOf = (dispatch: Dispatch) =>
    [...dispatch.runs(span.from, span.to)].map(({ occurrence, until }) => ({
      begin: occurrence.epochMilliseconds,
      end: until?.epochMilliseconds ?? Infinity
    }))
  return candidates.flatMap((one) =>
    candidates
      .filter(
        (other) => one.id < other.id && one.type === other.type && Target.overlaps(one.target, other.target)
      )
      .filter((other) =>
        runsOf(one).some((run) => runsOf(other).some(({ begin, end }) => run.begin < end && begin < run.end))
      )
      .map((other) => `${one.id}-${other.id}`)
  )
}

describe("the conflicts of many dispatches", () => {
  it("are those that looking at every pair of runs finds", () => {
    let found = 0
    for (let seed = 1; seed <= 2_000; seed++) {
      const list = drawn(seed)
      const expected = [...bruteForce(list)].sort()
      assert.deepStrictEqual([...pairsOf(list)].sort(), expected, `seed ${seed}`)
      found += expected.length
    }
    assert.isAbove(found, 500)
  })

  it("come in the order in which they begin", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const begins = Conflicts.find(drawn(seed), span).found.map(({ from }) => from.epochMilliseconds)
      assert.deepStrictEqual(
        begins,
        [...begins].sort((one, other) => one - other)
      )
    }
  })

  it("are bounded: the first are found, and how far was looked is told", () => {
    const many = Array.from({ length: 200 }, (_, index) => dispatchOf(index + 1, { recurrence: minutely }))
    const few = Conflicts.find(many, span, { pairsMax: 50, stepsMax: 1e9 })
    assert.strictEqual(few.found.length, 50)
    assert.isBelow(few.reached.epochMilliseconds, span.to.epochMilliseconds)
    const tired = Conflicts.find(many, span, { pairsMax: 1e9, stepsMax: 1_000 })
    assert.isAbove(tired.found.length, 0)
    assert.isBelow(tired.reached.epochMilliseconds, at("2026-03-28T00:00:00Z").epochMilliseconds)
    assert.deepStrictEqual(Conflicts.find(drawn(7), span).reached, span.to)
  })
})
