import * as FleetNode from "@effect-dispatch/fleet/FleetNode"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"

describe("FleetError", () => {
  it.live("says why the database cannot be used, not in which part of the program that was noticed", () =>
    Effect.gen(function* () {
      const url = Redacted.make("postgres://fleet:secret@127.0.0.1:1/fleet")
      const { message } = yield* Effect.flip(Layer.build(FleetNode.layerClient({ url })))
      assert.strictEqual(message, "The database cannot be used: connect ECONNREFUSED 127.0.0.1:1")
    }).pipe(Effect.scoped)
  )
})
