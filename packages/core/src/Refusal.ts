/**
 * The one form in which a value is refused.
 *
 * @since 0.1.0
 */

/**
 * The refusal of a value: `path` is the place of the fault in the model (`recurrence.byHours[1]`), `message` says what
 * is wrong there and what would be right. The place is never part of the message.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { RecurrenceRule, Refusal } from "@effect-dispatch/core"
 *
 * const refusal = RecurrenceRule.findFault("byHours", [8, 24])
 * assert.strictEqual(refusal?.path, "byHours[1]")
 * assert.ok(Refusal.inOneLine(refusal).startsWith("byHours[1]: the number 24 is not"))
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category models
 * @since 0.1.0
 */
export interface Refusal {
  readonly path: string
  readonly message: string
}

/**
 * A refusal in one line: the place, then what is wrong there.
 *
 * @category rendering
 * @since 0.1.0
 */
export const inOneLine = ({ message, path }: Refusal): string =>
  path === "" ? message : `${path}: ${message}`
