/** Which commands the model takes for executed. */
import { occurrences, ruleOf, type Version } from "./plainDispatch.ts"

/** Ranges remembered of one dispatch. */
export const rangesMax = 64

/** Ids that are gone, of which ranges are remembered. */
export const goneMax = 10_000

interface Range {
  readonly rule: string
  readonly first: number
  readonly last: number
  readonly isJoined: boolean
}

/** The executions of one dispatch: each instant by itself, and ranges to know when memory ends. */
export class Executions {
  readonly #executed = new Set<number>()
  /** By their beginning. */
  #ranges: Array<Range> = []
  /** The gaps between ranges that were joined, both ends exclusive. */
  readonly #gaps: Array<{ readonly after: number; readonly before: number }> = []

  has(occurrence: number): boolean {
    return this.#executed.has(occurrence)
  }

  /** True if it may have been executed, which is not remembered any more. */
  isForgotten(occurrence: number): boolean {
    const isBetween = this.#gaps.some(({ after, before }) => after < occurrence && occurrence < before)
    return !this.has(occurrence) && isBetween
  }

  /** It was executed, under a rule of which a joined range may know nothing: it may be reported as not remembered. */
  isUncertain(occurrence: number): boolean {
    const isJoined = ({ first, isJoined, last }: Range) =>
      isJoined && first <= occurrence && occurrence <= last
    return this.has(occurrence) && this.#ranges.some(isJoined)
  }

  get rangeCount(): number {
    return this.#ranges.length
  }

  get latest(): number {
    return Math.max(-Infinity, ...this.#executed)
  }

  add(version: Version, occurrence: number): void {
    this.#executed.add(occurrence)
    const rule = ruleOf(version)
    const before = this.#ranges.findLastIndex(({ last }) => last < occurrence)
    const range = this.#ranges[before]
    const joins = range?.rule === rule && occurrences(version, range.last + 1, occurrence - 1).length === 0
    if (joins) {
      this.#ranges[before] = { ...range, last: occurrence }
    } else {
      this.#ranges.push({ rule, first: occurrence, last: occurrence, isJoined: false })
      this.#ranges.sort((left, right) => left.first - right.first)
    }
    const [first, second, ...others] = this.#ranges
    if (this.#ranges.length <= rangesMax || first === undefined || second === undefined) return
    const last = Math.max(first.last, second.last)
    this.#gaps.push({ after: first.last, before: second.first })
    this.#ranges = [{ rule: first.rule, first: first.first, last, isJoined: true }, ...others]
  }
}
