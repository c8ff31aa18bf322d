/**
 * The controller of a site: it charges and limits as the dispatches of microgrid 1 say. Beside a service
 * (`pnpm dispatch serve`), run `pnpm --filter @effect-dispatch/examples start:site`, and give it something to do:
 *
 *     pnpm dispatch create 1 CHARGE EV_CHARGER now 20s --payload '"power_w": 11000'
 */
import { DispatcherGrpc } from "@effect-dispatch/client"
import { Dispatcher, MicrogridId } from "@effect-dispatch/core"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { ConfigProvider, Effect, Layer, Schema, Stream } from "effect"
import { Charger, Charging } from "./charging.ts"

/** A real site would speak to its hardware here. */
const Hardware = Layer.succeed(Charger, {
  setPower: (watts) => Effect.log(`The charger gets ${watts} W`)
})

/** A limit is given up when its state has been unknown for a quarter of an hour. */
const Limiting = Layer.effectDiscard(
  Effect.gen(function* () {
    const dispatcher = yield* Dispatcher.Dispatcher
    yield* dispatcher.manage(
      "PEAK_SHAVING",
      Effect.fn(function* (info, updates) {
        if (info._tag === "DryRun") return
        yield* Effect.addFinalizer(() => Effect.log("No limit"))
        yield* Stream.runForEach(updates, ({ payload }) => Effect.log(`At most ${payload.limit_w} W`))
      }),
      { payload: Schema.Struct({ limit_w: Schema.Finite }), whenStale: { stopAfter: "15 minutes" } }
    )
  })
)

/** Says when it is ready; the dispatcher reports outages by itself. */
const Greeting = Layer.effectDiscard(
  Effect.flatMap(Dispatcher.Dispatcher, ({ initialized }) =>
    Effect.forkScoped(Effect.andThen(initialized, Effect.log("In sync: waiting for dispatches")))
  )
)

const Site = DispatcherGrpc.layerConfig({
  microgridId: MicrogridId.make(1n),
  // Announcements are known after a restart, so that everything that must not run any more is stopped.
  persistence: ".dispatch/site-controller"
}).pipe(
  // The service on this machine, unless DISPATCH_API_URL names another.
  Layer.provide(
    ConfigProvider.layerAdd(
      ConfigProvider.fromUnknown({ DISPATCH_API_URL: "grpc://127.0.0.1:50051?ssl=false" })
    )
  )
)

Layer.mergeAll(Charging, Limiting, Greeting).pipe(
  Layer.provide([Site, Hardware]),
  Layer.launch,
  NodeRuntime.runMain
)
