/**
 * `pnpm simulate:reports --seeds 1..5000`: plays the history of a site that reports, for every seed in a range. Prints what
 * the service does not know as it was, then `seeds N, failed F`. Exit code 1 if any failed, 2 for wrong arguments.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Logger } from "effect"
import { TestClock } from "effect/testing"
import { played } from "../test/integration/reportedHistory.ts"

const simulate = Effect.fnUntraced(function* (from: number, to: number) {
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

const [, from, to] = /^--seeds (\d{1,9})(?:\.\.(\d{1,9}))?$/.exec(process.argv.slice(2).join(" ")) ?? []
if (from === undefined) {
  console.error("Give a range of seeds: pnpm simulate:reports --seeds 1..300")
  process.exitCode = 2
} else {
  NodeRuntime.runMain(simulate(Number(from), Number(to ?? from)))
}
