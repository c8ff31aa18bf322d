/** How many executed occurrences of a command are remembered one by one; all before them count as executed. */
export const executedOccurrencesMax = 64

/** Which occurrences of a command were executed, so that none ever is twice. Instants are epoch milliseconds. */
export class ExecutedOccurrences {
  readonly #latest: Array<number>
  #allUpTo = -Infinity

  constructor(latest: ReadonlyArray<number> = []) {
    this.#latest = [...latest]
    if (latest.length >= executedOccurrencesMax) this.#allUpTo = this.#latest[0] as number
  }

  /** Those remembered one by one, in order. */
  get latest(): ReadonlyArray<number> {
    return this.#latest
  }

  has(occurrence: number): boolean {
    return occurrence <= this.#allUpTo || this.#latest.includes(occurrence)
  }

  /** Up to this instant, inclusive, all count as executed. */
  get allUpTo(): number {
    return this.#allUpTo
  }

  add(occurrence: number): void {
    if (this.#latest.includes(occurrence)) return
    this.#latest.push(occurrence)
    this.#latest.sort((left, right) => left - right)
    if (this.#latest.length > executedOccurrencesMax) this.#allUpTo = this.#latest.shift() as number
  }
}
