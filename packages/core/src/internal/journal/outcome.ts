/** The JSON that an application adds to a run. */
import type { Schema } from "effect"
import * as Payload from "../../Payload.ts"
import type { Refusal } from "../../Refusal.ts"

/**
 * The size of an application's JSON about a run, in bytes as text in UTF-8. A larger one is refused. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const outcomeBytesMax = 1_024

/**
 * The fault in a JSON about a run: it is no JSON, or too large.
 *
 * @category guards
 * @since 0.1.0
 */
export const outcomeFault = (outcome: unknown): Refusal | undefined => {
  const fault = Payload.findFault({ outcome }, "")
  if (fault !== undefined) return { ...fault, path: fault.path.slice(1) }
  const bytes = new TextEncoder().encode(JSON.stringify(outcome satisfies unknown)).length
  return bytes <= outcomeBytesMax
    ? undefined
    : { path: "outcome", message: `it has ${bytes} bytes as text, which are more than ${outcomeBytesMax}` }
}

/** A JSON, of which only the size is not known. */
export type Outcome = Schema.Json
