/**
 * Thrown values in words. Anything can be thrown, and libraries wrap it in errors of their own.
 *
 * @since 0.1.0
 */
import { Result } from "effect"

/**
 * The number of causes searched for the innermost: an error may be its own cause. The last one found is taken.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const depthMax = 16

/**
 * The message of a thrown error, or its name if it has none; anything else as a text.
 *
 * @category rendering
 * @since 0.1.0
 */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error && thrown.message !== "" ? thrown.message : inText(thrown)

const inText = (thrown: unknown): string =>
  Result.getOrElse(
    Result.try(() => String(thrown)),
    () => "a value that has no text"
  )

/**
 * The innermost cause, which tells most: that nothing listens there, and not that a request failed.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Thrown } from "@effect-dispatch/core"
 *
 * const thrown = new Error("request failed", { cause: new Error("nothing listens on port 50051") })
 * assert.strictEqual(Thrown.messageOf(Thrown.innermost(thrown)), "nothing listens on port 50051")
 * ```
 *
 * @category rendering
 * @since 0.1.0
 */
export const innermost = (thrown: unknown): unknown => {
  let why = thrown
  for (let depth = 0; depth < depthMax; depth++) {
    if (!(why instanceof Error && why.cause instanceof Error)) return why
    why = why.cause
  }
  return why
}
