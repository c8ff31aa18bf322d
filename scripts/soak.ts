/**
 * `pnpm soak [SECONDS]`: a service and a site as processes of their own, killed by turns, for 600 seconds unless another
 * number is given. Prints what happened and each fault; exit code 1 if there is one, 2 for wrong arguments.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Duration, Effect } from "effect"
import { soak } from "../test/soak/soak.ts"

const [seconds = "600", ...others] = process.argv.slice(2)

if (!/^\d{1,6}$/.test(seconds) || others.length > 0) {
  console.error("Give a number of seconds: pnpm soak 600")
  process.exitCode = 2
} else {
  NodeRuntime.runMain(
    Effect.gen(function* () {
      const { faults, kills, ...counts } = yield* soak(Duration.seconds(Number(seconds)))
      yield* Console.log(`kills: site ${kills.site}, service ${kills.service}`)
      yield* Console.log(
        Object.entries(counts)
          .map(([name, count]) => `${name} ${count}`)
          .join(", ")
      )
      for (const fault of faults) yield* Console.log(`FAULT: ${fault}`)
      yield* Console.log(`faults ${faults.length}`)
      if (faults.length > 0) process.exitCode = 1
    })
  )
}
