/** Reports the versions that a merge strategy leaves out for want of an identity. */
import { type Context, Effect, Metric } from "effect"
import * as Metrics from "../../Metrics.ts"
import type { Report } from "./identities.ts"

/** Logs and counts each. */
export const leavesOut = (context: Context.Context<never>): Report => {
  const fork = Effect.runForkWith(context)
  return ({ id, type }, what) =>
    void fork(
      Effect.andThen(
        Metric.update(Metrics.mergeFailures.at(), 1),
        Effect.logError(`A merge strategy leaves out dispatch ${id} (${type}): ${what}`)
      )
    )
}
