/** The speed of rules in local time, beside `rrule-temporal`, which steps from the start of the rule. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { CalendarRule, exceptionsMax } from "@effect-dispatch/core/CalendarRule"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { DateTime } from "effect"
import { RRuleTemporal } from "rrule-temporal"
import { type CalendarVector, ruleOf } from "../../vectorsCalendar.ts"
import { duration, type Goal, percentile, table } from "../shared/statistics.ts"

/** Takes the answers. It can be seen from outside, so that no question is optimised away. */
export let sink = 0

const fields = { frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin" } as const
const year = 31_556_952

/** Microseconds of one question of many, by age of the rule. */
const measureAges = (now: number, ages: ReadonlyArray<number>): ReadonlyArray<number> => {
  const cases = ages.map((age) => ({
    rule: Recurrence.compile(new CalendarRule(fields), now - age),
    times: [] as Array<number>
  }))
  const [rounds, questions] = [200, 250]
  for (let round = 0; round < 2 * rounds; round++) {
    for (const { rule, times } of cases) {
      const begin = performance.now()
      for (let index = 0; index < questions; index++) {
        const at = now + ((round * questions + index) % 86_400)
        sink += Recurrence.nextSeconds(rule, at) + Recurrence.previousSeconds(rule, at)
      }
      if (round >= rounds) times.push(((performance.now() - begin) * 1_000) / questions / 2)
    }
  }
  return cases.map(({ times }) => percentile(times, 0.5))
}

/** The same question put to the peer. */
const measurePeer = (now: number, ages: ReadonlyArray<number>): ReadonlyArray<number> =>
  ages.map((age) => {
    const at = Temporal.Instant.fromEpochMilliseconds(1_000 * (now - age)).toZonedDateTimeISO(fields.timeZone)
    const rule = new RRuleTemporal({ freq: "DAILY", interval: 1, dtstart: at })
    const asked = new Date(1_000 * now + 500)
    const begin = performance.now()
    let calls = 0
    do {
      rule.next(asked)
      rule.previous(asked)
      calls++
    } while (performance.now() - begin < 30)
    return ((performance.now() - begin) * 1_000) / calls / 2
  })

/** Microseconds of each question of the vectors, asked before: rules of all shapes and ages, near changes of clocks. */
const measureVectors = (): ReadonlyArray<number> => {
  const file = join(import.meta.dirname, "../../../test/vectors/calendar.jsonl.gz")
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n")
  const asked = lines.map((line) => {
    const vector = JSON.parse(line) as CalendarVector
    return {
      rule: Recurrence.compile(ruleOf(vector), vector.dtstart),
      times: vector.queries.map(({ t }) => t)
    }
  })
  const micros: Array<number> = []
  for (let round = 0; round < 4; round++) {
    for (const { rule, times } of asked) {
      for (const t of times) {
        sink += Recurrence.nextSeconds(rule, t)
        // The blocks of the zone are built, and both questions are warm.
        const begin = performance.now()
        sink += Recurrence.nextSeconds(rule, t) + Recurrence.previousSeconds(rule, t)
        if (round > 0) micros.push(((performance.now() - begin) * 1_000) / 2)
      }
    }
  }
  return micros
}

/** Microseconds to leap over as many exceptions as there may be. */
const measureExceptions = (now: number): number => {
  const start = DateTime.makeUnsafe(1_000 * now)
  const plain = Recurrence.compile(new CalendarRule(fields), now)
  const exceptions = [...Recurrence.between(plain, start, DateTime.add(start, { days: exceptionsMax - 1 }))]
  const rule = Recurrence.compile(new CalendarRule({ ...fields, exceptions }), now)
  const times = Array.from({ length: 400 }, () => {
    const begin = performance.now()
    sink += Recurrence.nextSeconds(rule, now)
    return (performance.now() - begin) * 1_000
  })
  return percentile(times.slice(200), 0.5)
}

/** Microseconds of the first question about the year 9990, in zones that nobody has asked about. */
const measureFarFuture = (now: number): number => {
  const at = 253_086_000_000
  const zones = ["Europe/Paris", "Europe/Rome", "America/Chicago", "Australia/Hobart", "Asia/Jerusalem"]
  const times = zones.map((timeZone) => {
    const rule = Recurrence.compile(new CalendarRule({ ...fields, timeZone }), now)
    const begin = performance.now()
    sink += Recurrence.nextSeconds(rule, at)
    return (performance.now() - begin) * 1_000
  })
  return percentile(times, 0.5)
}

/** Measures and prints; gives the figures to reach. */
export const measureCalendar = (now: number): ReadonlyArray<Goal> => {
  const ages = [
    ["1 day", 86_400] as const,
    ["1 year", year] as const,
    ["30 years", 30 * year] as const,
    ["100 years", 100 * year] as const
  ]
  const spans = ages.map(([, age]) => age)
  const micros = measureAges(now, spans)
  console.log("\nA question to a daily rule in local time at p50, by age of the rule\n")
  table([
    ["", ...ages.map(([name]) => name)],
    ["Europe/Berlin", ...micros.map(duration)],
    ["  rrule-temporal", ...measurePeer(now, spans).map(duration)]
  ])
  const vectors = measureVectors()
  const parts = [0.5, 0.99] as const
  const exceptions = measureExceptions(now)
  const future = measureFarFuture(now)
  console.log(`\nRules in local time of all shapes, ${vectors.length} questions\n`)
  table([
    ["", "p50", "p99"],
    ["a question", ...parts.map((part) => duration(percentile(vectors, part)))],
    [`${exceptionsMax} exceptions in a row`, duration(exceptions), ""],
    ["a first question in the year 9990", duration(future), ""]
  ])
  return [
    { name: "local time, slowest age at p50", value: Math.max(...micros), most: 2, unit: "µs" },
    { name: "local time, p50", value: percentile(vectors, 0.5), most: 2, unit: "µs" },
    { name: "local time, p99", value: percentile(vectors, 0.99), most: 10, unit: "µs" },
    { name: `${exceptionsMax} exceptions in a row`, value: exceptions, most: 100, unit: "µs" },
    { name: "first question in the year 9990", value: future, most: 200, unit: "µs" }
  ]
}
