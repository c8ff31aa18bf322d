/**
 * `pnpm simulate:reports --seeds 1..5000`: plays the history of a site that reports, for every seed in a range. Prints what
 * the service does not know as it was, then `seeds N, failed F`. Exit code 1 if any failed, 2 for wrong arguments.
 */
import { Console, Effect, Logger } from "effect"
import { TestClock } from "effect/testing"
import { played } from "../test/integration/reportedHistory.ts"
import { playSeeds, type Seeds } from "./seeds.ts"

const simulate = Effect.fnUntraced(function* ({ from, to }: Seeds) {
  let failed = 0
  for (let seed = from; seed <= to; seed++) {
    const faults = yield* Effect.provide(played(seed), [TestClock.layer(), Logger.layer([])])
    if (faults.length === 0) continue
    failed += 1
    yield* Console.log(`seed ${seed} failed:\n  ${faults.slice(0, 5).join("\n  ")}`)
  }
  yield* Console.log(`seeds ${to - from + 1}, failed ${failed}`)
  process.exitCode = failed > 0 ? 1 : 0
})

playSeeds("simulate:reports", simulate)
