/** Reasons for people: one line, without the places in code. */
import { Cause } from "effect"
import * as Thrown from "../../Thrown.ts"

/**
 * The length of a reason in a journal, in characters. The rest is cut off. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const reasonLengthMax = 256

/**
 * The reason in one line, of at most `reasonLengthMax` characters: what was thrown, without the places in code.
 *
 * @category rendering
 * @since 0.1.0
 */
export const reasonOf = (failed: unknown): string => {
  const thrown = Cause.isCause(failed) ? Cause.squash(failed) : failed
  const line = Thrown.messageOf(thrown)
    .replace(/\s*\n\s+at .*/gs, "")
    .replace(/\s+/g, " ")
    .trim()
  return line.length <= reasonLengthMax
    ? line
    : `${line.slice(0, reasonLengthMax - 1).replace(halfPair, "")}…`
}

/** The first half of a character that was cut. */
const halfPair = /[\ud800-\udbff]$/
