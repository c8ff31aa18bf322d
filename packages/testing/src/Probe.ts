/**
 * Knows when nothing is scheduled, so that a test of "nothing happened" waits for that and not for a while.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer, Scheduler } from "effect"

/**
 * Most turns of the event loop that `settled` waits for. After them it gives up on a fiber that never rests, and
 * dies. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const turnsMax = 100_000

/** Hands every task on to another scheduler, and counts those that have not run yet. */
class CountingScheduler implements Scheduler.Scheduler {
  readonly executionMode: "sync" | "async"
  readonly inner: Scheduler.Scheduler
  waiting = 0

  constructor(inner: Scheduler.Scheduler) {
    this.inner = inner
    this.executionMode = inner.executionMode
  }

  shouldYield(fiber: Parameters<Scheduler.Scheduler["shouldYield"]>[0]): boolean {
    return this.inner.shouldYield(fiber)
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    const dispatcher = this.inner.makeDispatcher()
    return {
      scheduleTask: (task, priority) => {
        this.waiting += 1
        dispatcher.scheduleTask(() => {
          this.waiting -= 1
          task()
        }, priority)
      },
      flush: () => dispatcher.flush()
    }
  }
}

/** A test clock may put its own scheduler over the counting one, so that is kept beside it. */
const Counting = Context.Reference<CountingScheduler | undefined>("@effect-dispatch/testing/Probe", {
  defaultValue: () => undefined
})

/**
 * Counts the scheduled tasks of everything it is provided to: below a test clock or above one.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Probe } from "@effect-dispatch/testing"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   let turns = 0
 *   const turn = Effect.map(Effect.yieldNow, () => (turns += 1))
 *   yield* Effect.forkChild(Effect.repeat(turn, { times: 9 }))
 *   yield* Probe.settled
 *   assert.strictEqual(turns, 10)
 * })
 * await Effect.runPromise(Effect.provide(program, Probe.layer))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never> = Layer.effectContext(
  Effect.map(Scheduler.Scheduler, (inner) => {
    const counting = new CountingScheduler(inner)
    return Context.make(Counting, counting).pipe(Context.add(Scheduler.Scheduler, counting))
  })
)

/**
 * Completes when no fiber but the caller's can go on: each waits for time to pass, for input, or for another.
 *
 * It needs `layer`, and dies without it, or when a fiber has not come to rest after `turnsMax` turns. It does not see
 * work outside of Effect (files, sockets, timers of the runtime).
 *
 * @category running
 * @since 0.1.0
 */
export const settled: Effect.Effect<void> = Effect.flatMap(Counting, (counting) =>
  counting === undefined
    ? Effect.die("Probe.settled needs Probe.layer around the whole test")
    : rest(counting)
)

const rest = (counting: CountingScheduler): Effect.Effect<void> =>
  Effect.callback((resume) => {
    // Its own tasks are not counted: several probes do not wait for each other.
    const dispatcher = counting.inner.makeDispatcher()
    let turns = 0
    let isOver = false
    const look = () => {
      if (isOver) return
      if (counting.waiting === 0) return resume(Effect.void)
      turns += 1
      if (turns > turnsMax) return resume(Effect.die(`after ${turnsMax} turns a fiber still does not rest`))
      dispatcher.scheduleTask(look, 0)
    }
    dispatcher.scheduleTask(look, 0)
    return Effect.sync(() => void (isOver = true))
  })
