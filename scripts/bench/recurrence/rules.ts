/** Rules to measure: those of the vectors, and those made to be slow. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { Frequency, RecurrenceRule, Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { Result } from "effect"
import { ruleOf, type Vector } from "../../vectorsRecurrence.ts"

/** A rule with its start in epoch seconds. */
export interface Started {
  readonly name: string
  readonly rule: RecurrenceRule
  readonly start: number
}

const start = Date.UTC(2026, 0, 5, 10, 0, 7) / 1_000

/** The rules of the vectors: all shapes, as they come. */
export const corpus = (): ReadonlyArray<Started> => {
  const file = join(import.meta.dirname, "../../../test/vectors/recurrence.jsonl.gz")
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n")
  return lines.map((line) => {
    const vector = JSON.parse(line) as Vector
    return { name: vector.tag ?? vector.freq, rule: Result.getOrThrow(ruleOf(vector)), start: vector.dtstart }
  })
}

type Fields = ConstructorParameters<typeof RecurrenceRule>[0]

const named = (fields: Omit<Fields, "frequency"> & { readonly frequency: Frequency }): Started => {
  const { end, frequency, interval, ...lists } = fields
  const parts = Object.entries(lists).map(([list, items]) => `${list} ${String(items)}`)
  const count = end?._tag === "Count" ? [`count ${end.count}`] : []
  return {
    name: [`${frequency}/${interval}`, ...parts, ...count].join(" "),
    rule: new RecurrenceRule(fields),
    start
  }
}

const count = (count: number) => ({ end: { _tag: "Count", count } as const })
const workWeek = Weekday.literals.slice(0, 5)

/** Rules that hardly ever or never match, or whose count ends thousands of years away. */
export const nasty: ReadonlyArray<Started> = [
  ...[7, 11, 77, 721, 1_439, 1_441, 9_973].flatMap((interval) => [
    named({
      frequency: "MINUTELY",
      interval,
      byHours: [3],
      byMinutes: [7],
      byMonths: [2],
      byMonthDays: [29]
    }),
    named({ frequency: "MINUTELY", interval, byHours: [3], byMonthDays: [31], byWeekdays: ["MONDAY"] }),
    named({ frequency: "MINUTELY", interval, byWeekdays: workWeek, ...count(Math.floor(2.9e9 / interval)) }),
    named({ frequency: "MINUTELY", interval, byMonths: [1, 3, 5], ...count(Math.floor(1e9 / interval)) }),
    named({ frequency: "HOURLY", interval, byMonthDays: [29, 30, 31], ...count(4_096) }),
    named({ frequency: "HOURLY", interval, byMonths: [1, 2, 4], ...count(Math.floor(15e6 / interval)) }),
    named({ frequency: "DAILY", interval, byWeekdays: ["SUNDAY"], byMonthDays: [31], ...count(4_096) }),
    named({ frequency: "WEEKLY", interval, byMonthDays: [29], byMonths: [2], ...count(4_096) })
  ]),
  ...[100_003, 262_144, 999_983, 1_000_000_007, 4_294_967_295].flatMap((interval) => [
    named({ frequency: "MINUTELY", interval, byMonthDays: [29], ...count(4_096) }),
    named({ frequency: "HOURLY", interval, byMonthDays: [29], ...count(4_096) }),
    named({ frequency: "MINUTELY", interval, byWeekdays: workWeek, ...count(28_000) })
  ]),
  named({ frequency: "YEARLY", interval: 3, byMonths: [2], byMonthDays: [29], ...count(4_096) }),
  named({ frequency: "YEARLY", interval: 7, byMonths: [2], byMonthDays: [29], byWeekdays: ["MONDAY"] }),
  named({ frequency: "MONTHLY", interval: 7, byMonthDays: [31], byWeekdays: ["MONDAY"], ...count(4_096) }),
  ...Frequency.literals.flatMap((frequency) => [
    named({ frequency, interval: 1, byMonths: [2], byMonthDays: [30] }),
    named({ frequency, interval: 1, ...count(4_294_967_295) }),
    named({ frequency, interval: 1, byMonths: [1, 3, 5, 7], byMonthDays: [-31], ...count(10_000_000) }),
    named({ frequency, interval: 13, byMonths: [2], byMonthDays: [30] })
  ]),
  named({ frequency: "DAILY", interval: 7, byWeekdays: ["SUNDAY"] }),
  named({ frequency: "MONTHLY", interval: 2, byMonths: [2, 4] }),
  named({ frequency: "MINUTELY", interval: 5_040, byHours: [11], byWeekdays: ["SUNDAY"] })
]

/**
 * Random rules with short lists of rare values, intervals that share divisors with weeks, days and leap years, and
 * counts.
 */
export const adversarial = (number: number): ReadonlyArray<Started> => {
  // Always the same: a linear congruential generator.
  let state = 20_260_105
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  const pick = <A>(items: ReadonlyArray<A>) => items[below(items.length)] as A
  const list = <Key extends string, A>(key: Key, share: number, items: ReadonlyArray<A>) =>
    below(100) < share
      ? ({ [key]: Array.from({ length: 1 + below(3) }, () => pick(items)) } as {
          readonly [key in Key]?: Array<A>
        })
      : {}
  const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
  return Array.from({ length: number }, () =>
    named({
      frequency: pick(Frequency.literals),
      interval: pick([
        1,
        1 + below(60),
        7 * (1 + below(300)),
        1 + below(10_000),
        1_440 + below(3),
        1 + below(4e9)
      ]),
      ...list("byMinutes", 30, upTo(0, 59)),
      ...list("byHours", 40, upTo(0, 23)),
      ...list("byWeekdays", 40, Weekday.literals),
      ...list("byMonthDays", 60, [29, 30, 31, -29, -30, -31, 1, -1]),
      ...list("byMonths", 40, [2, 2, 4, 6, 9, 11, 12]),
      ...(below(2) === 0 ? {} : count(pick([1 + below(4_096), 4_096, 1 + below(1e6), 1 + below(4e9)])))
    })
  )
}
