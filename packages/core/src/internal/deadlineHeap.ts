/**
 * A binary heap that knows where each of its items is, so that moving or removing any of them takes O(log n).
 */

/** What an item needs to be held: when it is due, and its place, which the heap keeps. */
export interface Deadline {
  /** Epoch milliseconds. Change it only through `schedule`. */
  deadline: number
  /** Position in the heap, -1 while it is not held. */
  place: number
}

/** Items by deadline; `tieBreak` orders those due at the same instant. */
export class DeadlineHeap<A extends Deadline> {
  readonly #items: Array<A> = []
  readonly #tieBreak: (left: A, right: A) => number

  constructor(tieBreak: (left: A, right: A) => number) {
    this.#tieBreak = tieBreak
  }

  get size(): number {
    return this.#items.length
  }

  /** The earliest deadline, `Infinity` when nothing is held. */
  get earliest(): number {
    const first = this.#items[0]
    return first === undefined ? Infinity : first.deadline
  }

  /** Holds the item until `deadline`, whether it was held before or not; an infinite deadline lets go of it. */
  schedule(item: A, deadline: number): void {
    if (!Number.isFinite(deadline)) return this.remove(item)
    const before = item.place < 0 ? Infinity : item.deadline
    if (deadline === before) return
    item.deadline = deadline
    if (item.place < 0) {
      item.place = this.#items.length
      this.#items.push(item)
      this.#rise(item)
    } else if (deadline < before) {
      this.#rise(item)
    } else {
      this.#sink(item)
    }
  }

  /** Lets go of the item, if it is held. */
  remove(item: A): void {
    const place = item.place
    if (place < 0) return
    item.place = -1
    const last = this.#items.pop() as A
    if (last === item) return
    this.#put(last, place)
    this.#rise(last)
    this.#sink(last)
  }

  /** Takes the earliest item if it is due at `now`. */
  takeDue(now: number): A | undefined {
    const first = this.#items[0]
    if (first === undefined || first.deadline > now) return undefined
    this.remove(first)
    return first
  }

  #before(left: A, right: A): boolean {
    return (
      left.deadline < right.deadline || (left.deadline === right.deadline && this.#tieBreak(left, right) < 0)
    )
  }

  #put(item: A, place: number): void {
    this.#items[place] = item
    item.place = place
  }

  #rise(item: A): void {
    let place = item.place
    while (place > 0) {
      const parent = this.#items[(place - 1) >> 1] as A
      if (!this.#before(item, parent)) break
      this.#put(parent, place)
      place = (place - 1) >> 1
    }
    this.#put(item, place)
  }

  #sink(item: A): void {
    const items = this.#items
    let place = item.place
    for (;;) {
      let child = 2 * place + 1
      if (child >= items.length) break
      if (child + 1 < items.length && this.#before(items[child + 1] as A, items[child] as A)) child++
      if (!this.#before(items[child] as A, item)) break
      this.#put(items[child] as A, place)
      place = child
    }
    this.#put(item, place)
  }
}
