/** Values of which the least one is at hand. */

/** A binary heap. */
export class Heap<A> {
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
      const above = values[parent] as A
      if (this.#compare(above, value) <= 0) break
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
      const left = 2 * index + 1
      if (left >= values.length) break
      const isRightLess = left + 1 < values.length && this.#less(left + 1, left)
      const child = isRightLess ? left + 1 : left
      const below = values[child] as A
      if (this.#compare(value, below) <= 0) break
      values[index] = below
      index = child
    }
    values[index] = value
  }

  #less(one: number, other: number): boolean {
    return this.#compare(this.#values[one] as A, this.#values[other] as A) < 0
  }
}
