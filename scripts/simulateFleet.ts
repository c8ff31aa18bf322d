/**
 * `pnpm simulate:fleet --seeds 1..5000`: plays the simulation of a fleet for every seed in a range. Prints how often each
 * step was taken, then what was told, then `seeds N, failed F`. For a failing seed it prints its plan and the violations.
 * Exit code 1 if any failed, 2 for wrong arguments.
 */
import * as FleetSimulation from "@effect-dispatch/testing/FleetSimulation"
import { Console, Effect } from "effect"
import { playSeeds, type Seeds } from "./seeds.ts"

const simulate = Effect.fnUntraced(function* ({ from, to }: Seeds) {
  const counts = new Map<string, number>()
  const add = (name: string, count: number) => void counts.set(name, (counts.get(name) ?? 0) + count)
  let failed = 0
  for (let seed = from; seed <= to; seed++) {
    const plan = FleetSimulation.make(seed)
    const { taken, violations, ...counted } = yield* FleetSimulation.run(plan)
    for (const [name, count] of Object.entries({ ...taken, ...counted })) add(name, count)
    if (violations.length === 0) continue
    failed += 1
    yield* Console.log(
      `seed ${seed} failed: ${JSON.stringify(plan)}\n  ${violations.slice(0, 5).join("\n  ")}`
    )
  }
  for (const [name, count] of counts) yield* Console.log(`${name} ${count}`)
  yield* Console.log(`seeds ${to - from + 1}, failed ${failed}`)
  process.exitCode = failed > 0 ? 1 : 0
})

playSeeds("simulate:fleet", simulate)
