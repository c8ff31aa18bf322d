/**
 * The errors of a fleet.
 *
 * @since 0.1.0
 */
import { Predicate, Schema } from "effect"

/**
 * Something that a fleet was asked to do was not done: the database does not answer (`Unavailable`), or this process
 * does not fit the fleet (`Mismatch`: other buckets, another protocol or engine, an address that is taken).
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { FleetError } from "@effect-dispatch/fleet"
 *
 * const away = new FleetError.FleetError({ reason: "Unavailable", message: "The database cannot be used" })
 * const other = new FleetError.FleetError({ reason: "Mismatch", message: "fleet prod has buckets 32" })
 * assert.deepStrictEqual([away.isRetryable, other.isRetryable], [true, false])
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class FleetError extends Schema.TaggedError<FleetError>()("FleetError", {
  reason: Schema.Literals(["Unavailable", "Mismatch"]),
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  /** True if the same may work later. */
  get isRetryable(): boolean {
    return this.reason === "Unavailable"
  }
}

/** The database cannot be used at present. @internal */
export const unavailable = (cause: Error): FleetError =>
  new FleetError({ reason: "Unavailable", message: `The database cannot be used: ${whatOf(cause)}`, cause })

/** The last cause that says something: those before it say where it happened. */
const whatOf = (error: Error): string => {
  const inner = error.cause ?? (Predicate.hasProperty(error, "reason") ? error.reason : undefined)
  const what = inner instanceof Error ? whatOf(inner) : ""
  return what === "" ? error.message : what
}

/** This process does not fit the fleet. @internal */
export const mismatch = (message: string): FleetError => new FleetError({ reason: "Mismatch", message })
