import * as Dispatcher from "@effect-dispatch/core/Dispatcher"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric } from "effect"
import { TestClock } from "effect/testing"
import { dispatch, t0 } from "./fixtures.ts"
import { hold, layer, microgridId, settle } from "./site.ts"

/** Fibers that have begun and not ended, while an effect runs. */
const counting = () => {
  const fibers = { active: 0 }
  const service = {
    recordFiberStart: () => void (fibers.active += 1),
    recordFiberEnd: () => void (fibers.active -= 1)
  }
  return { fibers, counted: Effect.provideService(Metric.FiberRuntimeMetrics, service) }
}

describe("an idle actor", () => {
  it.effect(
    "section 9: has a fiber for its loop, one that reads its stream, and two that wait until all is old",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(t0)
        yield* hold(...[1n, 2n, 3n].map((id) => dispatch({ id })))
        yield* DispatchScheduler.DispatchScheduler
        yield* settle
        const { counted, fibers } = counting()
        const { status } = yield* counted(Dispatcher.make({ microgridId }))
        yield* settle
        assert.strictEqual((yield* status)._tag, "Synchronised")
        yield* TestClock.adjust("10 seconds")
        yield* settle
        assert.isAtMost(fibers.active, 4)
      }).pipe(Effect.provide(layer))
  )
})
