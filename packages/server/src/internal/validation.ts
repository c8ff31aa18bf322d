/** The checks of requests. Each refusal names the place in the model, and what would be right. */
import type { Feature } from "@effect-dispatch/api/ServiceFeatures"
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import { type Dispatch, readRunDuration } from "@effect-dispatch/core/Dispatch"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import * as DispatchName from "@effect-dispatch/core/DispatchName"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import * as Payload from "@effect-dispatch/core/Payload"
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { findFault } from "@effect-dispatch/core/RecurrenceRule"
import type { Refusal } from "@effect-dispatch/core/Refusal"
import type { Target } from "@effect-dispatch/core/Target"
import { DateTime, Duration, Effect, Result, type Schema } from "effect"
import { startGrace } from "../ServiceLimits.ts"

/** Refuses a request for its fault, if it has one. */
const unless = (fault: Refusal | undefined): Effect.Effect<void, DispatchError.DispatchError> =>
  fault === undefined ? Effect.void : Effect.fail(DispatchError.invalidArgument(fault.path, fault.message))

/** Checks that a store can hold the ids, given by their names in the request. */
export const checkIds = (ids: {
  readonly [path: string]: bigint
}): Effect.Effect<void, DispatchError.DispatchError> => {
  for (const path in ids) {
    const id = ids[path]
    if (id !== undefined && !isId(id)) return unless(noId(path, id))
  }
  return Effect.void
}

const isId = (id: bigint): boolean => id >= 0n && id <= WireLimits.idMax

const noId = (path: string, id: bigint): Refusal => ({
  path,
  message: `${id}, must be from 0 to ${WireLimits.idMax}`
})

/** The first of a list of ids that no store can hold. */
const faultOfIds = (path: string, ids: ReadonlyArray<bigint>): Refusal | undefined => {
  const wrong = ids.findIndex((id) => !isId(id))
  return wrong < 0 ? undefined : noId(`${path}[${wrong}]`, ids[wrong] ?? 0n)
}

/** Checks that a listing asks for no more than a store can look for, and a page token can carry. */
export const checkFilter = ({
  ids = [],
  names = [],
  queries = [],
  targets = []
}: DispatchFilter): Effect.Effect<void, DispatchError.DispatchError> => {
  const sizes = {
    "filter.ids": ids.length,
    "filter.queries": queries.length,
    "filter.names": names.length,
    "filter.targets": targets.reduce((sum, target) => sum + sizeOf(target), 0)
  }
  const tooMany = Object.entries(sizes).find(([, size]) => size > WireLimits.filterValuesMax)
  if (tooMany !== undefined) {
    const [path, size] = tooMany
    return unless({ path, message: `${size} values, must be at most ${WireLimits.filterValuesMax}` })
  }
  const tooLong = queries.findIndex(({ length }) => length > WireLimits.typeLengthMax)
  if (tooLong >= 0) {
    const message = `${queries[tooLong]?.length} characters, must be at most ${WireLimits.typeLengthMax}`
    return unless({ path: `filter.queries[${tooLong}]`, message })
  }
  return unless(faultOfIds("filter.ids", ids))
}

/**
 * Checks everything about a dispatch to be stored but its start. A name or rule that the present version has already is
 * taken as it is: whatever has become of its zone or of the features since, the dispatch can be switched off.
 */
export const checkDispatch = (
  dispatch: Dispatch,
  features: ReadonlySet<Feature>,
  present?: Dispatch
): Effect.Effect<void, DispatchError.DispatchError> => {
  const { name, recurrence } = dispatch
  return unless(
    (name === present?.name ? undefined : faultOfName(name, features)) ??
      faultOfType(dispatch.type) ??
      faultOfTarget(dispatch.target) ??
      faultOfPayload(dispatch.payload) ??
      (recurrence === present?.recurrence ? undefined : faultOfFeature(recurrence, features)) ??
      (isSameSchedule(dispatch, present) ? undefined : faultOfRule(recurrence, dispatch))
  )
}

/** True if two versions occur at the same times, and run for as long. */
export const isSameSchedule = (
  { duration, recurrence, startTime }: Pick<Dispatch, "duration" | "recurrence" | "startTime">,
  that: Dispatch | undefined
): boolean =>
  that !== undefined &&
  recurrence === that.recurrence &&
  startTime.epochMilliseconds === that.startTime.epochMilliseconds &&
  Duration.Equivalence(duration, that.duration)

