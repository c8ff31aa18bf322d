/**
 * The features beyond the upstream API that the service offers: it announces them, and refuses what needs others.
 *
 * @since 0.1.0
 */
import type { Feature } from "@effect-dispatch/api/ServiceFeatures"
import { Context } from "effect"

/**
 * The features offered: all of them, unless something else is provided. Without `calendar` the service refuses rules in
 * local time, which actors of other make do not know.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { OfferedFeatures } from "@effect-dispatch/server"
 * import { Effect } from "effect"
 *
 * const program = Effect.map(OfferedFeatures.OfferedFeatures, (features) => [...features])
 * assert.deepStrictEqual(Effect.runSync(program), ["calendar", "name"])
 * const without = Effect.provideService(program, OfferedFeatures.OfferedFeatures, new Set())
 * assert.deepStrictEqual(Effect.runSync(without), [])
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export const OfferedFeatures: Context.Reference<ReadonlySet<OfferedFeature>> = Context.Reference<
  ReadonlySet<OfferedFeature>
>("@effect-dispatch/server/OfferedFeatures", {
  defaultValue: () => new Set<OfferedFeature>(["calendar", "name"])
})

/** Reports are offered by providing their service. */
type OfferedFeature = Exclude<Feature, "report">
