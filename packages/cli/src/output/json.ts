/** Values as JSON: stable names, ids as decimal strings, instants in ISO 8601 UTC. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import type { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import type { MissedRun, RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import type { ClockOffset } from "@effect-dispatch/core/ClockOffset"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { DateTime, Duration, type Effect } from "effect"
import { print } from "./terminal.ts"
import * as Text from "./text.ts"

/** Writes a value as one line. */
export const line = (value: unknown): Effect.Effect<void> => print(Text.json(value))

const nanos = (time: bigint): string => {
  const seconds = time / 1_000_000_000n
  const rest = time % 1_000_000_000n
  return DateTime.formatIso(DateTime.makeUnsafe(Number(seconds) * 1_000)).replace(
    ".000Z",
    `.${String(rest).padStart(9, "0")}Z`
  )
}

const instant = (at: DateTime.Utc | undefined): string | null =>
  at === undefined ? null : DateTime.formatIso(at)

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
  durationSeconds: Duration.isFinite(value.duration) ? Duration.toSeconds(value.duration) : null,
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
  endTime: instant(value.endTime)
})

/** A run of a dispatch; `until` is null when it has no end. */
export const run = (value: {
  readonly occurrence: DateTime.Utc
  readonly until: DateTime.Utc | undefined
}) => ({
  occurrence: instant(value.occurrence),
  until: instant(value.until)
})

/** A running-state change. */
export const change = (value: RunningStateChange) => ({
  kind: "runningState",
  state: value.state,
  cause: value.cause,
  at: instant(value.at),
  decidedAt: instant(value.decidedAt),
  ...run(value),
  continues: value.continues,
  dispatch: dispatch(value.dispatch)
})

/** A lifecycle event. */
export const event = (value: DispatchEvent) => ({
  kind: "lifecycle",
  event: value._tag,
  dispatch: dispatch(value.dispatch)
})

/** Runs that came and went unannounced. */
export const missed = (value: MissedRun) => ({
  kind: "missed",
  reason: value.reason,
  first: instant(value._tag === "MissedRun" ? value.occurrence : value.first),
  last: instant(value._tag === "MissedRun" ? value.occurrence : value.last),
  count: value._tag === "MissedRun" ? 1 : value.count,
  dispatch: dispatch(value.dispatch)
})

/** How well the service is known, and how far its clock is ahead as far as answers tell. */
export const status = (value: SyncStatus, clockOffset?: ClockOffset) => ({
  kind: "status",
  status: value._tag,
  since: "since" in value ? instant(value.since) : null,
  cause: "cause" in value ? (value.cause ?? null) : null,
  clockOffsetMillis:
    clockOffset === undefined ? null : { earliest: clockOffset.earliest, latest: clockOffset.latest }
})