/** Checks that a start, as it was sent, is not in the past, and that the wire can carry it once it is rounded. */
export const checkStart = (
  start: DateTime.Utc,
  now: DateTime.Utc
): Effect.Effect<void, DispatchError.DispatchError> => {
  const path = "startTime"
  if (start.epochMilliseconds > timeMax) return unless({ path, message: "is after the year 9999" })
  const isPast = start.epochMilliseconds < now.epochMilliseconds - Duration.toMillis(startGrace)
  const [given, present] = [DateTime.formatIso(start), DateTime.formatIso(now)]
  return unless(isPast ? { path, message: `${given} is in the past; now it is ${present}` } : undefined)
}

/** The last whole second of the year 9999, beyond which the wire has no instants, in epoch milliseconds. */
export const timeMax = 253_402_300_799_000

/** The length of a run as it was given, if it is one. */
export const checkDuration = (
  duration: Duration.Input
): Effect.Effect<Duration.Duration, DispatchError.DispatchError> =>
  Effect.fromResult(
    Result.mapError(readRunDuration(duration), (message) =>
      DispatchError.invalidArgument("duration", message)
    )
  )

const faultOfName = (name: string | undefined, features: ReadonlySet<Feature>): Refusal | undefined => {
  if (name === undefined) return undefined
  const message = features.has("name")
    ? DispatchName.findFault(name)
    : "this service keeps no names of dispatches; give none"
  return message === undefined ? undefined : { path: "name", message }
}

const faultOfType = (type: string): Refusal | undefined => {
  const path = "type"
  if (type.length < 1 || type.length > WireLimits.typeLengthMax)
    return { path, message: `${type.length} characters, must be from 1 to ${WireLimits.typeLengthMax}` }
  // Databases do not take it for text.
  return type.includes("\0") ? { path, message: "holds the character U+0000" } : undefined
}

const sizeOf = (target: Target): number =>
  target._tag === "ComponentIds" ? target.ids.length : target.categories.length

const faultOfTarget = (target: Target): Refusal | undefined => {
  const size = sizeOf(target)
  if (size < 1 || size > WireLimits.targetsMax) {
    const message = `${size} components or categories, must be from 1 to ${WireLimits.targetsMax}`
    return { path: "target", message }
  }
  return target._tag === "ComponentIds" ? faultOfIds("target.ids", target.ids) : undefined
}

const faultOfPayload = (payload: Payload.Payload): Refusal | undefined => {
  const fault = Payload.findFault(payload)
  if (fault !== undefined) return fault
  const path = "payload"
  const depth = depthOf(payload)
  if (depth > WireLimits.payloadDepthMax)
    return { path, message: `${depth} levels deep, must be at most ${WireLimits.payloadDepthMax}` }
  const bytes = new TextEncoder().encode(JSON.stringify(payload)).length
  return bytes <= WireLimits.payloadBytesMax
    ? undefined
    : { path, message: `${bytes} bytes as JSON, must be at most ${WireLimits.payloadBytesMax}` }
}

const depthOf = (json: Schema.Json): number => {
  if (typeof json !== "object" || json === null) return 0
  let deepest = 0
  for (const value of Object.values(json)) deepest = Math.max(deepest, depthOf(value))
  return 1 + deepest
}

const faultOfFeature = (
  rule: Recurrence.Rule | undefined,
  features: ReadonlySet<Feature>
): Refusal | undefined =>
  rule?.timeZone === undefined || features.has("calendar")
    ? undefined
    : { path: "calendar", message: "this service keeps no rules in local time; give a rule in UTC" }

const faultOfRule = (rule: Recurrence.Rule | undefined, dispatch: Dispatch): Refusal | undefined => {
  if (rule === undefined) return undefined
  const { byMonthDays = [], end, frequency, interval } = rule
  const field = rule.timeZone === undefined ? "recurrence" : "calendar"
  if (rule.timeZone !== undefined && LocalClock.make(rule.timeZone) === undefined) {
    return {
      path: "calendar.timeZone",
      message: `${rule.timeZone} is unknown to the service by now; give another zone`
    }
  }
  if (interval > WireLimits.recurrenceIntervalMax) {
    const message = `${interval}, must be from 1 to ${WireLimits.recurrenceIntervalMax}`
    return { path: `${field}.interval`, message }
  }
  if (end?._tag === "Count" && end.count > WireLimits.recurrenceCountMax) {
    const message = `${end.count}, must be from 1 to ${WireLimits.recurrenceCountMax}`
    return { path: `${field}.end.count`, message }
  }
  const path = `${field}.byMonthDays`
  if (byMonthDays.length > 0 && frequency === "WEEKLY")
    return { path, message: "cannot be given with a weekly frequency" }
  const fault = findFault("byMonthDays", byMonthDays, path)
  if (fault !== undefined) return fault
  // A dispatch without an end is one-off: its rule is not looked at.
  const { schedule } = dispatch
  return schedule.rule === undefined || Recurrence.everOccurs(schedule.rule)
    ? undefined
    : { path: field, message: "the rule never matches a date" }
}
