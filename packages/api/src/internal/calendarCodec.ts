/** Rules in local time: `CalendarRule` of the API, an extension, and back. */
import { create } from "@bufbuild/protobuf"
import type { Timestamp } from "@bufbuild/protobuf/wkt"
import { CalendarRule, makeResult, type NthWeekday } from "@effect-dispatch/core/CalendarRule"
import type { DateTime } from "effect"
import { Result } from "effect"
import {
  type CalendarRule as Message,
  CalendarRule_NthWeekdaySchema,
  CalendarRuleSchema,
  RecurrenceRule_Weekday
} from "../Protobuf.ts"
import { type Coded, each, isRefused, refuse } from "./coded.ts"
import * as RecurrenceCodec from "./recurrenceCodec.ts"
import { decodeWeekday } from "./recurrenceCodec.ts"
import * as TimestampCodec from "./timestampCodec.ts"

/** The zones that a rule may have: those that this machine knows, or any, as another machine may have written it. */
export type Zones = "Known" | "Any"

/** Reads a rule; it must have a frequency. */
export const decode = (message: Message, path: string, zones: Zones = "Known"): Coded<CalendarRule> => {
  const plain = message.rule && RecurrenceCodec.decode(message.rule, path)
  if (isRefused(plain)) return plain
  if (plain === undefined) return refuse(`${path}.frequency`, "a frequency is required")
  const nthWeekdays = each(message.nthWeekdays, `${path}.nthWeekdays`, decodeNth)
  if (isRefused(nthWeekdays)) return nthWeekdays
  const weekStart = decodeWeekStart(message.weekStart, `${path}.weekStart`)
  if (isRefused(weekStart)) return weekStart
  const exceptions = decodeExceptions(message.exceptions, `${path}.exceptions`)
  if (isRefused(exceptions)) return exceptions
  const { timeZone: _, ...parts } = plain
  const fields = {
    ...parts,
    timeZone: message.timeZone,
    ...(nthWeekdays.length === 0 ? undefined : { nthWeekdays }),
    ...(message.positions.length === 0 ? undefined : { positions: message.positions }),
    ...weekStart,
    ...(exceptions.length === 0 ? undefined : { exceptions })
  }
  const rule = makeResult(fields)
  if (Result.isSuccess(rule)) return rule.success
  if (zones === "Any" && rule.failure.path === "timeZone") {
    return new CalendarRule(fields, { disableChecks: true })
  }
  return refuse(`${path}.${rule.failure.path}`, rule.failure.message)
}

/** Writes a rule. */
export const encode = (rule: CalendarRule, path: string): Coded<Message> => {
  const { timeZone, ...parts } = rule
  const plain = RecurrenceCodec.encode(parts, path)
  if (isRefused(plain)) return plain
  const exceptions = encodeExceptions(rule.exceptions ?? [], `${path}.exceptions`)
  if (isRefused(exceptions)) return exceptions
  return create(CalendarRuleSchema, {
    timeZone,
    rule: plain,
    nthWeekdays: (rule.nthWeekdays ?? []).map(({ nth, weekday }) =>
      create(CalendarRule_NthWeekdaySchema, { nth, weekday: RecurrenceRule_Weekday[weekday] })
    ),
    positions: [...(rule.positions ?? [])],
    weekStart: RecurrenceRule_Weekday[rule.weekStart ?? "UNSPECIFIED"],
    exceptions
  })
}

/** Reads exceptions. One with a fraction of a second matches no occurrence, and is left out. */
export const decodeExceptions = (list: Array<Timestamp>, path: string): Coded<Array<DateTime.Utc>> => {
  const instants = each(list, path, TimestampCodec.decode)
  return isRefused(instants) ? instants : instants.filter((_, index) => list[index]?.nanos === 0)
}

/** Writes exceptions. */
export const encodeExceptions = (
  exceptions: ReadonlyArray<DateTime.Utc>,
  path: string
): Coded<Array<Timestamp>> => each(exceptions, path, TimestampCodec.encode)

const decodeNth = (message: Message["nthWeekdays"][number], path: string): Coded<NthWeekday> => {
  const weekday = decodeWeekday(message.weekday, `${path}.weekday`)
  return isRefused(weekday) ? weekday : { nth: message.nth, weekday }
}

const decodeWeekStart = (
  number: RecurrenceRule_Weekday,
  path: string
): Coded<Pick<CalendarRule, "weekStart">> => {
  if (number === RecurrenceRule_Weekday.UNSPECIFIED) return {}
  const weekStart = decodeWeekday(number, path)
  return isRefused(weekStart) ? weekStart : { weekStart }
}
