/** Values as JSON: stable names, ids as decimal strings, instants in ISO 8601 UTC. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import { DateTime, Duration } from "effect"

const nanos = (time: bigint): string => {
  const seconds = time / 1_000_000_000n
  const rest = time % 1_000_000_000n
  return DateTime.formatIso(DateTime.makeUnsafe(Number(seconds) * 1_000)).replace(
    ".000Z",
    `.${String(rest).padStart(9, "0")}Z`
  )
}

const rule = (recurrence: RecurrenceRule) => ({
  frequency: recurrence.frequency,
  interval: recurrence.interval,
  count: recurrence.end?._tag === "Count" ? recurrence.end.count : undefined,
  until: recurrence.end?._tag === "Until" ? DateTime.formatIso(recurrence.end.until) : undefined,
  byMinutes: recurrence.byMinutes,
  byHours: recurrence.byHours,
  byWeekdays: recurrence.byWeekdays,
  byMonthDays: recurrence.byMonthDays,
  byMonths: recurrence.byMonths
})

/** A dispatch as a JSON value. */
export const dispatch = (value: Dispatch) => ({
  id: String(value.id),
  type: value.type,
  startTime: DateTime.formatIso(value.startTime),
  durationSeconds: Number.isFinite(Duration.toSeconds(value.duration))
    ? Duration.toSeconds(value.duration)
    : null,
  target:
    value.target._tag === "ComponentIds"
      ? { componentIds: value.target.ids.map(String) }
      : { categories: value.target.categories },
  active: value.active,
  dryRun: value.dryRun,
  payload: value.payload,
  recurrence: value.recurrence === undefined ? null : rule(value.recurrence),
  createTime: DateTime.formatIso(value.createTime),
  updateTime: nanos(value.updateTime),
  endTime: value.endTime === undefined ? null : DateTime.formatIso(value.endTime)
})
