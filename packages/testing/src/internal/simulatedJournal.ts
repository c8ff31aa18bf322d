/** A place for the journal of a simulated site: it can fail and hang, and a process can be killed while it writes. */
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { isAfter, JournalError, type JournalPlace } from "@effect-dispatch/core/JournalStore"
import { Deferred, Effect } from "effect"

/** The behaviours of the place. */
export type JournalMood = "works" | "fails" | "hangs"

/** The journal as one process writes it. */
interface Opening {
  readonly entries: Array<JournalEntry>
  readonly killed: Deferred.Deferred<void>
}

/** Survives the processes that write into it. Times are milliseconds of the timers. */
export class SimulatedJournal {
  /** One for each process, whether it has written or not. */
  readonly #openings: Array<Opening> = []
  #mood: JournalMood = "works"
  #waiting = Deferred.makeUnsafe<void>()
  /** The last time in which it did not work. */
  #trouble = { since: -Infinity, until: -Infinity }

  /** The entries of each process that has begun. */
  get written(): ReadonlyArray<ReadonlyArray<JournalEntry>> {
    return this.#openings.map(({ entries }) => entries)
  }

  get entries(): ReadonlyArray<JournalEntry> {
    return this.written.flat()
  }

  setMood(mood: JournalMood, now: number): void {
    // Trouble that comes again before all was written is one.
    const since = this.isWell(now) ? now : this.#trouble.since
    if (mood !== "works") this.#trouble = { since, until: Infinity }
    else if (this.#mood !== "works") this.#trouble = { since, until: now }
    this.#mood = mood
    Deferred.doneUnsafe(this.#waiting, Effect.void)
    this.#waiting = Deferred.makeUnsafe()
  }

  /** True if it works, and has for long enough. */
  isWell(now: number): boolean {
    return this.#trouble.until + settledWithin <= now
  }

  /** All that happened before this time is written. */
  writtenUpTo(now: number): number {
    return (this.isWell(now) ? now : this.#trouble.since) - writtenWithin
  }

  beginProcess(): void {
    this.#openings.push({ entries: [], killed: Deferred.makeUnsafe() })
  }

  /** All that the process writes from now on is lost. */
  kill(): void {
    const opening = this.#openings.at(-1)
    if (opening !== undefined) Deferred.doneUnsafe(opening.killed, Effect.void)
  }

  readonly place: JournalPlace = {
    place: "a simulated journal",
    open: () =>
      Effect.suspend(() => {
        const opening = this.#openings.at(-1)
        if (opening === undefined) return Effect.die("no process has begun")
        const { entries } = opening
        return Effect.map(this.#work(opening), () => ({
          reporter: { id: "0".repeat(32), name: "simulated" },
          last: { epoch: 0n, number: this.entries.at(-1)?.number ?? 0n },
          append: (group) =>
            Effect.map(this.#work(opening), (isAlive) => void (isAlive ? entries.push(...group) : undefined)),
          after: (position, limit) =>
            Effect.sync(() => this.entries.filter((entry) => isAfter(entry, position)).slice(0, limit))
        }))
      })
  }

  /** Does what the mood says; true unless the process was killed. */
  #work(opening: Opening): Effect.Effect<boolean, JournalError> {
    return Effect.suspend(() => {
      if (Deferred.isDoneUnsafe(opening.killed)) return Effect.succeed(false)
      if (this.#mood === "fails") return Effect.fail(new JournalError({ message: "the disk is full" }))
      if (this.#mood === "works") return Effect.succeed(true)
      const either = Effect.raceFirst(Deferred.await(this.#waiting), Deferred.await(opening.killed))
      return Effect.andThen(either, this.#work(opening))
    })
  }
}

/** An entry is written at most this long after it happened. */
const writtenWithin = 1_000

/** All that waited is written at most this long after the place works again. */
const settledWithin = 7_000
