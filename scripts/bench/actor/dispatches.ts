/** Dispatches to measure with, as a client port hands them over: decoded, each with objects of its own. */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** A decoder skips these checks: it has checked the fields itself. */
const decoded = { disableChecks: true } as const

/** Numbers below 1 that are the same in every run: a linear congruential generator. */
export const chance = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/**
 * A dispatch of the mix: a quarter each one-off, MINUTELY, HOURLY and DAILY, the rules begun up to two years ago. One-off
 * dispatches begin from an hour ago to a day from now. Each version of it is decoded anew and shares nothing with others.
 */
export const ofMix = (id: number, now: number, version: number): Dispatch => {
  const random = chance(Math.imul(id, 2_654_435_761))
  const begun = now - Math.floor(random() * 730 * day)
  const { durationSeconds, recurrence, start } = shape(id % 4, random, now, begun)
  return new Dispatch(
    {
      id: DispatchId.make(BigInt(id)),
      type: "CHARGE",
      startTime: DateTime.makeUnsafe(start),
      duration: Duration.seconds(durationSeconds),
      target: Target.componentIds(BigInt(id), BigInt(id + 1)),
      active: true,
      dryRun: false,
      payload: { power: version, mode: "fast" },
      ...(recurrence === undefined ? undefined : { recurrence }),
      createTime: DateTime.makeUnsafe(now - 731 * day),
      updateTime: BigInt(begun) * 1_000_000n + BigInt(version)
    },
    decoded
  )
}

/** So many dispatches of the mix in their first version. */
export const mix = (number: number, now: number, firstId = 1): Array<Dispatch> =>
  Array.from({ length: number }, (_, index) => ofMix(firstId + index, now, 0))

const shape = (quarter: number, random: () => number, now: number, begun: number) => {
  const below = (limit: number) => Math.floor(random() * limit)
  switch (quarter) {
    case 0:
      return { start: now - hour + below(25 * hour), durationSeconds: 3_600, recurrence: undefined }
    case 1:
      return { start: begun, durationSeconds: 30, recurrence: rule({ frequency: "MINUTELY" }) }
    case 2:
      return { start: begun, durationSeconds: 900, recurrence: rule({ frequency: "HOURLY" }) }
    default: {
      const recurrence = rule({ frequency: "DAILY", byHours: [below(24)], byMinutes: [below(60)] })
      return { start: begun, durationSeconds: 3_600, recurrence }
    }
  }
}

const rule = (fields: Omit<ConstructorParameters<typeof RecurrenceRule>[0], "interval">) =>
  new RecurrenceRule({ interval: 1, ...fields }, decoded)

/** A one-off dispatch with the instants of its edges, in epoch milliseconds. */
export const oneOff = (id: number, startAt: number, seconds: number): Dispatch =>
  new Dispatch(
    {
      id: DispatchId.make(BigInt(id)),
      type: "EDGE",
      startTime: DateTime.makeUnsafe(startAt),
      duration: Duration.seconds(seconds),
      target: Target.componentIds(BigInt(id)),
      active: true,
      dryRun: false,
      payload: {},
      createTime: DateTime.makeUnsafe(startAt - day),
      updateTime: BigInt(startAt) * 1_000_000n
    },
    decoded
  )
