/**
 * The running state of a dispatch, as seen by the handler of one type.
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
 * The running state of a dispatch, for the type asked about.
 *
 * @category models
 * @since 0.1.0
 */
export type RunningState = typeof RunningState.Type
