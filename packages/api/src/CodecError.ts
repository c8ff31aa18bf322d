/**
 * The error of the codec for a message or value that has no counterpart on the other side.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Something cannot be represented: `path` is the place in the model, also of what came in a message; `message` tells
 * what is wrong and what would be right.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { CreateCodec } from "@effect-dispatch/api"
 * import { MicrogridId, Target } from "@effect-dispatch/core"
 * import { Result } from "effect"
 *
 * const encoded = CreateCodec.encode(MicrogridId.make(1n), {
 *   type: "half a character: \ud83d",
 *   startTime: "NOW",
 *   target: Target.componentIds(7n)
 * })
 * assert.ok(Result.isFailure(encoded))
 * assert.strictEqual(encoded.failure._tag, "CodecError")
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class CodecError extends Schema.TaggedError<CodecError>()("CodecError", {
  path: Schema.String,
  message: Schema.String
}) {}
