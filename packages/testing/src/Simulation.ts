/**
 * A whole site under every trouble that we can think of: seeded, judged after every step, then healed, and judged
 * again.
 *
 * @since 0.1.0
 */
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { SiteJournal } from "@effect-dispatch/core/SiteJournal"
import { SitePersistence } from "@effect-dispatch/core/SitePersistence"
import { Duration, Effect, Layer, Logger, Option, Random } from "effect"
import { TestClock } from "effect/testing"
import * as FaultyNetwork from "./FaultyNetwork.ts"
import { FragileStore } from "./internal/fragileStore.ts"
import { SimulatedJournal } from "./internal/simulatedJournal.ts"
import * as SimulatedSite from "./internal/simulatedSite.ts"
import * as Probe from "./Probe.ts"
import * as ScriptedService from "./ScriptedService.ts"
import type { Report } from "./SimulationReport.ts"
import type { Plan } from "./SimulationPlan.ts"
import * as SkewClock from "./SkewClock.ts"

/**
 * Plays a plan.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Simulation, SimulationPlan } from "@effect-dispatch/testing"
 * import { Effect } from "effect"
 *
 * const plan = { ...SimulationPlan.make(7), steps: [{ _tag: "Advance", millis: 60_000 } as const] }
 * const { steps, violations } = await Effect.runPromise(Simulation.run(plan))
 * assert.strictEqual(steps, 1)
 * assert.deepStrictEqual(violations, [])
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const run = (plan: Plan): Effect.Effect<Report> => {
  const store = new FragileStore()
  const journal = new SimulatedJournal()
  const surroundings = Layer.mergeAll(DispatchScheduler.layer, FaultyNetwork.layer).pipe(
    Layer.provideMerge(ScriptedService.layer),
    Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.millis(plan.maxSleep))),
    Layer.merge(
      Layer.succeed(SitePersistence, plan.persistent ? Option.some(store.asKeyValueStore()) : Option.none())
    ),
    Layer.merge(Layer.succeed(SiteJournal, Option.some(journal.place))),
    Layer.provideMerge(SkewClock.layer({ start: plan.startsAt })),
    Layer.provideMerge(TestClock.layer()),
    Layer.provideMerge(Probe.layer),
    Layer.merge(Logger.layer([]))
  )
  return Effect.gen(function* () {
    const site = yield* SimulatedSite.begin(plan, store, journal)
    for (const step of plan.steps) {
      yield* site.take(step)
      if (site.judge.violations.length > 0) break
    }
    if (site.judge.violations.length === 0) yield* site.heal
    return yield* site.report
  }).pipe(Effect.scoped, Effect.provide(surroundings), Random.withSeed(plan.seed))
}

/**
 * Cuts a failing plan down to steps that fail without the others: the violation may become another.
 *
 * @category running
 * @since 0.1.0
 */
export const shrink = Effect.fnUntraced(function* (plan: Plan) {
  let shortest = plan
  for (let size = Math.ceil(plan.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < shortest.steps.length;) {
      const shorter = { ...shortest, steps: shortest.steps.toSpliced(from, size) }
      const { violations } = yield* run(shorter)
      if (violations.length > 0) shortest = shorter
      else from += size
    }
  }
  return shortest
})
