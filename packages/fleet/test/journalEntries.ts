/** Entries of journals for tests. */
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import { DateTime } from "effect"

/** 2026-11-28T12:00:00Z. */
export const at = DateTime.makeUnsafe("2026-11-28T12:00:00Z")

/** The entry of an owner that still tells, though nothing happened. */
export const alive = (epoch: bigint, number: bigint): JournalEntry => ({
  epoch,
  number,
  at,
  status: "Synchronised",
  event: { _tag: "Alive" }
})
