import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, Fiber, Scheduler } from "effect"
import { TestClock } from "effect/testing"
import { stopTimeout } from "../../../src/FleetLimits.ts"
import { Sites } from "../../../src/internal/runner/sites.ts"

const id = MicrogridId.make(7n)

/** A site that takes so long to end. */
const makeSite = Effect.fnUntraced(function* (takes: Duration.Input) {
  const abandoned: Array<MicrogridId> = []
  let ended = 0
  const sites = new Sites({ ended: () => void (ended += 1), abandoned: (one) => void abandoned.push(one) })
  yield* sites.start(id, Effect.ensuring(Effect.never, Effect.sleep(takes)))
  yield* TestClock.adjust(1)
  return { abandoned, endedOf: () => ended, sites }
})

describe("F2: the sites of a bucket", () => {
  it.effect("F2: a bucket that goes waits for a site that was ending before", () =>
    Effect.gen(function* () {
      const { sites } = yield* makeSite("3 seconds")
      yield* Effect.forkChild(sites.end([id], "Unwanted"), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      const moved = yield* Effect.forkChild(sites.end(sites.ids, "Moved"), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.isUndefined(moved.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.isDefined(moved.pollUnsafe())
      assert.deepStrictEqual(sites.ids, [])
    })
  )

  it.effect("F2: a site that did not end in time is not waited for once more", () =>
    Effect.gen(function* () {
      const { abandoned, endedOf, sites } = yield* makeSite("1 hour")
      const unwanted = yield* Effect.forkChild(sites.end([id], "Unwanted"), { startImmediately: true })
      yield* TestClock.adjust(stopTimeout)
      assert.isDefined(unwanted.pollUnsafe())
      const moved = yield* Effect.forkChild(sites.end(sites.ids, "Moved"), { startImmediately: true })
      yield* TestClock.adjust(1)
      assert.isDefined(moved.pollUnsafe())
      assert.deepStrictEqual(abandoned, [id])
      // It makes room for its next activation, which its end does not touch.
      assert.deepStrictEqual([sites.ids, endedOf()], [[], 1])
      yield* sites.start(id, Effect.never)
      yield* TestClock.adjust("2 hours")
      assert.deepStrictEqual([sites.ids, endedOf()], [[id], 1])
    })
  )

  it.effect("F2: a site that begins as its bucket goes is ended with it, at whatever moment that is", () =>
    Effect.gen(function* () {
      for (const [opsMax, turns] of [3, 4, 5, 6].flatMap((max) =>
        Array.from({ length: 8 }, (_, count) => [max, count] as const)
      )) {
        let living = 0
        const life = Effect.acquireUseRelease(
          Effect.sync(() => void (living += 1)),
          () => Effect.never,
          () => Effect.sync(() => void (living -= 1))
        )
        const sites = new Sites({ ended: () => {}, abandoned: () => {} })
        // It lets others go on after so many operations.
        const starting = yield* Effect.forkChild(
          Effect.provideService(sites.start(id, life), Scheduler.MaxOpsBeforeYield, opsMax)
        )
        for (let count = 0; count < turns; count++) yield* Effect.yieldNow
        yield* Fiber.interrupt(starting)
        yield* sites.end(sites.ids, "Moved")
        yield* TestClock.adjust(1)
        assert.strictEqual(living, 0, `after ${turns} turns of ${opsMax} operations`)
      }
    })
  )
})
