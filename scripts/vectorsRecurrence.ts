/**
 * Checks recurrence vectors: `pnpm vectors:recurrence FILE`.
 *
 * FILE holds one rule a line with questions and their right answers, as JSON, optionally compressed (`.gz`).
 */
import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { DateTime } from "effect"

interface Vector {
  readonly tag?: string
  readonly freq: RecurrenceRule["frequency"]
  readonly interval: number
  readonly count?: number
  readonly until?: number
  readonly byminutes?: ReadonlyArray<number>
  readonly byhours?: ReadonlyArray<number>
  readonly byweekdays?: ReadonlyArray<number>
  readonly bymonthdays?: ReadonlyArray<number>
  readonly bymonths?: ReadonlyArray<number>
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

const weekdays = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"] as const

const ruleOf = (vector: Vector): RecurrenceRule =>
  new RecurrenceRule({
    frequency: vector.freq,
    interval: vector.interval,
    ...(vector.count === undefined ? {} : { end: { _tag: "Count", count: vector.count } as const }),
    ...(vector.until === undefined
      ? {}
      : { end: { _tag: "Until", until: DateTime.makeUnsafe(vector.until * 1_000) } as const }),
    ...(vector.byminutes === undefined ? {} : { byMinutes: vector.byminutes }),
    ...(vector.byhours === undefined ? {} : { byHours: vector.byhours }),
    ...(vector.byweekdays === undefined
      ? {}
      : { byWeekdays: vector.byweekdays.map((day) => weekdays[day - 1] ?? (`weekday ${day}` as "MONDAY")) }),
    ...(vector.bymonthdays === undefined ? {} : { byMonthDays: vector.bymonthdays }),
    ...(vector.bymonths === undefined ? {} : { byMonths: vector.bymonths })
  })

/** What the check of a file found. */
export interface Report {
  rules: number
  queries: number
  windows: number
  readonly wrong: Array<string>
}

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
    const rule = Recurrence.compile(ruleOf(vector), vector.dtstart)
    for (const { after, before, t } of vector.queries) {
      report.queries++
      expect(`next ${t}`, orNull(Recurrence.nextSeconds(rule, t)), after)
      expect(`previous ${t}`, orNull(Recurrence.previousSeconds(rule, t)), before)
    }
    for (const { a, b, first, last, n } of vector.between ?? []) {
      report.windows++
      const found = [
        ...Recurrence.between(rule, DateTime.makeUnsafe(a * 1_000), DateTime.makeUnsafe(b * 1_000))
      ]
      const seconds = found.map(({ epochMilliseconds }) => epochMilliseconds / 1_000)
      expect(`number from ${a} to ${b}`, seconds.length, n)
      expect(`count from ${a} to ${b}`, Recurrence.countSeconds(rule, a, b), n)
      expect(`first from ${a} to ${b}`, seconds[0] ?? null, first)
      expect(`last from ${a} to ${b}`, seconds.at(-1) ?? null, last)
    }
  }
  return report
}

if (import.meta.main) {
  const file = process.argv[2]
  if (file === undefined) {
    console.error(
      "Which file? For example: pnpm vectors:recurrence packages/core/test/vectors/recurrence.jsonl.gz"
    )
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
