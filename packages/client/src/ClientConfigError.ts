/**
 * The error of a client that cannot be made.
 *
 * @since 0.1.0
 */
import { inOneLine, type Refusal } from "@effect-dispatch/core/Refusal"
import { Schema } from "effect"

/**
 * The configuration of a client is not usable. The message names what to change, and repeats no secret. `option` is the
 * option at fault, if it is one.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { ClientConfig } from "@effect-dispatch/client"
 * import { Effect } from "effect"
 *
 * const config = ClientConfig.check({ url: "grpc://dispatch.example.com" })
 * const told = Effect.catchTag(config, "ClientConfigError", ({ option }) => Effect.succeed(option))
 * assert.strictEqual(await Effect.runPromise(told), "authKey")
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class ClientConfigError extends Schema.TaggedError<ClientConfigError>()("ClientConfigError", {
  option: Schema.optionalKey(Schema.String),
  message: Schema.String
}) {
  /** The refusal of an option; the message names it. */
  static readonly fromRefusal = (refusal: Refusal): ClientConfigError =>
    new ClientConfigError({ option: refusal.path, message: inOneLine(refusal) })
}
