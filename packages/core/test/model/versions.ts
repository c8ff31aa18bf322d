/** The dispatches of a history: the ids of its slots, and the versions that its steps make. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { type Put, type Shape, slots } from "./histories.ts"
import { toDispatch, type Version } from "./plainDispatch.ts"

/** Ids and versions given out so far. */
export class Versions {
  readonly #ids = Array.from({ length: slots }, (_, slot) => slot + 1)
  readonly #dispatches = new WeakMap<Version, Dispatch>()
  #lastNumber = 0
  #lastId = slots

  idOf(slot: number): number {
    return this.#ids[slot] as number
  }

  /** Dispatches created in this slot from now on have another id. */
  renew(slot: number): void {
    this.#ids[slot] = ++this.#lastId
  }

  /** Another dispatch, of no slot. */
  another(shape: Omit<Version, "id" | "number">): Version {
    return { ...shape, id: ++this.#lastId, number: ++this.#lastNumber }
  }

  /** The version that a step makes of the one that is known. */
  next(
    { fields, shape, slot }: Extract<Put, { _tag: "Put" }>,
    known: Version | undefined,
    now: number
  ): Version {
    const { length, startsIn, ...same } = shape
    // Schedules are on whole seconds.
    const start = (Math.floor(now / 1_000) + startsIn) * 1_000
    const whole = { ...same, start, length: length * 1_000 }
    const number = ++this.#lastNumber
    if (known === undefined) return { ...whole, id: this.idOf(slot), number }
    const chosen = fields.map((field: keyof Shape) => (field === "startsIn" ? "start" : field))
    return { ...known, ...Object.fromEntries(chosen.map((key) => [key, whole[key]])), number }
  }

  /** The same version is the same object, as in a mirror. */
  dispatchOf(version: Version): Dispatch {
    const made = this.#dispatches.get(version) ?? toDispatch(version)
    this.#dispatches.set(version, made)
    return made
  }
}
