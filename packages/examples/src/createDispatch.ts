import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchClient, MicrogridId, Target } from "@effect-dispatch/core"
import { Duration, Effect, Stream } from "effect"

const microgridId = MicrogridId.make(1n)

/** Discharges two batteries for a while, and gives the number of dispatches there are now. */
export const dischargeFor = (duration: Duration.Duration, watts: number) =>
  Effect.gen(function* () {
    const client = yield* DispatchClient.DispatchClient
    const dispatch = yield* client.create(microgridId, {
      type: "DISCHARGE",
      startTime: "NOW",
      duration,
      target: Target.componentIds(1n, 2n),
      payload: { power_w: watts }
    })
    const count = yield* Stream.runCount(client.list(microgridId, { filter: { active: true } }))
    return { dispatch, count }
  }).pipe(
    Effect.catchReason("DispatchError", "InvalidArgument", ({ field, message }) =>
      Effect.die(`The service does not take ${field}: ${message}`)
    )
  )

/** Run with `Effect.runPromise`, it asks the service that `DISPATCH_API_URL` names. */
export const program = dischargeFor(Duration.minutes(20), 5_000).pipe(
  Effect.provide(DispatchClientGrpc.layerConfig)
)
