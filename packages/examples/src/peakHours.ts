import { Recurrence, RecurrenceRule } from "@effect-dispatch/core"
import { DateTime } from "effect"

/** Every working day at 17:30 UTC. */
const rule = new RecurrenceRule.RecurrenceRule({
  frequency: "WEEKLY",
  interval: 1,
  byWeekdays: ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
  byHours: [17],
  byMinutes: [30]
})

const start = DateTime.makeUnsafe("2026-01-01T00:00:00Z")
const peaks = Recurrence.compile(rule, start.epochMilliseconds / 1_000)

/** The beginning of the next peak, as fast in 2126 as in 2026. */
export const nextPeak = (now: DateTime.Utc): DateTime.Utc | undefined => Recurrence.next(peaks, now)
