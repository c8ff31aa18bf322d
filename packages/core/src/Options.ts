/**
 * The options of an application: the names that are known, and the error for those that cannot be used.
 *
 * @since 0.1.0
 */
import { type Duration, Effect, type Option, Schema } from "effect"
import { faultOfNames } from "./internal/check.ts"
import { readAny } from "./internal/runDuration.ts"
import type { Refusal } from "./Refusal.ts"

/**
 * An option is not usable, or there is none of that name. `option` is its path (`sync.pageSize`); the message begins
 * with it, and says what would be right.
 *
 * @category errors
 * @since 0.1.0
 */
export class OptionError extends Schema.TaggedError<OptionError>()("OptionError", {
  option: Schema.String,
  message: Schema.String
}) {}

/**
 * The names of all options of a kind.
 *
 * @category models
 * @since 0.1.0
 */
export type Names<A> = { readonly [Name in keyof A]-?: unknown }

/**
 * Fails unless something is an object whose fields are all known by name, and can be read.
 *
 * @category guards
 * @since 0.1.0
 */
export const checkNames = <A>(given: A, known: Names<A>): Effect.Effect<void, OptionError> =>
  refuse(() => faultOfNames(given, "options", known))

/**
 * Reads a length of time. Anything that is none gives none, `NaN` and objects without a unit among them.
 *
 * @category parsing
 * @since 0.1.0
 */
export const readLength: (given: Duration.Input) => Option.Option<Duration.Duration> = readAny

/** Throws the fault that is found, if any. @internal */
export const refuseUnsafe = (fault: Refusal | undefined): void => {
  if (fault !== undefined) throw errorOf(fault)
}

/** Fails with the fault that is found, if any. @internal */
export const refuse = (faultOf: () => Refusal | undefined): Effect.Effect<void, OptionError> =>
  Effect.suspend(() => {
    const fault = faultOf()
    return fault === undefined ? Effect.void : Effect.fail(errorOf(fault))
  })

const errorOf = ({ message, path }: Refusal): OptionError =>
  new OptionError({ option: path, message: `${path}: ${message}` })
