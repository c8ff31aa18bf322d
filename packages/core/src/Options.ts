/**
 * The options of an application: the names that are known, and the error for those that cannot be used.
 *
 * @since 0.1.0
 */
import { type Duration, Effect, type Option, Schema } from "effect"
import { faultOfNames } from "./internal/check.ts"
import { readAny } from "./internal/runDuration.ts"
import { inOneLine, type Refusal } from "./Refusal.ts"

/**
 * An option is not usable, or there is none of that name. The `refusal` has its path (`sync.pageSize`), and says what
 * would be right.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher, MicrogridId, Options } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer } from "effect"
 *
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n), sync: { pageSize: 0 } })
 * const built = Effect.scoped(Layer.build(Layer.provide(Site, ServiceClient.layerMemory)))
 * const error = await Effect.runPromise(Effect.flip(built))
 * assert.ok(error instanceof Options.OptionError)
 * assert.strictEqual(error.refusal.path, "sync.pageSize")
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category errors
 * @since 0.1.0
 */
export class OptionError extends Schema.TaggedError<OptionError>()("OptionError", {
  refusal: Schema.Struct({ path: Schema.String, message: Schema.String })
}) {
  /** The refusal in one line, so that a defect names the option. */
  override get message(): string {
    return inOneLine(this.refusal)
  }
}

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
  if (fault !== undefined) throw new OptionError({ refusal: fault })
}

/** Fails with the fault that is found, if any. @internal */
export const refuse = (faultOf: () => Refusal | undefined): Effect.Effect<void, OptionError> =>
  Effect.suspend(() => {
    const refusal = faultOf()
    return refusal === undefined ? Effect.void : Effect.fail(new OptionError({ refusal }))
  })
