import { Schema } from "effect"

/**
 * A text that is not a recurrence rule, or says more than a rule can hold: `path` is the place (`BYSETPOS`),
 * `message` says what is wrong there and what would be right.
 *
 * @category errors
 * @since 0.1.0
 */
export class RecurrenceTextError extends Schema.TaggedError<RecurrenceTextError>()("RecurrenceTextError", {
  path: Schema.String,
  message: Schema.String
}) {}

/** Refuses a part with a message. */
export const refuse = (path: string, message: string): RecurrenceTextError =>
  new RecurrenceTextError({ path, message })

/** True if there is an error instead of a value. */
export const isRefused = (value: unknown): value is RecurrenceTextError =>
  value instanceof RecurrenceTextError
