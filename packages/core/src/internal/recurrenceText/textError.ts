import { Schema } from "effect"

/**
 * A text that is not a recurrence rule, or says more than a rule can hold: `part` tells where (`BYSETPOS`), `message`
 * what is wrong and what would be right.
 *
 * @category errors
 * @since 0.1.0
 */
export class RecurrenceTextError extends Schema.TaggedError<RecurrenceTextError>()("RecurrenceTextError", {
  part: Schema.String,
  message: Schema.String
}) {}

/** Says what is wrong with a part. */
export const refuse = (part: string, message: string): RecurrenceTextError =>
  new RecurrenceTextError({ part, message: `${part}: ${message}` })

/** Whether there is an error instead of a value. */
export const isRefused = (value: unknown): value is RecurrenceTextError =>
  value instanceof RecurrenceTextError
