import { Fenced } from "@effect-dispatch/core/SitePersistence"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import { GuardedStore } from "../../../src/internal/site/guardedStore.ts"
import { UnreliableStore } from "./unreliableStore.ts"

const errorWith = (cause: unknown) =>
  new KeyValueStore.KeyValueStoreError({ method: "set", key: "a", message: "no", cause })

describe("a guarded store", () => {
  it.effect("S10: is fenced by a refusal for good, also if it comes among other failures", () =>
    Effect.gen(function* () {
      const fails = [
        Cause.fail(errorWith(undefined)),
        Cause.die("a defect"),
        Cause.fail(errorWith(new Fenced({ message: "taken" })))
      ]
      for (const [count, tag] of [
        [2, "NotDone"],
        [3, "Fenced"]
      ] as const) {
        const failure = fails.slice(0, count).reduce((all, one) => Cause.combine(all, one))
        const store = { ...new UnreliableStore().store, set: () => Effect.failCause(failure) }
        const guarded = new GuardedStore(store, {
          recordTimeout: Duration.seconds(5),
          returnedLate: () => {}
        })
        assert.strictEqual((yield* Effect.flip(guarded.put("a", "text")))._tag, tag)
      }
    })
  )
})
