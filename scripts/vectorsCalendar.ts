/**
 * Checks vectors of rules in local time: `pnpm vectors:calendar FILE`.
 *
 * FILE holds one rule a line with questions and their right answers, as JSON, optionally compressed (`.gz`).
 */
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { DateTime } from "effect"
import { given, main, partsOf, type Report, type Vector } from "./vectorsRecurrence.ts"

/** One line of a file. */
export interface CalendarVector extends Omit<Vector, "queries"> {
  readonly zone: string
  readonly wkst?: number
  readonly bynthweekdays?: ReadonlyArray<readonly [nth: number, weekday: number]>
  readonly bysetpos?: ReadonlyArray<number>
  readonly exceptions?: ReadonlyArray<number>
  readonly queries: ReadonlyArray<{
    readonly t: number
    readonly before: number | null
    readonly after: number | null
    readonly earlier: number | null
    readonly later: number | null
  }>
  /** Zone data that give other answers. */
  readonly sensitive?: ReadonlyArray<string>
}

const weekdayOf = (number: number): Weekday => Weekday.literals[number - 1] as Weekday

/** The rule of a vector. */
export const ruleOf = (vector: CalendarVector): CalendarRule =>
  new CalendarRule({
    ...partsOf(vector),
    timeZone: vector.zone,
    ...given("weekStart", vector.wkst === undefined ? undefined : weekdayOf(vector.wkst)),
    ...given(
      "nthWeekdays",
      vector.bynthweekdays?.map(([nth, weekday]) => ({ nth, weekday: weekdayOf(weekday) }))
    ),
    ...given("positions", vector.bysetpos),
    ...given(
      "exceptions",
      vector.exceptions?.map((seconds) => DateTime.makeUnsafe(1_000 * seconds))
    )
  })

const orNull = (seconds: number): number | null => (Number.isNaN(seconds) ? null : seconds)

/** The occurrences of a window, in the order in which they are found. */
function* window(rule: Recurrence.Compiled, from: number, to: number, direction: "Forward" | "Backward") {
  const isForward = direction === "Forward"
  let occurrence = isForward ? Recurrence.nextSeconds(rule, from) : Recurrence.previousSeconds(rule, to)
  while (from <= occurrence && occurrence <= to) {
    yield occurrence
    occurrence = isForward
      ? Recurrence.nextSeconds(rule, occurrence + 1)
      : Recurrence.previousSeconds(rule, occurrence - 1)
  }
}

/** Checks the vectors in a text of JSON lines; those whose answers depend on the zone data are left out. */
export const check = (text: string): Report => {
  const report: Report = { rules: 0, queries: 0, windows: 0, wrong: [] }
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue
    const vector = JSON.parse(line) as CalendarVector
    report.rules++
    if (vector.sensitive === undefined) checkOne(vector, report)
  }
  return report
}

const checkOne = (vector: CalendarVector, report: Report): void => {
  const expect = (what: string, actual: number | null, expected: number | null) => {
    if (actual === expected) return
    report.wrong.push(
      `${what}: got ${actual}, expected ${expected}, rule ${JSON.stringify(vector).slice(0, 300)}`
    )
  }
  const rule = Recurrence.compile(ruleOf(vector), vector.dtstart)
  for (const { after, before, earlier, later, t } of vector.queries) {
    report.queries++
    expect(`next ${t}`, orNull(Recurrence.nextSeconds(rule, t)), after)
    expect(`next after ${t}`, orNull(Recurrence.nextSeconds(rule, Math.floor(t) + 1)), later)
    expect(`previous ${t}`, orNull(Recurrence.previousSeconds(rule, t)), before)
    expect(`previous before ${t}`, orNull(Recurrence.previousSeconds(rule, Math.ceil(t) - 1)), earlier)
  }
  for (const { a, b, first, last, n } of vector.between ?? []) {
    report.windows++
    const forward = [...window(rule, a, b, "Forward")]
    const backward = [...window(rule, a, b, "Backward")]
    expect(`number from ${a} to ${b}`, forward.length, n)
    expect(`number back from ${b} to ${a}`, backward.length, n)
    expect(`count from ${a} to ${b}`, Recurrence.countSeconds(rule, a, b), n)
    expect(`first from ${a} to ${b}`, forward[0] ?? null, first)
    expect(`last from ${a} to ${b}`, forward.at(-1) ?? null, last)
    expect(
      `differences back from ${b} to ${a}`,
      backward.filter((occurrence, index) => occurrence !== forward[n - 1 - index]).length,
      0
    )
  }
}

if (import.meta.main) main("calendar", check)
