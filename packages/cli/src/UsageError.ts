/** Wrong use of the program, answered as a colleague would: what was wrong, what is allowed, an example. */
import { Runtime, Schema } from "effect"

/** Ends the program with exit code 2. */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", {
  message: Schema.String,
  example: Schema.optionalKey(Schema.String)
}) {
  /** A code of its own tells wrong use from failure. */
  override readonly [Runtime.errorExitCode] = 2
}

/** Something failed; ends the program with exit code 1. */
export class Failure extends Schema.TaggedError<Failure>()("Failure", { message: Schema.String }) {
  override readonly [Runtime.errorExitCode] = 1
}
