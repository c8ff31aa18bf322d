import { DispatcherGrpc } from "@effect-dispatch/client"
import { Dispatcher, MergeStrategy, MicrogridId } from "@effect-dispatch/core"
import { Context, Effect, Layer, Schema, Stream } from "effect"

/** The charger that the application steers. */
export class Charger extends Context.Service<
  Charger,
  { readonly setPower: (watts: number) => Effect.Effect<void> }
>()("example/Charger") {}

const ChargePayload = Schema.Struct({ power_w: Schema.Finite })

/** Charges while any dispatch of the type runs, with the power of the latest one. */
export const Charging = Layer.effectDiscard(
  Effect.gen(function* () {
    const dispatcher = yield* Dispatcher.Dispatcher
    yield* dispatcher.manage(
      "CHARGE",
      Effect.fn(function* (info, updates) {
        if (info._tag === "DryRun") return yield* Effect.log("Would charge", info.payload)
        const charger = yield* Charger
        yield* Effect.addFinalizer(() => charger.setPower(0))
        yield* Stream.runForEach(updates, ({ payload }) => charger.setPower(payload.power_w))
      }),
      { payload: ChargePayload, merge: MergeStrategy.byType }
    )
  })
)

export const Application = Charging.pipe(
  Layer.provide(
    DispatcherGrpc.layer({ microgridId: MicrogridId.make(1n), url: "grpc://127.0.0.1:50051?ssl=false" })
  )
)
