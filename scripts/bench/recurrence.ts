/**
 * The speed of recurrences: questions by age and frequency beside `rrule` and dateutil, compiling, memory, the worst.
 */
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { Frequency, RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { measureCalendar } from "./recurrence/calendar.ts"
import { measureDateutil, measureRrule } from "./recurrence/peers.ts"
import { adversarial, corpus, nasty, type Started } from "./recurrence/rules.ts"
import { duration, percentile, report, table } from "./shared/statistics.ts"

const now = Date.UTC(2026, 0, 5, 10) / 1_000
const ages = [
  ["1 day", 86_400],
  ["1 month", 2_629_746],
  ["1 year", 31_556_952],
  ["10 years", 315_569_520]
] as const

/** Takes the answers. It can be seen from outside, so that no question is optimised away. */
export let sink = 0

/** Microseconds a question at p50, by frequency and age. All are asked in turn, so that noise hits them alike. */
const measureQueries = (): Map<Frequency, ReadonlyArray<number>> => {
  const [rounds, questions] = [300, 250]
  const cases = Frequency.literals.flatMap((frequency) =>
    ages.map(([, age]) => ({
      frequency,
      rule: Recurrence.compile(new RecurrenceRule({ frequency, interval: 1 }), now - age),
      times: [] as Array<number>
    }))
  )
  for (let round = 0; round < 2 * rounds; round++) {
    for (const { rule, times } of cases) {
      const begin = performance.now()
      for (let index = 0; index < questions; index++) {
        const at = now + ((round * questions + index) % 86_400)
        sink += Recurrence.nextSeconds(rule, at) + Recurrence.previousSeconds(rule, at)
      }
      // The first half warms up.
      if (round >= rounds) times.push(((performance.now() - begin) * 1_000) / questions / 2)
    }
  }
  return new Map(
    Frequency.literals.map((name) => [
      name,
      cases.flatMap(({ frequency, times }) => (frequency === name ? [percentile(times, 0.5)] : []))
    ])
  )
}

/** Microseconds to compile each rule, alone and with the first question, which settles first and last occurrence. */
const measureCompile = (rules: ReadonlyArray<Started>) => {
  const alone: Array<number> = []
  const withFirst: Array<number> = []
  for (let round = 0; round < 4; round++) {
    for (const { rule, start } of rules) {
      const begin = performance.now()
      const compiled = Recurrence.compile(rule, start)
      const middle = performance.now()
      sink += Recurrence.nextSeconds(compiled, start)
      const end = performance.now()
      if (round === 0) continue
      alone.push((middle - begin) * 1_000)
      withFirst.push((end - begin) * 1_000)
    }
  }
  return { alone, withFirst }
}

/** Bytes of heap of each compiled rule that was asked, by keeping many of the same. */
const measureMemory = (rules: ReadonlyArray<Started>): Array<number> => {
  const collect = globalThis.gc
  if (collect === undefined) throw new Error("Needs node --expose-gc, as pnpm bench has it")
  const copies = 500
  return rules.map(({ rule, start }) => {
    const kept = Array.from<Recurrence.Compiled | undefined>({ length: copies })
    collect()
    const before = process.memoryUsage()
    for (let index = 0; index < copies; index++) {
      const compiled = Recurrence.compile(rule, start)
      sink += Recurrence.nextSeconds(compiled, start) + Recurrence.previousSeconds(compiled, start + 1e8)
      kept[index] = compiled
    }
    collect()
    const after = process.memoryUsage()
    sink += kept.length
    return (after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers) / copies
  })
}

/** Microseconds for a rule from nothing: compiled, and asked for its first and last occurrence and around the middle. */
const measureOnce = ({ rule, start }: Started): number => {
  const begin = performance.now()
  const compiled = Recurrence.compile(rule, start)
  sink += Recurrence.nextSeconds(compiled, start) + Recurrence.previousSeconds(compiled, Infinity)
  sink += Recurrence.nextSeconds(compiled, 1e11) + Recurrence.previousSeconds(compiled, 1e11)
  return (performance.now() - begin) * 1_000
}

/** All rules from nothing, slowest first. The slowest are the middle of three, since the machine has its pauses too. */
const measureWorst = (rules: ReadonlyArray<Started>) => {
  const slowest = rules
    .map((started) => ({ started, micros: measureOnce(started) }))
    .sort((left, right) => right.micros - left.micros)
  const again = slowest.splice(0, 100).map(({ micros, started }) => ({
    started,
    micros: percentile([micros, measureOnce(started), measureOnce(started)], 0.5)
  }))
  return [...again, ...slowest].sort((left, right) => right.micros - left.micros)
}

type Ratio = readonly [frequency: Frequency, micros: ReadonlyArray<number>, ratio: number]

/** Measures questions and prints them. */
const showQuestions = (queries: ReadonlyMap<Frequency, ReadonlyArray<number>>): ReadonlyArray<Ratio> => {
  const spans = ages.map(([, age]) => age)
  const rrule = measureRrule(spans, now)
  const dateutil = measureDateutil(spans, now)
  console.log("A question (next or previous) at p50, by age of the rule; - is not waited for\n")
  const row = (name: string, micros: ReadonlyArray<number> | undefined, last: string) => [
    name,
    ...ages.map((_, index) => duration(micros?.[index] ?? Number.NaN)),
    last
  ]
  const ratios = [...queries].map(([frequency, micros]): Ratio => {
    return [frequency, micros, (micros.at(-1) ?? 0) / (micros[0] ?? 0)]
  })
  table([
    ["", ...ages.map(([name]) => name), "10 years / 1 day"],
    ...ratios.flatMap(([frequency, micros, ratio]) => [
      row(frequency, micros, ratio.toFixed(2)),
      row("  rrule", rrule[frequency], ""),
      ...(dateutil === undefined ? [] : [row("  dateutil", dateutil[frequency], "")])
    ])
  ])
  if (dateutil === undefined) console.log("\nNo python3 with dateutil was found.")
  return ratios
}

/** Measures and prints. */
export const run = (): boolean => {
  const queries = measureQueries()
  const ratios = showQuestions(queries)

  const rules = corpus()
  const { alone, withFirst } = measureCompile(rules)
  const memory = measureMemory(rules.filter((_, index) => index % 25 === 0))
  const parts = [0.5, 0.99, 1] as const
  console.log(`\nCompiling, ${rules.length} rules of all shapes\n`)
  table([
    ["", "p50", "p99", "most"],
    ["compile", ...parts.map((part) => duration(percentile(alone, part)))],
    ["compile and first question", ...parts.map((part) => duration(percentile(withFirst, part)))],
    ["heap of a compiled rule", ...parts.map((part) => `${percentile(memory, part).toFixed(0)} B`)]
  ])

  measureWorst(nasty)
  const worst = measureWorst([...nasty, ...adversarial(20_000)])
  const micros = worst.map(({ micros }) => micros)
  console.log(`\nCompile and four questions, ${worst.length} adversarial rules\n`)
  table([
    ["", "p50", "p99", "most"],
    ["from nothing", ...parts.map((part) => duration(percentile(micros, part)))]
  ])
  for (const { micros, started } of worst.slice(0, 5)) console.log(`  ${duration(micros)}  ${started.name}`)

  const calendar = measureCalendar(now)
  console.log()
  return report([
    ...calendar,
    {
      name: "slowest question at p50",
      value: Math.max(...[...queries.values()].flat()),
      most: 1,
      unit: "µs"
    },
    { name: "10 years / 1 day", value: Math.max(...ratios.map(([, , ratio]) => ratio)), most: 1.5, unit: "" },
    { name: "compile and first question, p50", value: percentile(withFirst, 0.5), most: 10, unit: "µs" },
    { name: "compile and first question, p99", value: percentile(withFirst, 0.99), most: 250, unit: "µs" },
    { name: "worst adversarial rule", value: (worst[0]?.micros ?? 0) / 1_000, most: 20, unit: "ms" },
    { name: "heap of a compiled rule, p50", value: percentile(memory, 0.5), most: 400, unit: "B" }
  ])
}
