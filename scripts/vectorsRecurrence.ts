/**
 * Checks recurrence vectors: `pnpm vectors:recurrence FILE`.
 *
 * FILE holds one rule a line with questions and their right answers, as JSON, optionally compressed (`.gz`).
 */
import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import * as RecurrenceRule from "@effect-dispatch/core/RecurrenceRule"
import { DateTime, Result } from "effect"

/** One line of a file. */
export interface Vector {
  readonly tag?: string
  readonly freq: RecurrenceRule.RecurrenceRule["frequency"]
  readonly interval: number
  readonly count?: number | null
  readonly until?: number | null
  readonly byminutes?: ReadonlyArray<number> | null
  readonly byhours?: ReadonlyArray<number> | null
  readonly byweekdays?: ReadonlyArray<number> | null
  readonly bymonthdays?: ReadonlyArray<number> | null
  readonly bymonths?: ReadonlyArray<number> | null
  readonly dtstart: number
  readonly queries: ReadonlyArray<{
    readonly t: number
    readonly before: number | null
    readonly after: number | null
  }>
  readonly between?: ReadonlyArray<{
    readonly a: number
    readonly b: number
    readonly n: number
    readonly first: number | null
    readonly last: number | null
  }>
}

/** A field that is left out where there is no value. */
export const given = <Key extends string, A>(
  key: Key,
  value: A | null | undefined
): { readonly [key in Key]?: A } => (value == null ? {} : ({ [key]: value } as { readonly [key in Key]?: A }))

/** The parts that every rule has, from a vector. */
export const partsOf = (vector: Omit<Vector, "queries">) => {
  const until =
    vector.until == null
      ? undefined
      : ({ _tag: "Until", until: DateTime.makeUnsafe(vector.until * 1_000) } as const)
  const count = vector.count == null ? undefined : ({ _tag: "Count", count: vector.count } as const)
  return {
    frequency: vector.freq,
    interval: vector.interval,
    ...given("end", count ?? until),
    ...given("byMinutes", vector.byminutes),
    ...given("byHours", vector.byhours),
    ...given(
      "byWeekdays",
      vector.byweekdays?.map(
        (day) => RecurrenceRule.Weekday.literals[day - 1] ?? (String(day) as RecurrenceRule.Weekday)
      )
    ),
    ...given("byMonthDays", vector.bymonthdays),
    ...given("byMonths", vector.bymonths)
  }
}

/** The rule of a vector, or why it is none. */
export const ruleOf = (
  vector: Vector
): Result.Result<RecurrenceRule.RecurrenceRule, RecurrenceRule.RecurrenceRuleError> =>
  RecurrenceRule.makeResult(partsOf(vector))

/** The rule made ready. One with both ends has the earlier; a refused one has no occurrence. */
const compiledOf = (vector: Vector): Recurrence.Compiled => {
  const rule = ruleOf(vector)
  if (Result.isSuccess(rule)) {
    const compiled = Recurrence.compile(rule.success, vector.dtstart)
    return vector.count != null && vector.until != null
      ? { ...compiled, until: Math.floor(vector.until) }
      : compiled
  }
  return Recurrence.compile(neverMatching, vector.dtstart)
}

const neverMatching = new RecurrenceRule.RecurrenceRule({
  frequency: "YEARLY",
  interval: 1,
  byMonths: [2],
  byMonthDays: [30]
})

/** The result of the check of a file. */
export interface Report {
  rules: number
  queries: number
  windows: number
  readonly wrong: Array<string>
}

const at = (seconds: number): DateTime.Utc => DateTime.makeUnsafe(Math.round(seconds * 1_000))

const orNull = (seconds: number): number | null => (Number.isNaN(seconds) ? null : seconds)

/** Checks the vectors in a text of JSON lines. */
export const check = (text: string): Report => {
  const report: Report = { rules: 0, queries: 0, windows: 0, wrong: [] }
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue
    const vector = JSON.parse(line) as Vector
    report.rules++
    const expect = (what: string, actual: number | null, expected: number | null) => {
      if (actual !== expected)
        report.wrong.push(`${what}: got ${actual}, expected ${expected}, rule ${line.slice(0, 300)}`)
    }
    const rule = compiledOf(vector)
    for (const { after, before, t } of vector.queries) {
      report.queries++
      expect(`next ${t}`, orNull(Recurrence.nextSeconds(rule, t)), after)
      expect(`previous ${t}`, orNull(Recurrence.previousSeconds(rule, t)), before)
    }
    for (const { a, b, first, last, n } of vector.between ?? []) {
      report.windows++
      let number = 0
      let [begin, end] = [Number.NaN, Number.NaN]
      for (const { epochMilliseconds } of Recurrence.between(rule, at(a), at(b))) {
        if (number++ === 0) begin = epochMilliseconds / 1_000
        end = epochMilliseconds / 1_000
      }
      expect(`number from ${a} to ${b}`, number, n)
      expect(`count from ${a} to ${b}`, Recurrence.countSeconds(rule, a, b), n)
      expect(`first from ${a} to ${b}`, orNull(begin), first)
      expect(`last from ${a} to ${b}`, orNull(end), last)
    }
  }
  return report
}

/** Checks the file of the command line and prints the result. */
export const main = (name: string, check: (text: string) => Report): void => {
  const file = process.argv[2]
  if (file === undefined || !existsSync(file)) {
    const what = file === undefined ? "Which file?" : `There is no file ${file}.`
    console.error(`${what} For example: pnpm vectors:${name} test/vectors/${name}.jsonl.gz`)
    process.exit(2)
  }
  const bytes = readFileSync(file)
  const { queries, rules, windows, wrong } = check(
    (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8")
  )
  for (const line of wrong.slice(0, 10)) console.log(line)
  console.log(`rules ${rules}, queries ${queries}, windows ${windows}, wrong ${wrong.length}`)
  process.exitCode = wrong.length > 0 ? 1 : 0
}

if (import.meta.main) main("recurrence", check)
