/** The one JSON of a dispatch, for programs in any language. */
import { DateTime, Duration } from "effect"
import type { CalendarRule } from "../CalendarRule.ts"
import type { Payload } from "../Payload.ts"
import type { Rule } from "../Recurrence.ts"
import type { Target } from "../Target.ts"

interface Fields {
  readonly id: bigint
  readonly type: string
  readonly startTime: DateTime.Utc
  readonly duration: Duration.Duration
  readonly target: Target
  readonly active: boolean
  readonly dryRun: boolean
  readonly payload: Payload
  readonly recurrence?: Rule
  readonly createTime: DateTime.Utc
  readonly updateTime: bigint
  readonly endTime?: DateTime.Utc
}

/** A dispatch as a JSON value. */
export const dispatchJson = (dispatch: Fields) => ({
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
  ...rulesJson(dispatch.recurrence),
  createTime: DateTime.formatIso(dispatch.createTime),
  updateTime: nanosJson(dispatch.updateTime),
  endTime: dispatch.endTime === undefined ? null : DateTime.formatIso(dispatch.endTime)
})

/** A rule in local time has a key of its own: a reader that does not know zones does not take it for one in UTC. */
const rulesJson = (rule: Rule | undefined) => ({
  recurrence: rule === undefined || rule.timeZone !== undefined ? null : ruleJson(rule),
  calendar: rule?.timeZone === undefined ? undefined : calendarJson(rule)
})

const calendarJson = (rule: CalendarRule) => ({
  timeZone: rule.timeZone,
  ...ruleJson(rule),
  nthWeekdays: rule.nthWeekdays,
  positions: rule.positions,
  weekStart: rule.weekStart,
  exceptions: rule.exceptions?.map(DateTime.formatIso)
})

const ruleJson = (rule: Rule) => ({
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
