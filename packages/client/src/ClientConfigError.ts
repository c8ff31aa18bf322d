/**
 * The error of a client that cannot be made.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * The configuration of a client is not usable. The message names what to change, and repeats no secret. `option` is the
 * option at fault, if it is one.
 *
 * @category errors
 * @since 0.1.0
 */
export class ClientConfigError extends Schema.TaggedError<ClientConfigError>()("ClientConfigError", {
  option: Schema.optionalKey(Schema.String),
  message: Schema.String
}) {}
