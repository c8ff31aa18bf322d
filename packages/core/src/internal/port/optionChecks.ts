/** The values that options of actors, subscriptions and management may have; each table of them stands by its options. */
import { Duration, Effect, Option, Predicate, Schedule, Schema } from "effect"
import { reporterNameFault, reporterNameMax } from "../../JournalStore.ts"
import { type OptionError, refuse } from "../../Options.ts"
import { inWords } from "../inWords.ts"
import { readAny } from "../runDuration.ts"
import { unsigned32Max } from "../unsigned32.ts"
import { id } from "../unsigned64.ts"
import { type Check, faultOf, type Fields, objectWith, optional, that, whole } from "../check.ts"

export { anything, type Check, type Fields, flag, objectOf, optional, text, whole } from "../check.ts"

/** Accepts lengths of time that are long enough, without an end as well. */
const lengthThat =
  (isRight: (length: Duration.Duration) => boolean, bound: string): Check =>
  (value, path) => {
    const expected = `a length of time such as "10 seconds", ${bound}`
    const length = readAny(value)
    if (Option.isNone(length)) return { path, message: `${inWords(value)} is not ${expected}` }
    return isRight(length.value)
      ? undefined
      : { path, message: `${Duration.format(length.value)} is not ${expected}` }
  }

export const length = lengthThat((length) => !Duration.isNegative(length), "0 or more")

/** A length after which something is done again, or given up: it cannot be 0. */
export const period = lengthThat(Duration.isPositive, "above 0")

export const aFunction = that((value) => typeof value === "function", "a function")

export const anEffect = that(Effect.isEffect, "an Effect")

export const aSchedule = that(Schedule.isSchedule, 'a Schedule, such as Schedule.spaced("10 seconds")')

export const aSchema = that(Schema.isSchema, "a Schema")

export const microgrid = id("microgrid")

export const dispatchId = id("dispatch")

export const dispatchType = that(
  (value) => typeof value === "string" && value !== "",
  "the type of dispatches, a text"
)

export const restartLimit = that(
  (value) => Predicate.isNumber(value) && (value === Infinity || Number.isInteger(value)) && value >= 0,
  "a whole number from 0, or Infinity"
)

/** The start and the stop of a command come together. */
export const capacity = whole(2, unsigned32Max)

/** The most of something that is kept. */
export const count = whole(1, unsigned32Max)

export const reporterName = that(
  (value) => typeof value === "string" && reporterNameFault(value) === undefined,
  `a name for people, a text of at most ${reporterNameMax} characters without control characters`
)

/** May be an instance of a class of the application. */
export const merge = objectWith<{ identity: unknown; filter: unknown }>({
  identity: aFunction,
  filter: optional(aFunction)
})

export const actor = objectWith<{ start: unknown; stop: unknown; wait: unknown }>({
  start: anEffect,
  stop: aFunction,
  wait: anEffect
})

/** Refuses options with a wrong value, or of an unknown name. */
export const checked =
  <A>(checks: Fields<A>) =>
  (options: A): Effect.Effect<void, OptionError> =>
    refuse(() => faultOf(options, "options", checks))

/** Dies for options with a wrong value, or of an unknown name: that is a mistake in the program. */
export const checkedOrDie =
  <A>(checks: Fields<A>) =>
  (options: A): Effect.Effect<void> =>
    Effect.orDie(checked(checks)(options))

/** Dies for what is no effect: an `async` function gives a promise, which nothing can stop. */
export const checkEffect = (given: unknown, name: string): Effect.Effect<void> =>
  Effect.orDie(refuse(() => anEffect(given, name)))
