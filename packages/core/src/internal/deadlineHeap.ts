/**
 * A binary heap that knows the place of each item, so that moving or removing any of them takes O(log n).
 */

import { invariant } from "./invariant.ts"

/** The fields that an item needs to be held. */
export interface HeapItem {
  /** Position in the heap, which keeps it; -1 while the item is not held. */
  place: number
}

/** Items by deadline, in epoch milliseconds; `tieBreak` orders those due at the same instant. */
export class DeadlineHeap<A extends HeapItem> {
  readonly #items: Array<A> = []
  /** Their deadlines, side by side: among many items, looking at each of them would take the time. */
  readonly #deadlines: Array<number> = []
  readonly #tieBreak: (left: A, right: A) => number

  constructor(tieBreak: (left: A, right: A) => number) {
    this.#tieBreak = tieBreak
  }

  get size(): number {
    return this.#items.length
  }

  /** The earliest deadline, `Infinity` when nothing is held. */
  get earliest(): number {
    return this.#deadlines[0] ?? Infinity
  }

  /** The deadline of an item, `Infinity` when it is not held. */
  deadlineOf(item: A): number {
    return item.place < 0 ? Infinity : this.#deadlineAt(item.place)
  }

  /** Holds the item until `deadline`, whether held before or not; lets go of it for `Infinity` or `NaN`. */
  schedule(item: A, deadline: number): void {
    if (!(deadline < Infinity)) return this.remove(item)
    const before = this.deadlineOf(item)
    if (deadline === before) return
    if (item.place < 0) item.place = this.#items.length
    this.#put(item, deadline, item.place)
    if (deadline < before) this.#rise(item, deadline)
    else this.#sink(item, deadline)
  }

  /** Lets go of the item, if it is held. */
  remove(item: A): void {
    const place = item.place
    if (place < 0) return
    item.place = -1
    const last = this.#items.pop()
    const deadline = this.#deadlines.pop()
    if (last === undefined || deadline === undefined || last === item) return
    this.#put(last, deadline, place)
    this.#rise(last, deadline)
    this.#sink(last, deadline)
  }

  /** Takes all items that are due at `now`, by deadline. */
  takeDue(now: number): ReadonlyArray<A> {
    if (this.earliest > now) return []
    const places = this.#duePlaces(now)
    const due = places
      .toSorted((left, right) => this.#compare(left, right))
      .map((place) => this.#itemAt(place))
    // From the last place on: only items that are not due move, and none of them to a place before.
    for (const place of places.toReversed()) this.remove(this.#itemAt(place))
    return due
  }

  /** The places of items that are due, as the first one is, rising: below an item that is not due none is. */
  #duePlaces(now: number): ReadonlyArray<number> {
    const places = [0]
    for (const place of places) {
      for (let child = 2 * place + 1; child <= 2 * place + 2; child++) {
        if (child < this.size && this.#deadlineAt(child) <= now) places.push(child)
      }
    }
    return places
  }

  #compare(left: number, right: number): number {
    return (
      this.#deadlineAt(left) - this.#deadlineAt(right) ||
      this.#tieBreak(this.#itemAt(left), this.#itemAt(right))
    )
  }

  #isBefore(item: A, deadline: number, place: number): boolean {
    const other = this.#deadlineAt(place)
    return deadline < other || (deadline === other && this.#tieBreak(item, this.#itemAt(place)) < 0)
  }

  #put(item: A, deadline: number, place: number): void {
    this.#items[place] = item
    this.#deadlines[place] = deadline
    item.place = place
  }

  #move(from: number, to: number): void {
    this.#put(this.#itemAt(from), this.#deadlineAt(from), to)
  }

  #rise(item: A, deadline: number): void {
    let place = item.place
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!this.#isBefore(item, deadline, parent)) break
      this.#move(parent, place)
      place = parent
    }
    if (place !== item.place) this.#put(item, deadline, place)
  }

  #sink(item: A, deadline: number): void {
    const last = this.#items.length - 1
    let place = item.place
    for (;;) {
      let child = 2 * place + 1
      if (child > last) break
      if (child < last && this.#isRightBefore(child)) child++
      if (this.#isBefore(item, deadline, child)) break
      this.#move(child, place)
      place = child
    }
    if (place !== item.place) this.#put(item, deadline, place)
  }

  /** True if the right one of two siblings comes first. */
  #isRightBefore(left: number): boolean {
    return this.#isBefore(this.#itemAt(left + 1), this.#deadlineAt(left + 1), left)
  }

  #itemAt(place: number): A {
    const item = this.#items[place]
    invariant(item !== undefined, "each place of a heap up to its length has an item")
    return item
  }

  #deadlineAt(place: number): number {
    return this.#deadlines[place] ?? Infinity
  }
}
