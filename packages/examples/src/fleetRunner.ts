import { DispatchClientGrpc } from "@effect-dispatch/client"
import { Dispatcher } from "@effect-dispatch/core"
import { FencingToken, FleetNode, FleetRunner } from "@effect-dispatch/fleet"
import { Context, Effect, Layer, type Redacted, Schema, Stream } from "effect"

/** The inverters of all microgrids. They refuse an order whose epoch is lower than the highest they have seen. */
export class Inverters extends Context.Service<
  Inverters,
  { readonly setPower: (watts: number, token: FencingToken.Token) => Effect.Effect<void> }
>()("example/Inverters") {}

const ChargePayload = Schema.Struct({ power_w: Schema.Finite })

/** The code beside the dispatcher of each microgrid, where that lives. */
export const Site = Layer.effectDiscard(
  Effect.gen(function* () {
    const dispatcher = yield* Dispatcher.Dispatcher
    const token = yield* FencingToken.FencingToken
    const inverters = yield* Inverters
    const setPower = (watts: number) => Effect.andThen(token.confirm, inverters.setPower(watts, token))
    yield* dispatcher.manage(
      "CHARGE",
      (info, updates) =>
        info._tag === "DryRun"
          ? Effect.void
          : Effect.ensuring(
              Stream.runForEach(updates, ({ payload }) => setPower(payload.power_w)),
              inverters.setPower(0, token)
            ),
      { payload: ChargePayload }
    )
  })
)

/** One process of the fleet: `Layer.launch` runs it. */
export const runnerOf = (database: Redacted.Redacted, service: string, address: string) =>
  FleetRunner.layer({ site: Site }).pipe(
    Layer.provide(FleetNode.layer({ name: "prod", url: database, address })),
    Layer.provide(DispatchClientGrpc.layer({ url: service }))
  )
