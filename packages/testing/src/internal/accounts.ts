/** The occurrences that a process has told of, as announced, executed or missed. Instants are epoch milliseconds. */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"

/** Occurrences of one dispatch, both ends inclusive. */
interface Occurrences {
  readonly first: number
  readonly last: number
  /** The instant at which they were told of. */
  readonly at: number
  /** True if the clock has been back before them since. */
  liesAhead: boolean
}

/** The occurrences told of each dispatch. */
export class Accounts {
  readonly #all = new Map<DispatchId, Array<Occurrences>>()

  clear(): void {
    this.#all.clear()
  }

  add(id: DispatchId, first: number, last: number, at: number): void {
    const occurrences: Occurrences = { first, last, at, liesAhead: false }
    const known = this.#all.get(id)
    if (known === undefined) this.#all.set(id, [occurrences])
    else known.push(occurrences)
  }

  /** Announced or missed; or, with a length, superseded while it would still have been on. */
  has(id: DispatchId, occurrence: number, length: number): boolean {
    return (this.#all.get(id) ?? []).some(
      ({ at, first, last, liesAhead }) =>
        (first <= occurrence || at < occurrence + length) && occurrence <= last && !liesAhead
    )
  }

  /** The wall clock was set back: occurrences that lie ahead again may be told again. */
  goBackTo(now: number): void {
    for (const occurrences of [...this.#all.values()].flat()) {
      if (occurrences.last > now) occurrences.liesAhead = true
    }
  }
}
