/**
 * The executed occurrences of a command, so that none is ever executed twice (R9, "At most once"). Instants are epoch
 * milliseconds.
 */
import { DateTime, Duration } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { Rule } from "../../Recurrence.ts"
import { RunSchedule } from "../recurrence/runSchedule.ts"
import { sameRule } from "../recurrence/sameRule.ts"
import type { ExecutedRecord } from "./executedRecord.ts"

/**
 * The number of ranges of executed occurrences remembered of one dispatch. Beyond, the two oldest are joined, which
 * is counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const executedRangesMax = 64

/** The occurrences of a start and a rule. */
interface Occurrences {
  readonly start: number
  readonly recurrence: Rule | undefined
  readonly schedule: RunSchedule
}

/** Executed occurrences in succession, both ends inclusive. If ranges of several rules were joined, all count. */
interface Range {
  first: number
  last: number
  readonly of: Occurrences | undefined
}

/** Both ends inclusive. */
export type Interval = readonly [from: number, to: number]

/** The known executions of one dispatch. */
export class Executions {
  /** By their beginning. */
  readonly #ranges: Array<Range> = []
  /** The gaps between ranges that were joined, by time. */
  #unremembered: ReadonlyArray<Interval> = []
  /** Up to this instant, inclusive, executions are unknown. */
  #forgottenUpTo: number
  /** The unremembered occurrence that was reported last. */
  #reported = Number.NaN

  constructor(forgottenUpTo = -Infinity) {
    this.#forgottenUpTo = forgottenUpTo
  }

  static fromRecord({ forgottenUpTo, ranges, rules, unremembered }: ExecutedRecord): Executions {
    const executions = new Executions(forgottenUpTo)
    const sources = rules.map(({ recurrence, start }) => occurrencesOf(start, recurrence))
    for (const [first, last, rule] of ranges) executions.#ranges.push({ first, last, of: sources[rule] })
    executions.#unremembered = unremembered ?? []
    return executions
  }

