/** Clients for tests. */
import type { ClientOptions } from "@effect-dispatch/client/ClientConfig"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Context, Effect, Layer, Random } from "effect"

export const microgridId = MicrogridId.make(1n)
export const id = (number: bigint): DispatchId => DispatchId.make(number)

/** Retries come at once: chance always says nothing. */
export const withoutDelay = Effect.provideService(Random.Random, {
  nextIntUnsafe: () => 0,
  nextDoubleUnsafe: () => 0
})

/** A client for the life of the scope. */
export const clientOf = (
  service: { readonly url: string } | string,
  options: Omit<ClientOptions, "url"> = {}
) =>
  Effect.map(
    Layer.build(
      Layer.fresh(
        DispatchClientGrpc.layer({ url: typeof service === "string" ? service : service.url, ...options })
      )
    ),
    (context) => Context.get(context, DispatchClient)
  )
