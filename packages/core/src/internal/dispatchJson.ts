/** The one JSON of a dispatch, for programs in any language. */
import { DateTime, Duration } from "effect"
import type { Dispatch } from "../Dispatch.ts"
import type { RecurrenceRule } from "../RecurrenceRule.ts"

/** A dispatch as a JSON value. */
export const dispatchJson = (dispatch: Dispatch) => ({
  id: String(dispatch.id),
  type: dispatch.type,
  startTime: DateTime.formatIso(dispatch.startTime),
  durationSeconds: Duration.isFinite(dispatch.duration) ? Duration.toSeconds(dispatch.duration) : null,
  target:
    dispatch.target._tag === "ComponentIds"
      ? { componentIds: dispatch.target.ids.map(String) }
      : { categories: dispatch.target.categories },
  active: dispatch.active,
  dryRun: dispatch.dryRun,
  payload: dispatch.payload,
  recurrence: dispatch.recurrence === undefined ? null : ruleJson(dispatch.recurrence),
  createTime: DateTime.formatIso(dispatch.createTime),
  updateTime: nanosJson(dispatch.updateTime),
  endTime: dispatch.endTime === undefined ? null : DateTime.formatIso(dispatch.endTime)
})

const ruleJson = (rule: RecurrenceRule) => ({
  frequency: rule.frequency,
  interval: rule.interval,
  count: rule.end?._tag === "Count" ? rule.end.count : undefined,
  until: rule.end?._tag === "Until" ? DateTime.formatIso(rule.end.until) : undefined,
  byMinutes: rule.byMinutes,
  byHours: rule.byHours,
  byWeekdays: rule.byWeekdays,
  byMonthDays: rule.byMonthDays,
  byMonths: rule.byMonths
})

/** An instant with all nine digits below the second. */
const nanosJson = (time: bigint): string => {
  const seconds = time / 1_000_000_000n
  const rest = time % 1_000_000_000n
  return DateTime.formatIso(DateTime.makeUnsafe(Number(seconds) * 1_000)).replace(
    ".000Z",
    `.${String(rest).padStart(9, "0")}Z`
  )
}
