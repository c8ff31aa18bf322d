/**
 * `pnpm simulate --seeds 1..300`: plays the simulation of every seed in a range. Prints how often each fault occurred,
 * then what was published, then `seeds N, failed F, steps S`. For a failing seed it prints the violations and the
 * shortest failing list of steps that it found. With `--bail` it stops at the first failing seed, without cutting it
 * down. Exit code 1 if any failed, 2 for wrong arguments.
 */
import {
  failureModes,
  type Report,
  type StateAndCause,
  statesAndCauses
} from "@effect-dispatch/testing/SimulationReport"
import { run, shrink } from "@effect-dispatch/testing/Simulation"
import { make, type Plan } from "@effect-dispatch/testing/SimulationPlan"
import { Console, Effect } from "effect"
import { playSeeds, type Seeds } from "./seeds.ts"

const violationsShownMax = 5

/** Stops at the first seed that fails. */
const bail = "--bail"

const showViolations = ({ violations }: Report): string =>
  violations
    .slice(0, violationsShownMax)
    .map((violation) => `  ${violation}`)
    .join("\n")

const showPlan = ({ steps, ...settings }: Plan): string =>
  [settings, ...steps].map((part) => `    ${JSON.stringify(part, showBigint)}`).join("\n")

const showBigint = (_key: string, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)

const simulate = Effect.fnUntraced(function* ({ flags, from, to }: Seeds) {
  const occurred = Object.fromEntries(failureModes.map((mode) => [mode, 0])) as Record<string, number>
  const totals = { steps: 0, edges: 0, stops: 0, missedRuns: 0, conflated: 0, jumps: 0 }
  const causes: { [cause in StateAndCause]?: number } = {}
  let played = 0
  let failed = 0
  for (let seed = from; seed <= to; seed++) {
    const plan = make(seed)
    const report = yield* run(plan)
    played += 1
    for (const key of Object.keys(totals) as Array<keyof typeof totals>) totals[key] += report[key]
    for (const mode of failureModes) occurred[mode] = (occurred[mode] ?? 0) + (report.occurred[mode] ?? 0)
    for (const cause of statesAndCauses) causes[cause] = (causes[cause] ?? 0) + (report.causes[cause] ?? 0)
    if (report.violations.length === 0) continue
    failed += 1
    yield* Console.log(`seed ${seed} failed:\n${showViolations(report)}`)
    if (flags.includes(bail)) break
    const shrunk = yield* shrink(plan)
    yield* Console.log(
      `  these steps alone fail:\n${showPlan(shrunk)}\n${showViolations(yield* run(shrunk))}`
    )
  }
  for (const mode of failureModes) yield* Console.log(`${mode} ${occurred[mode]}`)
  for (const cause of statesAndCauses) yield* Console.log(`${cause} ${causes[cause] ?? 0}`)
  const { conflated, edges, jumps, missedRuns, steps, stops } = totals
  yield* Console.log(`missed ${missedRuns}`)
  yield* Console.log(`edges ${edges}, stops ${stops}, conflated ${conflated}, jumps ${jumps}`)
  yield* Console.log(`seeds ${played}, failed ${failed}, steps ${steps}`)
  process.exitCode = failed > 0 ? 1 : 0
})

playSeeds("simulate", simulate, [bail])
