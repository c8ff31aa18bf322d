/**
 * Names of dispatches: for people, and for plans in files. No two dispatches of a microgrid have the same one.
 *
 * @since 0.1.0
 */

/**
 * Longest name of a dispatch, in characters. A longer one is refused with `InvalidArgument`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const nameLengthMax = 256

/**
 * The fault of a name: it must have a character, at most 256, no control characters, and no blank at either end. Names
 * are the same only if every character is.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchName } from "@effect-dispatch/core"
 *
 * assert.strictEqual(DispatchName.findFault("winter/evening peak"), undefined)
 * assert.strictEqual(DispatchName.findFault(" peak"), "begins or ends with a blank")
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category validation
 * @since 0.1.0
 */
export const findFault = (name: string): string | undefined => {
  if (name.length < 1 || name.length > nameLengthMax)
    return `${name.length} characters, must be from 1 to ${nameLengthMax}`
  if (/\p{Cc}/u.test(name)) return "has a control character, such as a line break"
  return name.trim() === name ? undefined : "begins or ends with a blank"
}
