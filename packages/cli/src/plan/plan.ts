/**
 * A plan: the dispatches that a file describes. It says what it wants of each, and nothing of all else.
 *
 * Its times are instants. A dispatch is known by its id, which counts at one microgrid of one service, or by its name.
 */
import { exceptionsMax } from "@effect-dispatch/core/CalendarRule"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Payload } from "@effect-dispatch/core/Payload"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import type { Target } from "@effect-dispatch/core/Target"
import { inZone } from "@effect-dispatch/core/RunExceptions"
import { type DateTime, Duration, Result } from "effect"
import { runsOfDay } from "../input/exceptions.ts"
import { utcClock } from "../input/zone.ts"
import type { Draft } from "../schedule/draft.ts"
import { isFast, withExceptions } from "../schedule/rule.ts"
import type { TimeOrDay } from "./planTimes.ts"

/** A dispatch as a plan describes it; a field that is not there is not said. */
export interface Planned {
  /** Where it stands in the file; absent where it was not read from one. */
  readonly line?: number
  readonly id?: DispatchId
  /** As it is at the service: below the name of the plan, if that has one. */
  readonly name?: string
  readonly type?: string
  readonly startTime?: DateTime.Utc
  readonly duration?: Duration.Duration
  readonly target?: Target
  readonly active?: boolean
  readonly dryRun?: boolean
  readonly payload?: Payload
  /** The whole rule; `null` for a dispatch that does not recur. */
  readonly recurrence?: Rule | null
  /** The runs that are left out, of a day all; `null` for none. */
  readonly exceptions?: ReadonlyArray<TimeOrDay> | null
}

/** A plan; its defaults are said of each dispatch that does not say otherwise. */
export interface Plan {
  readonly name?: string
  readonly microgrid?: MicrogridId
  /** The address of the service at which the ids count. */
  readonly service?: string
  readonly dispatches: ReadonlyArray<Planned>
}

/** The beginning of all names that a plan gives. */
export const prefixOf = (plan: string): string => `${plan}/`

/** The name of a dispatch in messages. */
export const labelOf = ({ id, line, name }: Planned): string =>
  id !== undefined ? `#${id}` : (name ?? (line === undefined ? "a dispatch" : `line ${line}`))

/** A new dispatch, as it is planned; fails with what is missing. */
export const newDraft = (planned: Planned): Result.Result<Draft, string> => {
  const { duration, exceptions, recurrence = null, startTime, target, type } = planned
  if (type === undefined) return missing("type")
  if (startTime === undefined) return missing("start")
  if (target === undefined) return missing("target")
  if (duration === undefined && recurrence !== null) {
    return Result.fail("duration is missing: what recurs needs one, 0 for a command")
  }
  return Result.map(withPlanned(recurrence ?? undefined, startTime, exceptions ?? []), (rule): Draft => ({
    type,
    startTime,
    target,
    duration: duration ?? Duration.infinity,
    active: planned.active ?? true,
    dryRun: planned.dryRun ?? false,
    payload: planned.payload ?? {},
    ...(planned.name === undefined ? undefined : { name: planned.name }),
    ...(rule === undefined ? undefined : { recurrence: rule })
  }))
}

const missing = (field: string) => Result.fail(`${field} is missing`)

/** The rule with the planned exceptions; fails where it can have none. */
export const withPlanned = (
  rule: Rule | undefined,
  start: DateTime.Utc,
  exceptions: ReadonlyArray<TimeOrDay>
): Result.Result<Rule | undefined, string> => {
  if (exceptions.length === 0) return Result.succeed(rule && withExceptions(rule, []))
  if (rule === undefined) return Result.fail("exceptions mean nothing to what does not recur")
  if (isFast(rule))
    return Result.fail(`exceptions mean nothing to a rule of ${rule.frequency.toLowerCase()} steps`)
  const zoned = inZone(rule)
  const clock = LocalClock.make(zoned.timeZone) ?? utcClock
  const instants = exceptions.flatMap((each) =>
    each._tag === "Time" ? [each.at] : runsOfDay(zoned, start, each.day, clock)
  )
  const different = new Set(instants.map(({ epochMilliseconds }) => epochMilliseconds)).size
  return different > exceptionsMax
    ? Result.fail(`exceptions are ${different}, a rule can have ${exceptionsMax}`)
    : Result.succeed(withExceptions(zoned, instants))
}
