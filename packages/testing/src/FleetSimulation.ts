/**
 * A whole fleet in simulation: processes that die, stand still and are cut off, and a database that stands still or loses
 * its last commits. Seeded, judged all the time, then healed, and judged again.
 *
 * @since 0.1.0
 */
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { Duration, Effect, Layer, Logger, Random } from "effect"
import { TestClock } from "effect/testing"
import { drawFleetSteps, type FleetPlan } from "./internal/fleetSteps.ts"
import { Chance } from "./Chance.ts"
import { SimulatedFleet } from "./internal/simulatedFleet.ts"
import * as Probe from "./Probe.ts"
import * as ScriptedService from "./ScriptedService.ts"
import * as SkewClock from "./SkewClock.ts"

export type { FleetPlan, FleetStep } from "./internal/fleetSteps.ts"

/**
 * The result of a simulation.
 *
 * @category models
 * @since 0.1.0
 */
export interface FleetReport {
  readonly violations: ReadonlyArray<string>
  /** The number of steps of each kind that were taken. */
  readonly taken: Readonly<Record<string, number>>
  /**
   * Changes that sites told, stops that a reader got, runs that went on under another owner, and entries of journals that
   * were written by owners who had been replaced.
   */
  readonly told: number
  readonly stops: number
  readonly takenOver: number
  readonly late: number
}

/**
 * Draws the plan of a seed.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { FleetSimulation } from "@effect-dispatch/testing"
 *
 * assert.deepStrictEqual(FleetSimulation.make(7), FleetSimulation.make(7))
 * assert.ok(FleetSimulation.make(7).processes >= 2)
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (seed: number): FleetPlan => {
  const chance = new Chance(seed)
  return {
    seed,
    processes: chance.int(2, 4),
    microgrids: chance.int(1, 4),
    buckets: chance.int(1, 3),
    lease: chance.pick([6_000, 30_000]),
    steps: drawFleetSteps(chance)
  }
}

/**
 * Plays a plan.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { FleetSimulation } from "@effect-dispatch/testing"
 * import { Effect } from "effect"
 *
 * const plan = { ...FleetSimulation.make(7), steps: [{ _tag: "Advance", millis: 1_000 } as const] }
 * const { violations } = await Effect.runPromise(FleetSimulation.run(plan))
 * assert.deepStrictEqual(violations, [])
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const run = (plan: FleetPlan): Effect.Effect<FleetReport> =>
  Effect.gen(function* () {
    const fleet = yield* SimulatedFleet.begin(plan)
    for (const step of plan.steps) {
      yield* fleet.take(step)
      if (fleet.judge.violations.length > 0) break
    }
    if (fleet.judge.violations.length === 0) yield* fleet.heal
    const { late, stops, takenOver, told, violations } = fleet.judge
    return { violations, taken: fleet.taken, told, stops, takenOver, late }
  }).pipe(Effect.scoped, Effect.provide(surroundings), Random.withSeed(plan.seed))

/** 2026-11-28T12:00:00Z. */
const startsAt = 1_795_867_200_000

const surroundings = ScriptedService.layer.pipe(
  Layer.merge(Layer.succeed(DispatchScheduler.MaxSleep, Duration.minutes(1))),
  Layer.provideMerge(SkewClock.layer({ start: startsAt })),
  Layer.provideMerge(TestClock.layer()),
  Layer.provideMerge(Probe.layer),
  Layer.merge(Logger.layer([]))
)
