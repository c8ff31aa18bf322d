/** The record of the executions of a command (S10). Instants are epoch milliseconds. */
import { Schema } from "effect"
import { Rule } from "../../Recurrence.ts"

/** Epoch milliseconds that a date can hold. */
export const Instant = Schema.Int.check(Schema.isBetween({ minimum: -8.64e15, maximum: 8.64e15 }))

/** The values that distinguish the occurrences of one version from those of another. */
const Occurrences = Schema.Struct({
  start: Instant,
  recurrence: Schema.optionalKey(Rule)
})

/** Executed occurrences as ranges, each of one rule; and the intervals that are not executed any more. */
export const ExecutedRecord = Schema.Struct({
  rules: Schema.Array(Occurrences),
  /** First and last occurrence, both inclusive, and the position of their rule; none if several were joined. */
  ranges: Schema.Array(Schema.Tuple([Instant, Instant, Schema.Int])),
  /** The gaps between ranges that were joined, both ends inclusive. */
  unremembered: Schema.optionalKey(Schema.Array(Schema.Tuple([Instant, Instant]))),
  /** Up to this instant, inclusive, executions are unknown. */
  forgottenUpTo: Schema.optionalKey(Instant)
})

export type ExecutedRecord = typeof ExecutedRecord.Type

/** The number that an earlier release remembered: with so many, it took all before them for executed. */
const instantsMax = 64

/** From the form of an earlier release: instants, one by one. */
export const ofInstants = (instants: ReadonlyArray<number>): ExecutedRecord => {
  const ordered = [...new Set(instants)].sort((left, right) => left - right)
  const first = ordered[instantsMax - 1] === undefined ? undefined : ordered[0]
  return {
    rules: ordered.map((start) => ({ start })),
    ranges: ordered.map((instant, index) => [instant, instant, index] as const),
    ...(first === undefined ? {} : { forgottenUpTo: first - 1 })
  }
}
