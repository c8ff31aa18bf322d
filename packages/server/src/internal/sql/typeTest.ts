/** Tests types against very many parts: each type once, however many rows have it. */
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import { partsInStatementMax, typesKnownMax } from "../../ListingLimits.ts"
import { partsAsked } from "./sqlRows.ts"

/** The test of one listing. */
export class TypeTest {
  /** True if so many parts are asked for that the statement does not hold them. */
  readonly isLong: boolean
  readonly #parts: ReadonlyArray<string>
  readonly #known = new Map<string, boolean>()

  constructor(filter: DispatchFilter) {
    this.#parts = partsAsked(filter)
    this.isLong = this.#parts.length > partsInStatementMax
  }

  /** True if the type holds one of the parts. */
  passes(type: string): boolean {
    const known = this.#known.get(type)
    if (known !== undefined) return known
    const passes = this.#parts.some((part) => type.includes(part))
    if (this.#known.size >= typesKnownMax) this.#known.clear()
    this.#known.set(type, passes)
    return passes
  }
}
