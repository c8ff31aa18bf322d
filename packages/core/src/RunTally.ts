/**
 * Counts of runs: how many ran, how late, for how long, and why others were missed. Rule J24.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { Run } from "./Run.ts"

const Counts = Schema.Record(Schema.String, Schema.Int)

/**
 * Counts of runs. They are sums, so that those of days, types and reporters may be added up.
 *
 * - `ran`, `running`, `unknown`: runs by their fate;
 * - `missed`: missed occurrences by their reason;
 * - `late`: starts by the power of their lateness, of which there are four to each doubling of milliseconds;
 * - `onMillis`: the time that runs were on.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { RunTally } from "@effect-dispatch/core"
 *
 * const missed = RunTally.of({ fate: { _tag: "Missed", reason: "LateWakeUp", count: 3 } })
 * const both = RunTally.plus(missed, missed)
 * assert.strictEqual(RunTally.missedOf(both), 6)
 * assert.deepStrictEqual(RunTally.minus(both, both), RunTally.nothing)
 * ```
 *
 * @see BEHAVIOUR J24
 * @category schemas
 * @since 0.1.0
 */
export const RunTally = Schema.Struct({
  ran: Schema.Int,
  running: Schema.Int,
  unknown: Schema.Int,
  missed: Counts,
  late: Counts,
  onMillis: Schema.Int
})

/**
 * Counts of runs.
 *
 * @category models
 * @since 0.1.0
 */
export type RunTally = typeof RunTally.Type

/**
 * No runs.
 *
 * @category constants
 * @since 0.1.0
 */
export const nothing: RunTally = { ran: 0, running: 0, unknown: 0, missed: {}, late: {}, onMillis: 0 }

/** The number of powers of a doubling. */
const powersPerDoubling = 4

/** The least power that is not below a lateness in milliseconds. */
const powerOf = (lateMillis: number): number =>
  Math.ceil(powersPerDoubling * Math.log2(Math.max(1, lateMillis)))

/** The lateness in milliseconds that a power stands for. */
const millisOf = (power: number): number => 2 ** (power / powersPerDoubling)

/**
 * The counts of one run.
 *
 * @category constructors
 * @since 0.1.0
 */
export const of = ({ fate }: Pick<Run, "fate">): RunTally => {
  switch (fate._tag) {
    case "Planned":
      return nothing
    case "Running":
      return { ...nothing, running: 1, late: lateBy(fate.lateMillis) }
    case "Ran":
      return { ...nothing, ran: 1, onMillis: fate.onMillis, late: lateBy(fate.lateMillis) }
    case "Missed":
      return { ...nothing, missed: { [fate.reason]: fate.count } }
    case "Unknown":
      return { ...nothing, unknown: 1 }
  }
}

const lateBy = (millis: number | undefined): RunTally["late"] =>
  millis === undefined ? {} : { [powerOf(millis)]: 1 }

/** No count is beyond what is told exactly, whatever sites say: sums stay at the largest. */
const sum = (one: number, other: number): number =>
  Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, one + other))

/**
 * The counts of both together.
 *
 * @category combining
 * @since 0.1.0
 */
export const plus = (one: RunTally, other: RunTally): RunTally => ({
  ran: sum(one.ran, other.ran),
  running: sum(one.running, other.running),
  unknown: sum(one.unknown, other.unknown),
  missed: sums(one.missed, other.missed),
  late: sums(one.late, other.late),
  onMillis: sum(one.onMillis, other.onMillis)
})

/**
 * The counts of one without those of the other, which are part of them.
 *
 * @category combining
 * @since 0.1.0
 */
export const minus = (one: RunTally, other: RunTally): RunTally => plus(one, negated(other))

const negated = ({ late, missed, onMillis, ran, running, unknown }: RunTally): RunTally => ({
  ran: -ran,
  running: -running,
  unknown: -unknown,
  missed: mapped(missed, (count) => -count),
  late: mapped(late, (count) => -count),
  onMillis: -onMillis
})

type Counts = typeof Counts.Type

const mapped = (counts: Counts, change: (count: number) => number): Counts =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, change(count)]))

const sums = (one: Counts, other: Counts): Counts => {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  const all = names.map((name) => [name, sum(one[name] ?? 0, other[name] ?? 0)] as const)
  return Object.fromEntries(all.filter(([, count]) => count !== 0))
}

/**
 * True if nothing is counted.
 *
 * @category queries
 * @since 0.1.0
 */
export const isNothing = ({ late, missed, onMillis, ran, running, unknown }: RunTally): boolean =>
  [ran, running, unknown, onMillis, ...Object.values(missed), ...Object.values(late)].every(
    (count) => count === 0
  )

/**
 * The number of missed occurrences.
 *
 * @category queries
 * @since 0.1.0
 */
export const missedOf = ({ missed }: RunTally): number => total(missed)

/**
 * The lateness in milliseconds that a share of the starts did not exceed, to a fifth; none without a start.
 *
 * @category queries
 * @since 0.1.0
 */
export const latenessOf = ({ late }: RunTally, share: number): number | undefined => {
  const powers = Object.keys(late).map(Number)
  const wanted = total(late) * share
  let counted = 0
  for (const power of powers.toSorted((one, other) => one - other)) {
    counted += late[power] ?? 0
    if (counted >= wanted) return millisOf(power)
  }
  return undefined
}

const total = (counts: Counts): number => Object.values(counts).reduce(sum, 0)
