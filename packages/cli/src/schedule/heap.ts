/** A binary heap: values of which the least one is at hand. */
export class Heap<A extends object> {
  readonly #values: Array<A> = []
  readonly #compare: (one: A, other: A) => number

  constructor(compare: (one: A, other: A) => number) {
    this.#compare = compare
  }

  /** The least value. */
  peek(): A | undefined {
    return this.#values[0]
  }

  push(value: A): void {
    const values = this.#values
    let index = values.length
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = values[parent]
      if (above === undefined || this.#compare(above, value) <= 0) break
      values[index] = above
      index = parent
    }
    values[index] = value
  }

  /** Takes the least value out. */
  pop(): A | undefined {
    const values = this.#values
    const least = values[0]
    const last = values.pop()
    if (values.length > 0 && last !== undefined) this.#sink(last)
    return least
  }

  /** Puts a value at the top, and everything below it in order. */
  #sink(value: A): void {
    const values = this.#values
    let index = 0
    for (;;) {
      const child = this.#leastBelow(index)
      const below = values[child]
      if (below === undefined || this.#compare(value, below) <= 0) break
      values[index] = below
      index = child
    }
    values[index] = value
  }

  /** The place of the least value directly below a place; beyond the end if there is none. */
  #leastBelow(index: number): number {
    const left = 2 * index + 1
    const [one, other] = [this.#values[left], this.#values[left + 1]]
    const isRightLess = one !== undefined && other !== undefined && this.#compare(other, one) < 0
    return isRightLess ? left + 1 : left
  }
}
