/** The longest time for which the thread of the service is busy without a pause: nobody else is served meanwhile. */
import { monitorEventLoopDelay } from "node:perf_hooks"
import { Effect } from "effect"

/** True if attacks run in full, as `pnpm attack` has them; as a part of all tests they run in small. */
export const isInFull = process.env["DISPATCH_ATTACKS"] === "full"

/** Longest work without a pause, in milliseconds; in small, where tests run beside each other, some more. */
export const blockMax = isInFull ? 50 : 80

/**
 * Runs an effect; gives the longest block of the event loop meanwhile, in milliseconds: on the clock, and of that what the
 * thread was at work, which other programs of the machine do not add to.
 */
export const longestBlock = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    yield* Effect.sleep("50 millis")
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    // It tells of no block before it has looked once.
    yield* Effect.sleep("20 millis")
    let work = 0
    let since = process.threadCpuUsage()
    const ticks = setInterval(() => {
      const { system, user } = process.threadCpuUsage(since)
      work = Math.max(work, (system + user) / 1e3)
      since = process.threadCpuUsage()
    }, 1)
    const value = yield* Effect.ensuring(
      effect,
      Effect.sync(() => clearInterval(ticks))
    )
    yield* Effect.sleep("20 millis")
    delay.disable()
    return { value, millis: delay.max / 1e6, work }
  })

/** A figure of an attack, for whoever runs it. */
export const tell = (what: string, figure: number, unit = "ms"): Effect.Effect<void> =>
  Effect.sync(() => {
    if (isInFull) process.stdout.write(`${what}: ${figure.toFixed(0)} ${unit}\n`)
  })
