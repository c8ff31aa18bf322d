/**
 * The entries of a site's journal. Section "Journal and reports" of the behaviour.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { ActorStep, Outcome, Reason, RunDispatch } from "./Run.ts"
import { ChangeCause, MissedReason } from "./RunningStateChange.ts"

const Instant = Schema.DateTimeUtcFromString
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** The run that an entry is about. */
const about = { dispatch: RunDispatch, occurrence: Instant, until: Schema.optionalKey(Instant) }

/**
 * The content of an entry:
 *
 * - `Began`: a process, or the next owner in a fleet, begins to tell. Nothing is known of the time since the entry before;
 * - `Alive`: it still tells, though nothing happened;
 * - `Running`, `Stopped`: a running state was told. `plannedAt` is the instant from which it holds. `earliest` is there if
 *   another version was told before: the earliest occurrence of this one whose run is on;
 * - `Missed`: occurrences came and went, `count` of them to `last` if it is more than one;
 * - `Actor`: a step of an application's actor;
 * - `Reported`: the application adds a JSON to a run;
 * - `Amended`: an owner that had been replaced wrote late, under its own epoch. The first entry of which that is told has
 *   this place;
 * - `Lost`: there was no room for `count` entries, the last of which was of this instant.
 *
 * @category schemas
 * @since 0.1.0
 */
export const JournalEvent = Schema.Union([
  Schema.TaggedStruct("Began", {}),
  Schema.TaggedStruct("Alive", {}),
  Schema.TaggedStruct("Running", {
    ...about,
    plannedAt: Instant,
    cause: ChangeCause,
    earliest: Schema.optionalKey(Instant)
  }),
  Schema.TaggedStruct("Stopped", { ...about, plannedAt: Instant, cause: ChangeCause }),
  Schema.TaggedStruct("Missed", {
    ...about,
    reason: MissedReason,
    count: Count,
    last: Schema.optionalKey(Instant)
  }),
  Schema.TaggedStruct("Actor", { ...about, step: ActorStep, reason: Schema.optionalKey(Reason) }),
  Schema.TaggedStruct("Reported", { ...about, outcome: Outcome }),
  Schema.TaggedStruct("Amended", { epoch: Schema.BigIntFromString, number: Schema.BigIntFromString }),
  Schema.TaggedStruct("Lost", { count: Count })
])

/**
 * The content of an entry.
 *
 * @category models
 * @since 0.1.0
 */
export type JournalEvent = typeof JournalEvent.Type

/**
 * An entry of a journal. Entries are ordered by `epoch`, then by `number`.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { JournalEntry } from "@effect-dispatch/core"
 * import { Schema } from "effect"
 *
 * const json = { epoch: "0", number: "1", at: "2026-11-23T12:00:00.000Z", status: "Connecting", event: { _tag: "Began" } }
 * const entry = Schema.decodeUnknownSync(JournalEntry.JournalEntry)(json)
 * assert.strictEqual(entry.number, 1n)
 * assert.deepStrictEqual(Schema.encodeSync(JournalEntry.JournalEntry)(entry), json)
 * ```
 *
 * @see BEHAVIOUR J1
 * @category schemas
 * @since 0.1.0
 */
export const JournalEntry = Schema.Struct({
  /** The takeover of the microgrid, in a fleet; else 0. */
  epoch: Schema.BigIntFromString,
  number: Schema.BigIntFromString,
  /** The instant at which it happened, by the clock of the site. */
  at: Instant,
  /** The quality of the knowledge of the service at that instant. */
  status: Schema.Literals(["Connecting", "Synchronised", "Stale"]),
  event: JournalEvent
})

/**
 * An entry of a journal.
 *
 * @category models
 * @since 0.1.0
 */
export type JournalEntry = typeof JournalEntry.Type
