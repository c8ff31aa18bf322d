/** How long the thread of the service is busy without a pause: nobody else is served meanwhile. */
import { monitorEventLoopDelay } from "node:perf_hooks"
import { Effect } from "effect"

/** Whether attacks run in full, as `pnpm attack` has them, or in small as a part of all tests. */
export const isInFull = process.env["DISPATCH_ATTACKS"] === "full"

/** Runs an effect; gives the longest block of the event loop meanwhile, in milliseconds. */
export const longestBlock = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    yield* Effect.sleep("50 millis")
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    // It tells of no block before it has looked once.
    yield* Effect.sleep("20 millis")
    const value = yield* effect
    yield* Effect.sleep("20 millis")
    delay.disable()
    return { value, millis: delay.max / 1e6 }
  })

/** A figure of an attack, for whoever runs it. */
export const tell = (what: string, millis: number): Effect.Effect<void> =>
  Effect.sync(() => {
    if (isInFull) process.stdout.write(`${what}: ${millis.toFixed(0)} ms\n`)
  })
