/** What a simulated site can have noted, as its store works, fails or hangs. */
import type { FragileStore, StoreMood } from "./fragileStore.ts"
import type { Noted } from "./judge.ts"

export class SiteNotes {
  /** What the process has noted of what it knows. */
  noted: Noted
  readonly #store: FragileStore
  readonly #isPersistent: boolean
  readonly #timers: () => number
  #mood: StoreMood = "works"
  #isReadAt = -Infinity
  /** From then on (timers) no start waits for a store that hung. */
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

  /** What could not be read at first was read by now. */
  get isRead(): boolean {
    return this.#timers() >= this.#isReadAt
  }

  /** A process begins; what it notes is certain only while the store works. */
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
