/** A journal that grows. */
import type { JournalEntry, JournalEvent } from "@effect-dispatch/core/JournalEntry"
import { isAfter, type JournalPosition } from "@effect-dispatch/core/JournalStore"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { RunReporterOptions } from "@effect-dispatch/client/RunReporter"
import { DateTime, Effect, PubSub, Stream } from "effect"

/** An instant some seconds after the beginning. */
export const at = (seconds: number): DateTime.Utc => DateTime.makeUnsafe(1_795_435_200_000 + seconds * 1_000)

const about = (id: number, from: number, length = 60) => ({
  dispatch: { id: DispatchId.make(BigInt(id)), type: "CHARGE", dryRun: false, updateTime: 1n },
  occurrence: at(from),
  until: at(from + length)
})

export const running = (id: number, from: number): JournalEvent => ({
  _tag: "Running",
  ...about(id, from),
  plannedAt: at(from),
  cause: "Scheduled"
})

export const stopped = (id: number, from: number): JournalEvent => ({
  _tag: "Stopped",
  ...about(id, from),
  plannedAt: at(from + 60),
  cause: "Scheduled"
})

export const missed = (id: number, from: number): JournalEvent => ({
  _tag: "Missed",
  ...about(id, from),
  reason: "LateWakeUp",
  count: 1
})

export const failed = (id: number, from: number, reason: string): JournalEvent => ({
  _tag: "Actor",
  ...about(id, from),
  step: "Failed",
  reason
})

/** A journal in memory. */
export class TestJournal {
  entries: ReadonlyArray<JournalEntry> = []
  readonly #written = Effect.runSync(PubSub.unbounded<JournalPosition>())
  readonly #id: string

  constructor(id = "0123456789abcdef0123456789abcdef") {
    this.#id = id
  }

  append(event: JournalEvent, when: DateTime.Utc, epoch = 0n): Effect.Effect<unknown> {
    const number = BigInt(this.entries.length + 1)
    this.entries = [...this.entries, { epoch, number, at: when, status: "Synchronised", event }]
    return PubSub.publish(this.#written, { epoch, number })
  }

  get journal(): RunReporterOptions["journal"] {
    return {
      reporter: Effect.succeed({ id: this.#id, name: "plant-7" }),
      after: (position, limit) =>
        Effect.sync(() => this.entries.filter((entry) => isAfter(entry, position)).slice(0, limit)),
      written: Stream.fromPubSub(this.#written)
    }
  }
}
