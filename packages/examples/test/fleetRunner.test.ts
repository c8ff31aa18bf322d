import { DispatchClient, Dispatcher, MicrogridId, Target } from "@effect-dispatch/core"
import { FencingToken } from "@effect-dispatch/fleet"
import { ServiceClient } from "@effect-dispatch/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { Inverters, runnerOf, Site } from "../src/fleetRunner.ts"

const microgridId = MicrogridId.make(7n)
const Dispatching = Dispatcher.layerWithClient({ microgridId }).pipe(
  Layer.provideMerge(ServiceClient.layerMemory)
)

describe("the code of a site in a fleet", () => {
  it.effect("sets powers with its token, and nothing after its end", () =>
    Effect.gen(function* () {
      const orders: Array<readonly [number, bigint]> = []
      const inverters = Inverters.of({
        setPower: (watts, { epoch }) => Effect.sync(() => void orders.push([watts, epoch]))
      })
      const token = FencingToken.FencingToken.of({ microgridId, epoch: 3n, confirm: Effect.void })
      yield* Layer.build(Site).pipe(
        Effect.provideService(Inverters, inverters),
        Effect.provideService(FencingToken.FencingToken, token)
      )
      const client = yield* DispatchClient.DispatchClient
      yield* client.create(microgridId, {
        type: "CHARGE",
        startTime: "NOW",
        duration: "20 minutes",
        target: Target.componentCategories("BATTERY"),
        payload: { power_w: 5_000 }
      })
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(orders, [
        [5_000, 3n],
        [0, 3n]
      ])
    }).pipe(Effect.scoped, Effect.provide(Dispatching))
  )

  it.live("needs a database", () =>
    Effect.gen(function* () {
      const url = Redacted.make("postgres://fleet:secret@127.0.0.1:1/fleet")
      const Runner = runnerOf(url, "grpc://127.0.0.1:1?ssl=false", "127.0.0.1:7070")
      const setPower = () => Effect.void
      const failed = Layer.build(Runner).pipe(Effect.provideService(Inverters, Inverters.of({ setPower })))
      assert.strictEqual((yield* Effect.flip(failed))._tag, "FleetError")
    }).pipe(Effect.scoped)
  )
})
