/** The checks of requests. Each refusal names the field, in the API's names, and what would be right. */
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import { Dispatch, readRunDuration } from "@effect-dispatch/core/Dispatch"
import { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import * as Payload from "@effect-dispatch/core/Payload"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import type { Target } from "@effect-dispatch/core/Target"
import { DateTime, Duration, Effect, Result, type Schema } from "effect"
import { startGrace } from "../ServiceLimits.ts"

/** A refusal of a request. */
export const invalid = (field: string, message: string): DispatchError =>
  DispatchError.invalidArgument(field, `${field}: ${message}`)

/** Checks that a store can hold the ids, given by their names in the request. */
export const checkIds = (ids: { readonly [field: string]: bigint }): Effect.Effect<void, DispatchError> => {
  for (const [field, id] of Object.entries(ids)) {
    if (id > WireLimits.idMax || id < 0n)
      return Effect.fail(invalid(field, `${id}, must be from 0 to ${WireLimits.idMax}`))
  }
  return Effect.void
}

/** Checks that a listing asks for no more than a store can look for, and a page token can carry. */
export const checkFilter = ({
  ids = [],
  queries = [],
  targets = []
}: DispatchFilter): Effect.Effect<void, DispatchError> => {
  const sizes = {
    "filter.dispatch_ids": ids.length,
    "filter.queries": queries.length,
    "filter.targets": targets.reduce((sum, target) => sum + sizeOf(target), 0)
  }
  for (const [field, size] of Object.entries(sizes)) {
    if (size > WireLimits.filterValuesMax)
      return Effect.fail(invalid(field, `${size} values, must be at most ${WireLimits.filterValuesMax}`))
  }
  const long = queries.find(({ length }) => length > WireLimits.typeLengthMax)
  if (long !== undefined) {
    const message = `a query of ${long.length} characters, must be at most ${WireLimits.typeLengthMax}`
    return Effect.fail(invalid("filter.queries", message))
  }
  return Effect.forEach(ids, (id) => checkIds({ "filter.dispatch_ids": id }), { discard: true })
}

/** Checks everything about a dispatch to be stored but its start; `prefix` is the path of its fields in the request. */
export const checkDispatch = (dispatch: Dispatch, prefix: string): Effect.Effect<void, DispatchError> => {
  const [field, message] =
    faultOfType(dispatch.type) ??
    faultOfTarget(dispatch.target) ??
    faultOfPayload(dispatch.payload) ??
    (dispatch.recurrence && faultOfRule(dispatch.recurrence, dispatch)) ??
    []
  return field === undefined || message === undefined
    ? Effect.void
    : Effect.fail(invalid(`${prefix}.${field}`, message))
}

/** Checks that a start, as it was sent, is not in the past, and that the wire can carry it once it is rounded. */
export const checkStart = (
  start: DateTime.Utc,
  now: DateTime.Utc,
  field: string
): Effect.Effect<void, DispatchError> => {
  if (start.epochMilliseconds > timeMax) return Effect.fail(invalid(field, "is after the year 9999"))
  return start.epochMilliseconds >= now.epochMilliseconds - Duration.toMillis(startGrace)
    ? Effect.void
    : Effect.fail(
        invalid(field, `${DateTime.formatIso(start)} is in the past; now it is ${DateTime.formatIso(now)}`)
      )
}

/** The last whole second of the year 9999, beyond which the wire has no instants, in epoch milliseconds. */
export const timeMax = 253_402_300_799_000

/** The length of a run as it was given, if it is one. */
export const checkDuration = (
  duration: Duration.Input,
  field: string
): Effect.Effect<Duration.Duration, DispatchError> =>
  Effect.fromResult(Result.mapError(readRunDuration(duration), (message) => invalid(field, message)))

type Fault = readonly [field: string, message: string]

const faultOfType = (type: string): Fault | undefined => {
  if (type.length < 1 || type.length > WireLimits.typeLengthMax)
    return ["type", `${type.length} characters, must be from 1 to ${WireLimits.typeLengthMax}`]
  // Databases do not take it for text.
  return type.includes("\0") ? ["type", "holds the character U+0000"] : undefined
}

const sizeOf = (target: Target): number =>
  target._tag === "ComponentIds" ? target.ids.length : target.categories.length

const faultOfTarget = (target: Target): Fault | undefined => {
  const size = sizeOf(target)
  if (size < 1 || size > WireLimits.targetsMax)
    return ["target", `${size} components or categories, must be from 1 to ${WireLimits.targetsMax}`]
  const tooLarge = target._tag === "ComponentIds" && target.ids.find((id) => id > WireLimits.idMax)
  return typeof tooLarge === "bigint"
    ? ["target.component_ids.ids", `${tooLarge}, must be from 0 to ${WireLimits.idMax}`]
    : undefined
}

const faultOfPayload = (payload: Payload.Payload): Fault | undefined => {
  const fault = Payload.findFault(payload)
  if (fault !== undefined) return [fault.path, fault.message]
  const depth = depthOf(payload)
  if (depth > WireLimits.payloadDepthMax) {
    return ["payload", `${depth} levels deep, must be at most ${WireLimits.payloadDepthMax}`]
  }
  const bytes = new TextEncoder().encode(JSON.stringify(payload)).length
  return bytes <= WireLimits.payloadBytesMax
    ? undefined
    : ["payload", `${bytes} bytes as JSON, must be at most ${WireLimits.payloadBytesMax}`]
}

const depthOf = (json: Schema.Json): number => {
  if (typeof json !== "object" || json === null) return 0
  let deepest = 0
  for (const value of Object.values(json)) deepest = Math.max(deepest, depthOf(value))
  return 1 + deepest
}

const faultOfRule = (rule: Recurrence.Rule, dispatch: Dispatch): Fault | undefined => {
  const field = rule.timeZone === undefined ? "recurrence" : "calendar.rule"
  if (rule.interval > WireLimits.recurrenceIntervalMax) {
    return [`${field}.interval`, `${rule.interval}, must be from 1 to ${WireLimits.recurrenceIntervalMax}`]
  }
  if (rule.end?._tag === "Count" && rule.end.count > WireLimits.recurrenceCountMax) {
    return [
      `${field}.end_criteria.count`,
      `${rule.end.count}, must be from 1 to ${WireLimits.recurrenceCountMax}`
    ]
  }
  if (rule.byMonthDays !== undefined && rule.byMonthDays.length > 0) {
    if (rule.frequency === "WEEKLY")
      return [`${field}.bymonthdays`, "cannot be given with a weekly frequency"]
    if (rule.byMonthDays.includes(0))
      return [`${field}.bymonthdays`, "0, must be from 1 to 31 or from -1 to -31"]
  }
  // A dispatch without an end is one-off: its rule is not looked at.
  const { schedule } = dispatch
  return schedule.rule === undefined || Recurrence.everOccurs(schedule.rule)
    ? undefined
    : [field, "the rule never matches a date"]
}
