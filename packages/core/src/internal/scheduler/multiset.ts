/** The least of many numbers with few different values. */
export class Multiset {
  readonly #counts = new Map<number, number>()

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1)
  }

  remove(value: number): void {
    const left = (this.#counts.get(value) ?? 1) - 1
    if (left === 0) this.#counts.delete(value)
    else this.#counts.set(value, left)
  }

  get least(): number | undefined {
    return this.#counts.size === 0 ? undefined : Math.min(...this.#counts.keys())
  }
}
