/** The possible notes of a simulated site, as its store works, fails or hangs. */
import type { FragileStore, StoreMood } from "./fragileStore.ts"

/** A store that hangs is given up after this, and nothing waits for it again until it answers (S10). */
export const recordTimeout = 5_000

/**
 * The part of its announcements that a process has noted for the next one. While a store fails or hangs, starts are
 * told without a note, and stops not struck out (S10): then it is what was told before. While a record cannot be read,
 * the next process knows nothing of it, and the service alone decides (S10).
 */
export type Noted =
  | "all"
  | "all and more"
  | "all but the last"
  | "before the store failed"
  | "unread"
  | "unread and behind"
  | "nothing"

/** Times are milliseconds of the timers. */
export class SiteNotes {
  /** The part of its knowledge that the process has noted. */
  noted: Noted
  readonly #store: FragileStore
  readonly #isPersistent: boolean
  readonly #timers: () => number
  #mood: StoreMood = "works"
  /** The last time in which the store hung, with the first write that it kept waiting. */
  #hung = { since: -Infinity, until: -Infinity }
  #isReadAt = -Infinity

  constructor(
    store: FragileStore,
    timers: () => number,
    { isPersistent }: { readonly isPersistent: boolean }
  ) {
    this.#store = store
    this.#isPersistent = isPersistent
    this.#timers = timers
    this.noted = isPersistent ? "all" : "nothing"
  }

  /** No start waits for the store. */
  get isPrompt(): boolean {
    return this.isPromptSince(this.#timers())
  }

  /** No start that was decided at a time, or later, has waited for the store. */
  isPromptSince(time: number): boolean {
    const { hangsSince, isBroken } = this.#store
    const hasWaited = time <= Math.min(this.#hung.until, this.#hung.since + recordTimeout)
    return !isBroken && !hasWaited && (hangsSince === undefined || hangsSince + recordTimeout < time)
  }

  /** A start is noted before it is told. */
  get isNoting(): boolean {
    return this.#isPersistent && !this.#store.isBroken && this.#mood !== "fails" && this.#mood !== "hangs"
  }

  /** True if data that could not be read at first was read by now. */
  get isRead(): boolean {
    return this.#timers() >= this.#isReadAt
  }

  /** A process begins. */
  begin(): void {
    if (this.#isPersistent) this.noted = notedIn[this.#mood] ?? "all"
  }

  set(mood: StoreMood): void {
    // A read that failed is repeated after a minute at most.
    if (this.#mood === "failsToRead") this.#isReadAt = this.#timers() + 70_000
    this.#mood = mood
    const { hangsSince } = this.#store
    if (hangsSince !== undefined && mood !== "hangs") {
      this.#hung = { since: hangsSince, until: this.#timers() }
    }
    if (mood === "failsToRead") this.#isReadAt = Infinity
    if (this.#isPersistent) this.noted = notedAfter(this.noted, mood)
    this.#store.setMood(mood)
  }
}

/** The part that is certain once the store behaves otherwise. What cannot be read may be behind what was told. */
const notedAfter = (noted: Noted, mood: StoreMood): Noted => {
  if (isUnread(noted)) return noted
  if (mood === "failsToRead" && noted !== "all") return "unread and behind"
  return notedIn[mood] ?? noted
}

/** True if there are records that the next process cannot read. */
export const isUnread = (noted: Noted): boolean => noted === "unread" || noted === "unread and behind"

/** The part that is certain once the store has behaved so. */
const notedIn: { readonly [mood in StoreMood]?: Noted } = {
  fails: "before the store failed",
  hangs: "before the store failed",
  failsToRead: "unread"
}