  /** The record of the executions, including an occurrence that is about to be executed. */
  toRecord(): ExecutedRecord {
    const sources: Array<Occurrences> = []
    const positionOf = (source: Occurrences | undefined): number => {
      if (source === undefined) return -1
      const known = sources.findIndex((other) => isSame(other, source))
      return known >= 0 ? known : sources.push(source) - 1
    }
    const ranges = this.#ranges.map(({ first, last, of }) => [first, last, positionOf(of)] as const)
    return {
      rules: sources.map(({ recurrence, start }) =>
        recurrence === undefined ? { start } : { start, recurrence }
      ),
      ranges,
      ...(this.#unremembered.length === 0 ? {} : { unremembered: this.#unremembered }),
      ...(this.#forgottenUpTo === -Infinity ? {} : { forgottenUpTo: this.#forgottenUpTo })
    }
  }

  copy(): Executions {
    return Executions.fromRecord(this.toRecord())
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0
  }

  /** True if there is nothing to be written down. */
  get isNothing(): boolean {
    return this.isEmpty && this.#forgottenUpTo === -Infinity
  }

  /** Combined with executions that were found out only later; counts the joins that it takes. */
  with(other: Executions, losses: { joined: number }): Executions {
    const both = new Executions(Math.max(this.#forgottenUpTo, other.#forgottenUpTo))
    const gaps = apart([...this.#unremembered, ...other.#unremembered])
    losses.joined += surplusOf(gaps)
    both.#unremembered = bounded(gaps)
    const ranges = [...this.#ranges, ...other.#ranges].sort((left, right) => left.first - right.first)
    for (const range of ranges) {
      const before = both.#ranges.findLast(({ of }) => isSameOf(of, range.of))
      if (before !== undefined && goesOn(before, range)) before.last = Math.max(before.last, range.last)
      else both.#ranges.push({ ...range })
    }
    for (; both.#ranges.length > executedRangesMax; losses.joined += 1) both.#joinOldest()
    return both
  }

  /** The latest occurrence that was executed, or may have been. */
  get latest(): number {
    return this.#ranges.reduce((latest, { last }) => Math.max(latest, last), this.#forgottenUpTo)
  }

  /** True if the occurrence was executed. */
  has(occurrence: number): boolean {
    const isRemembered = !this.isUnremembered(occurrence)
    return this.#ranges.some((range) => (isRemembered || isInstant(range)) && contains(range, occurrence))
  }

  /** True if it is not known any more whether the occurrence was executed. */
  isUnremembered(occurrence: number): boolean {
    if (occurrence <= this.#forgottenUpTo) return true
    return this.#unremembered.some(([from, to]) => from <= occurrence && occurrence <= to)
  }

  /** Counts an occurrence as executed, whatever is remembered. */
  take(occurrence: number): this {
    this.#ranges.push({ first: occurrence, last: occurrence, of: occurrencesOf(occurrence, undefined) })
    this.#ranges.sort((left, right) => left.first - right.first)
    return this
  }

  /** True if an unremembered occurrence is not the one reported last; from now on it is. */
  isNewsOf(occurrence: number): boolean {
    const isNews = occurrence !== this.#reported
    this.#reported = occurrence
    return isNews
  }

  /** The clock was set back: reports may have to be repeated. */
  goBack(): void {
    this.#reported = Number.NaN
  }

  /** The parts of an interval in which executions are not known any more, in order. */
  unrememberedWithin(from: number, to: number): ReadonlyArray<Interval> {
    const forgotten: Interval = [-Infinity, this.#forgottenUpTo]
    return [forgotten, ...this.#unremembered]
      .map(([first, last]): Interval => [Math.max(from, first), Math.min(to, last)])
      .filter(([first, last]) => first <= last)
  }

  /** Notes an execution of a version. */
  add(occurrence: number, { recurrence, schedule }: Dispatch): "Joined" | undefined {
    if (this.has(occurrence) || this.isUnremembered(occurrence)) return undefined
    const isOfRule = schedule.rule !== undefined && schedule.previous(occurrence) === occurrence
    const of = isOfRule
      ? { start: schedule.start, recurrence, schedule }
      : occurrencesOf(occurrence, undefined)
    const at = this.#ranges.findLastIndex(({ first }) => first < occurrence) + 1
    const before = latestOf(this.#ranges.filter(({ last }) => last < occurrence))
    const after = this.#ranges[at]
    const joinsBefore = before !== undefined && isNext(before.last, occurrence, before.of, of)
    const joinsAfter = after !== undefined && isNext(occurrence, after.first, after.of, of)
    if (joinsBefore && joinsAfter) {
      before.last = after.last
      this.#ranges.splice(at, 1)
    } else if (joinsBefore) before.last = occurrence
    else if (joinsAfter) after.first = occurrence
    else {
      this.#ranges.splice(at, 0, { first: occurrence, last: occurrence, of })
      if (this.#ranges.length > executedRangesMax) return this.#joinOldest()
    }
    return undefined
  }

  /** From an executed occurrence of a version back: the latest instant at which another may not have been executed. */
  skipBack(occurrence: number, version: Dispatch): number {
    const range = this.#ranges.find((each) => contains(each, occurrence))
    if (range === undefined) return occurrence
    if (range.of !== undefined && !isOf(version, range.of)) return occurrence - 1
    const gap = this.#unremembered.findLast(([, to]) => to < occurrence && to >= range.first)
    return gap === undefined ? range.first - 1 : gap[1]
  }

  /** The same forwards: the earliest instant. */
  skipForth(occurrence: number, version: Dispatch): number {
    const range = this.#ranges.find((each) => contains(each, occurrence))
    if (range === undefined) return occurrence
    if (range.of !== undefined && !isOf(version, range.of)) return occurrence + 1
    const gap = this.#unremembered.find(([from]) => from > occurrence && from <= range.last)
    return gap === undefined ? range.last + 1 : gap[0]
  }

  /** The number of executed occurrences of a version, from one instant to another, both inclusive. */
  count(version: Dispatch, from: number, to: number): number {
    const { schedule } = version
    let count = 0
    for (const range of this.#ranges) {
      const [first, last] = [Math.max(from, range.first), Math.min(to, range.last)]
      if (first > last) continue
      if (range.of === undefined || isOf(version, range.of))
        count += this.#countRemembered(schedule, first, last)
      else count += this.#countCommon(range.of.schedule, schedule, first, last)
    }
    return count
  }

  /** The number of instants that are occurrences of both, as far as is remembered. */
  #countCommon(left: RunSchedule, right: RunSchedule, from: number, to: number): number {
    let count = 0
    for (let at = left.next(from); at <= to; at = left.next(at + 1)) {
      if (right.previous(at) === at && !this.isUnremembered(at)) count += 1
    }
    return count
  }

  #countRemembered(schedule: RunSchedule, first: number, last: number): number {
    let count = schedule.count(first, last)
    for (const [from, to] of this.#unremembered) {
      if (from <= last && to >= first) count -= schedule.count(Math.max(first, from), Math.min(last, to))
    }
    return count
  }

  /**
   * At most once wins: the gap between the two oldest ranges is not executed any more. Of two rules one is remembered;
   * the executions of the other are not known any more either, unless both are instants alone.
   */
  #joinOldest(): "Joined" | undefined {
    const [oldest, next] = this.#ranges.splice(0, 2)
    if (oldest === undefined || next === undefined) return undefined
    const isOfOneRule = oldest.of !== undefined && next.of !== undefined && isSame(oldest.of, next.of)
    const areInstants = isOfInstants(oldest) && isOfInstants(next)
    const [kept, other] = isOfInstants(oldest) ? [next, oldest] : [oldest, next]
    const lost: Array<Interval> = []
    if (oldest.last + 1 < next.first) lost.push([oldest.last + 1, next.first - 1])
    if (!isOfOneRule && !areInstants) lost.push([other.first, other.last])
    this.#ranges.unshift({
      first: oldest.first,
      last: Math.max(oldest.last, next.last),
      of: areInstants && !isOfOneRule ? undefined : kept.of
    })
    this.#unremembered = bounded(apart([...this.#unremembered, ...lost]))
    return "Joined"
  }
}

/** True if each remembered instant of it was executed, whatever its rule. */
const isOfInstants = (range: Range): boolean => range.of === undefined || isInstant(range)

const isInstant = ({ first, last }: Range): boolean => first === last

/** Intervals apart from each other, in order. */
const apart = (intervals: ReadonlyArray<Interval>): ReadonlyArray<Interval> => {
  const parts: Array<Interval> = []
  for (const [from, to] of intervals.toSorted(([left], [right]) => left - right)) {
    const before = parts.at(-1)
    if (before !== undefined && from <= before[1] + 1)
      parts.splice(-1, 1, [before[0], Math.max(before[1], to)])
    else parts.push([from, to])
  }
  return parts
}

/** The number of intervals too many to be remembered. */
const surplusOf = (parts: ReadonlyArray<Interval>): number => Math.max(0, parts.length - executedRangesMax)

/** As many as are remembered; the first of more become one. */
const bounded = (parts: ReadonlyArray<Interval>): ReadonlyArray<Interval> => {
  const surplus = surplusOf(parts)
  const [first, last] = [parts[0], parts[surplus]]
  if (surplus === 0 || first === undefined || last === undefined) return parts
  return [[first[0], last[1]], ...parts.slice(surplus + 1)]
}

const occurrencesOf = (start: number, recurrence: Rule | undefined): Occurrences => ({
  start,
  recurrence,
  schedule: new RunSchedule(DateTime.makeUnsafe(start), Duration.zero, recurrence)
})

const latestOf = (ranges: ReadonlyArray<Range>): Range | undefined =>
  ranges.reduce<Range | undefined>(
    (latest, range) => (latest === undefined || range.last > latest.last ? range : latest),
    undefined
  )

/** True if the occurrences are those of a version. */
const isOf = ({ recurrence, schedule }: Dispatch, of: Occurrences): boolean =>
  schedule === of.schedule || (schedule.start === of.start && sameRule(recurrence, of.recurrence))

const isSame = (left: Occurrences, right: Occurrences): boolean =>
  left.start === right.start && sameRule(left.recurrence, right.recurrence)

const isSameOf = (left: Occurrences | undefined, right: Occurrences | undefined): boolean =>
  left === undefined || right === undefined ? left === right : isSame(left, right)

/** True if a range of the same rule begins within another, or with the occurrence after it. */
const goesOn = (before: Range, { first, of }: Range): boolean =>
  first <= before.last || (of !== undefined && isNext(before.last, first, before.of, of))

/** True if two occurrences of one rule follow each other. */
const isNext = (
  earlier: number,
  later: number,
  known: Occurrences | undefined,
  added: Occurrences
): boolean => known !== undefined && isSame(known, added) && added.schedule.next(earlier + 1) === later

const contains = ({ first, last, of }: Range, occurrence: number): boolean => {
  if (occurrence < first || occurrence > last) return false
  return first === last || of === undefined || of.schedule.previous(occurrence) === occurrence
}
