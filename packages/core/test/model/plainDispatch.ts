/**
 * A dispatch as the model sees it: plain numbers, and occurrences found by counting. It shares no code with what it
 * judges. Instants and lengths are milliseconds.
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"
import { dispatch } from "../fixtures.ts"

/** One version of a dispatch. */
export interface Version {
  readonly id: number
  /** Its update time; no two versions of a history share one. */
  readonly number: number
  readonly type: string
  readonly component: number
  readonly power: number
  readonly active: boolean
  readonly dryRun: boolean
  readonly start: number
  /** Zero is a command, infinity has no end. */
  readonly length: number
  /** Zero is once. */
  readonly everyMinutes: number
  readonly count: number
}

const minute = 60_000

/** The occurrences from one instant to another, both inclusive, in order. */
export const occurrences = (version: Version, from: number, to: number): Array<number> => {
  const found: Array<number> = []
  const { count, length, start } = version
  const period = length === Infinity ? 0 : version.everyMinutes * minute
  if (period === 0) return from <= start && start <= to ? [start] : []
  const first = Math.max(0, Math.ceil((from - start) / period))
  for (let index = first; index < count && start + index * period <= to; index++) {
    found.push(start + index * period)
  }
  return found
}

/** The latest occurrence whose run contains an instant. */
export const runAt = (version: Version | undefined, at: number): number | undefined => {
  if (version === undefined || !version.active || version.length === 0) return undefined
  if (version.length === Infinity) return version.start <= at ? version.start : undefined
  return occurrences(version, at - version.length + 1, at).at(-1)
}

/** The part of a version that decides its occurrences. */
export const ruleOf = ({ count, everyMinutes, start }: Version): string => `${start} ${everyMinutes} ${count}`

/** True if a consumer that runs the one need not be told of the other. */
export const steersTheSame = (left: Version, right: Version): boolean =>
  left.component === right.component && left.power === right.power && left.length === right.length

/** True if one consumer runs both. */
export const isOfOneKind = (left: Version, right: Version | undefined): boolean =>
  right !== undefined && left.type === right.type && left.dryRun === right.dryRun

/** The same as the core knows it. */
export const toDispatch = (version: Version): Dispatch =>
  dispatch({
    id: BigInt(version.id),
    version: version.number,
    type: version.type,
    target: Target.componentIds(BigInt(version.component)),
    startTime: DateTime.makeUnsafe(version.start),
    duration: version.length === Infinity ? Duration.infinity : Duration.millis(version.length),
    active: version.active,
    dryRun: version.dryRun,
    payload: { power: version.power },
    ...(version.everyMinutes === 0
      ? {}
      : {
          recurrence: new RecurrenceRule({
            frequency: "MINUTELY",
            interval: version.everyMinutes,
            end: { _tag: "Count", count: version.count }
          })
        })
  })
