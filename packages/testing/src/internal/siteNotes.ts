/** The possible notes of a simulated site, as its store works, fails or hangs. */
import type { FragileStore, StoreMood } from "./fragileStore.ts"
import type { Noted } from "./judge.ts"

export class SiteNotes {
  /** The part of its knowledge that the process has noted. */
  noted: Noted
  readonly #store: FragileStore
  readonly #isPersistent: boolean
  readonly #timers: () => number
  #mood: StoreMood = "works"
  #isReadAt = -Infinity
  /** The time (timers) from which no start waits for a store that hung. */
  #promptAt = -Infinity

  constructor(store: FragileStore, isPersistent: boolean, timers: () => number) {
    this.#store = store
    this.#isPersistent = isPersistent
    this.#timers = timers
    this.noted = isPersistent ? "all" : "nothing"
  }

  /** No start waits for the store. */
  get isPrompt(): boolean {
    return this.#mood !== "hangs" && !this.#store.isBroken && this.#timers() >= this.#promptAt
  }

  /** True if data that could not be read at first was read by now. */
  get isRead(): boolean {
    return this.#timers() >= this.#isReadAt
  }

  /** A process begins; its notes are certain only while the store works. */
  begin(): void {
    if (this.#isPersistent) this.noted = this.#mood === "works" ? "all" : "who knows"
  }

  set(mood: StoreMood): void {
    // A read that failed is repeated after a minute at most.
    if (this.#mood === "failsToRead") this.#isReadAt = this.#timers() + 70_000
    if (this.#mood === "hangs") this.#promptAt = this.#timers() + 10_000
    this.#mood = mood
    if (mood === "failsToRead") this.#isReadAt = Infinity
    if (this.#isPersistent && mood !== "works") this.noted = "who knows"
    this.#store.setMood(mood)
  }
}
