import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import { stopTimeout } from "../../../src/FleetLimits.ts"
import { Sites } from "../../../src/internal/runner/sites.ts"

const id = MicrogridId.make(7n)

/** A site that takes so long to end. */
const makeSite = Effect.fnUntraced(function* (takes: Duration.Input) {
  const sites = new Sites(() => {})
  yield* sites.start(id, Effect.ensuring(Effect.never, Effect.sleep(takes)))
  yield* TestClock.adjust(1)
  return sites
})

describe("F2: the sites of a bucket", () => {
  it.effect("F2: a bucket that goes waits for a site that was ending before", () =>
    Effect.gen(function* () {
      const sites = yield* makeSite("3 seconds")
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
      const sites = yield* makeSite("1 hour")
      const unwanted = yield* Effect.forkChild(sites.end([id], "Unwanted"), { startImmediately: true })
      yield* TestClock.adjust(stopTimeout)
      assert.isDefined(unwanted.pollUnsafe())
      const moved = yield* Effect.forkChild(sites.end(sites.ids, "Moved"), { startImmediately: true })
      yield* TestClock.adjust(1)
      assert.isDefined(moved.pollUnsafe())
      assert.deepStrictEqual(sites.ids, [id])
    })
  )
})
