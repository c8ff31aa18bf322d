/**
 * Whether a dispatch of a certain type runs.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * `Running` and `Stopped` answer for a dispatch of the type asked about, `DifferentType` for any other.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RunningState = Schema.Literals(["Running", "Stopped", "DifferentType"])

/**
 * Whether a dispatch of the type asked about runs.
 *
 * @category models
 * @since 0.1.0
 */
export type RunningState = typeof RunningState.Type
