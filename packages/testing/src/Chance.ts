/**
 * Numbers that look like chance and depend on a seed alone: what fails once can be played again.
 *
 * @since 0.1.0
 */

/**
 * Draws one value after the other (mulberry32).
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Chance } from "@effect-dispatch/testing"
 *
 * const [one, same] = [new Chance.Chance(7), new Chance.Chance(7)]
 * assert.strictEqual(one.pick(["a", "b", "c"]), same.pick(["a", "b", "c"]))
 * assert.ok(one.int(1, 6) <= 6)
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** From 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from `min` to `max`, both inclusive. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return this.next() < probability
  }

  /** One of them, each as likely as the others. */
  pick<A>(all: ReadonlyArray<A>): A {
    return all[Math.floor(this.next() * all.length)] as A
  }

  /** Some of them, in order, each with this probability. */
  some<A>(all: ReadonlyArray<A>, probability: number): Array<A> {
    return all.filter(() => this.happens(probability))
  }
}
