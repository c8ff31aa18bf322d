import { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { patient } from "../../src/handlers/site.ts"
import { at } from "../fixtures.ts"

const since = at("2026-03-27T10:00:00Z")
const connecting = SyncStatus.Connecting({})
const inSync = SyncStatus.Synchronised({ since })
const stale = (cause: string) => SyncStatus.Stale({ since, cause })

/** The lines told of statuses, each of which lasts some milliseconds. */
const told = (...statuses: ReadonlyArray<readonly [SyncStatus, number]>) =>
  Effect.gen(function* () {
    const said: Array<string> = []
    const teller = yield* patient({
      change: () => Effect.void,
      event: () => Effect.void,
      missed: () => Effect.void,
      status: (value) => Effect.sync(() => said.push("cause" in value ? `${value.cause}` : value._tag))
    })
    for (const [status, millis] of statuses) {
      yield* teller.status(status)
      yield* TestClock.adjust(millis)
    }
    return said
  }).pipe(Effect.scoped)

describe("an account that is patient", () => {
  it.effect("says nothing of an actor that is stale for less than a second", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* told([connecting, 5], [stale("kept"), 999], [inSync, 5_000]), [
        "Connecting",
        "Synchronised"
      ])
      assert.deepStrictEqual(yield* told([inSync, 5], [stale("cut"), 999], [inSync, 5_000]), ["Synchronised"])
    })
  )

  it.effect(
    "tells of one that stays stale once, with the latest cause, then of every other, and of its end",
    () =>
      Effect.gen(function* () {
        const said = yield* told(
          [inSync, 5],
          [stale("cut"), 600],
          [stale("refused"), 600],
          [stale("unknown"), 10],
          [inSync, 5]
        )
        assert.deepStrictEqual(said, ["Synchronised", "refused", "unknown", "Synchronised"])
      })
  )

  it.effect("waits anew for each", () =>
    Effect.gen(function* () {
      const said = yield* told(
        [inSync, 5],
        [stale("one"), 600],
        [inSync, 5],
        [stale("two"), 600],
        [inSync, 900]
      )
      assert.deepStrictEqual(said, ["Synchronised"])
    })
  )
})
