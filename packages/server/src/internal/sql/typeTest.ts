/** Tests types against very many parts: each type once, however many rows have it. */
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import { partsInStatementMax, typesKnownMax } from "../../ListingLimits.ts"
import { partsAsked } from "./sqlRows.ts"

/** The test of one listing. */
export class TypeTest {
  /** True if so many parts are asked for that the statement does not hold them. */
  readonly isLong: boolean
  readonly #parts: Parts
  readonly #known = new Map<string, boolean>()

  constructor(filter: DispatchFilter) {
    const parts = partsAsked(filter)
    this.isLong = parts.length > partsInStatementMax
    this.#parts = new Parts(parts)
  }

  /** True if the type holds one of the parts. */
  passes(type: string): boolean {
    const known = this.#known.get(type)
    if (known !== undefined) return known
    const passes = this.#parts.isIn(type)
    if (this.#known.size >= typesKnownMax) this.#known.clear()
    this.#known.set(type, passes)
    return passes
  }
}

/**
 * Parts to look for, all at once. No part begins with another, so of all parts only the greatest that is not beyond the
 * rest of a text can be its beginning: each place costs the logarithm of their number.
 */
export class Parts {
  readonly #sorted: ReadonlyArray<string>

  constructor(parts: ReadonlyArray<string>) {
    const sorted: Array<string> = []
    for (const part of parts.toSorted(byCodeUnits)) {
      const last = sorted.at(-1)
      if (last === undefined || !part.startsWith(last)) sorted.push(part)
    }
    this.#sorted = sorted
  }

  /** True if a text holds one of them. */
  isIn(text: string): boolean {
    for (let at = 0; at <= text.length; at++) {
      const rest = text.slice(at)
      const part = this.#notBeyond(rest)
      if (part !== undefined && rest.startsWith(part)) return true
    }
    return false
  }

  #notBeyond(rest: string): string | undefined {
    let [low, high] = [0, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#sorted[middle] ?? "") <= rest) low = middle + 1
      else high = middle
    }
    return this.#sorted[low - 1]
  }
}

const byCodeUnits = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
