/**
 * The costs of the dispatching actor: initial sync, updates, memory, the lateness of starts and stops, and of many
 * starts at once. Each measurement has a process of its own; those to compare are taken in turn.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import type { AtSize } from "./actor/atSize.ts"
import type { Burst } from "./actor/burst.ts"
import type { Journalled } from "./actor/journal.ts"
import type { Lateness, LatenessRun } from "./actor/lateness.ts"
import { duration, figure, type Goal, percentile, report, table } from "./shared/statistics.ts"

const sizes = [1_000, 10_000, 100_000] as const
const largest = 1_000_000
const runs = 3

/** Runs a program whose last line is JSON; those before are its log. */
const measured = <A>(program: string, ...parameters: ReadonlyArray<number>): A => {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [
      "--expose-gc",
      "--max-old-space-size=8192",
      join(import.meta.dirname, "actor", program),
      ...parameters.map(String)
    ],
    { encoding: "utf8" }
  )
  if (status !== 0) throw new Error(`${program} ${parameters.join(" ")} failed: ${stderr}`)
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as A
}

const middle = (values: Iterable<number>): number => percentile(values, 0.5)

/** The middle of each figure of several runs. */
const middleOf = (results: ReadonlyArray<AtSize>): AtSize => {
  const of = (key: keyof AtSize) => middle(results.map((result) => result[key]))
  return {
    known: of("known"),
    syncMillis: of("syncMillis"),
    heapBytes: of("heapBytes"),
    pureUpdates: of("pureUpdates"),
    pureCreates: of("pureCreates"),
    updates: of("updates"),
    creates: of("creates")
  }
}

const measureSizes = (): ReadonlyArray<AtSize> => {
  const results = Array.from({ length: runs }, () => sizes.map((size) => measured<AtSize>("atSize.ts", size)))
  return [
    ...sizes.map((_, index) => middleOf(results.map((run) => run[index] as AtSize))),
    measured<AtSize>("atSize.ts", largest)
  ]
}

const rows: ReadonlyArray<readonly [name: string, cell: (at: AtSize) => string]> = [
  ["initial sync", ({ syncMillis }) => duration(syncMillis * 1_000)],
  ["heap a dispatch, beyond itself", ({ heapBytes }) => `${figure(heapBytes)} B`],
  ["mirror and timeline, updates", ({ pureUpdates }) => `${figure(pureUpdates)}/s`],
  ["mirror and timeline, creates", ({ pureCreates }) => `${figure(pureCreates)}/s`],
  ["actor to a subscriber, updates", ({ updates }) => `${figure(updates)}/s`],
  ["actor to a subscriber, creates", ({ creates }) => `${figure(creates)}/s`]
]

const measureLateness = (others: number): ReadonlyArray<LatenessRun> =>
  Array.from({ length: runs }, (_, run) => measured<LatenessRun>("lateness.ts", others, 1 + 2 * run))

const late = ({ most, p50, p99 }: Lateness): Array<string> =>
  [p50, p99, most].map((millis) => duration(millis * 1_000))

const ratioOfP99 = (results: ReadonlyArray<LatenessRun>): number =>
  middle(results.map(({ actor }) => actor.p99)) / middle(results.map(({ bare }) => bare.p99))

/** Measures and prints. */
export const run = (): boolean => {
  const results = measureSizes()
  console.log(
    "A quarter each one-off, MINUTELY, HOURLY and DAILY; decoded dispatches, no network. The middle of " +
      `${runs} runs, of the largest one run\n`
  )
  table([
    ["dispatches known", ...results.map(({ known }) => known.toLocaleString("en-US"))],
    ...rows.map(([name, cell]) => [name, ...results.map(cell)])
  ])

  const lateness = [measureLateness(0), measureLateness(sizes[2])]
  console.log("\nHow late 1,000 starts and stops on whole milliseconds within 20 s are told\n")
  table([
    ["", "actor p50", "p99", "most", "bare timers p50", "p99", "most"],
    ...lateness
      .flat()
      .map(({ actor, bare, others }) => [
        `with ${others.toLocaleString("en-US")} others`,
        ...late(actor),
        ...late(bare)
      ])
  ])

  const burst = measured<Burst>("burst.ts")
  console.log(
    `\n${burst.starts.toLocaleString("en-US")} runs that start at one instant, kept in files: ` +
      `the first is told after ${duration(burst.first * 1_000)}, the last after ${duration(burst.last * 1_000)}`
  )

  const journalled = measured<Journalled>("journal.ts")
  console.log(
    `\nUpdates to a subscriber with 10,000 known: ${figure(journalled.without)}/s, with a journal in files ` +
      `${figure(journalled.with)}/s; of its ${journalled.entries.toLocaleString("en-US")} entries ` +
      `${journalled.lost.toLocaleString("en-US")} had no room`
  )

  console.log()
  return report([
    ...goals(results, lateness, burst),
    {
      name: "updates without a journal by those with one",
      value: journalled.without / journalled.with,
      most: 1.1
    }
  ])
}

const goals = (
  results: ReadonlyArray<AtSize>,
  lateness: ReadonlyArray<ReadonlyArray<LatenessRun>>,
  burst: Burst
): ReadonlyArray<Goal> => {
  const [few, , many] = results as [AtSize, AtSize, AtSize, AtSize]
  const [alone, among] = lateness as [ReadonlyArray<LatenessRun>, ReadonlyArray<LatenessRun>]
  const early = lateness.flat().reduce((sum, { early }) => sum + early, 0)
  return [
    { name: "initial sync of 100,000", value: many.syncMillis / 1_000, most: 2, unit: "s" },
    {
      name: "updates through mirror and timeline at 100,000 known",
      value: many.pureUpdates,
      least: 100_000,
      unit: "/s"
    },
    { name: "  of them at 1,000 by at 100,000", value: few.pureUpdates / many.pureUpdates, most: 2 },
    {
      name: "updates through the actor to one subscriber at 100,000 known",
      value: many.updates,
      least: 30_000,
      unit: "/s"
    },
    { name: "  of them at 1,000 by at 100,000", value: few.updates / many.updates, most: 2 },
    ...results.slice(0, 3).map(({ heapBytes, known }) => ({
      name: `heap a dispatch beyond itself, ${known.toLocaleString("en-US")} known`,
      value: heapBytes,
      most: 1_500,
      unit: "B"
    })),
    { name: "told before its time", value: early, most: 0 },
    { name: "p99 of lateness by that of bare timers", value: ratioOfP99(alone), most: 1.5 },
    { name: "  among 100,000 others", value: ratioOfP99(among), most: 1.5 },
    { name: "100,000 starts at one instant: the first is told", value: burst.first, most: 200, unit: "ms" },
    { name: "  the last, before the first is over", value: burst.last, most: 6_000, unit: "ms" },
    { name: "  a stop that falls due meanwhile, late by", value: burst.stopLate, most: 100, unit: "ms" }
  ]
}
