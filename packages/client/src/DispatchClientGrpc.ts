/**
 * A client of the dispatch service over gRPC.
 *
 * @since 0.1.0
 */
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { type Config, Context, Effect, Layer } from "effect"
import { type CheckedOptions, check, type ClientOptions, fromEnvironment } from "./ClientConfig.ts"
import type { ClientConfigError } from "./ClientConfigError.ts"
import { address, type DispatchUrlError } from "./DispatchUrl.ts"
import * as Credentials from "./Credentials.ts"
import * as Calls from "./internal/calls.ts"
import * as Connection from "./internal/connection.ts"
import * as EventStream from "./internal/eventStream.ts"
import { ofTransport } from "./internal/nodeFailure.ts"
import * as Remote from "./internal/remote.ts"
import * as ReportCalls from "./internal/reportCalls.ts"
import * as ReportClient from "./ReportClient.ts"

/**
 * The client of a service, and that for its reports of runs, for the life of the layer. It connects with the first call, and again after a loss.
 *
 * `list` and `get` are tried again after passing failures, up to `retriesMax` times; `create`, `update` and `delete`
 * never are, because the service may have done them. Every call but a stream fails with `DeadlineExceeded` after the
 * call's timeout. With a secret every call is signed, each time anew. `names` are the user's names for a key and its
 * secret.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchClientGrpc } from "@effect-dispatch/client"
 * import { DispatchClient, DispatchId, MicrogridId } from "@effect-dispatch/core"
 * import { DispatchService, DispatchStoreMemory, GrpcServer } from "@effect-dispatch/server"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const client = yield* DispatchClient.DispatchClient
 *   const error = yield* Effect.flip(client.get(MicrogridId.make(1n), DispatchId.make(7n)))
 *   assert.strictEqual(error.reason._tag, "NotFound")
 * })
 * const Service = GrpcServer.layer({ port: 0 }).pipe(
 *   Layer.provide(DispatchService.layer),
 *   Layer.provide(DispatchStoreMemory.layer)
 * )
 * const Client = Layer.unwrap(
 *   Effect.map(GrpcServer.GrpcServer, ({ port }) =>
 *     DispatchClientGrpc.layer({ url: `grpc://127.0.0.1:${port}?ssl=false`, callTimeout: "5 seconds" })
 *   )
 * )
 * await Effect.runPromise(Effect.provide(program, Layer.provide(Client, Service)))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: ClientOptions,
  names?: Credentials.Names
): Layer.Layer<DispatchClient | ReportClient.ReportClient, DispatchUrlError | ClientConfigError> =>
  Layer.effectContext(Effect.flatMap(check(options, names), make))

/**
 * The client of the service that the environment names: `DISPATCH_API_URL`, and `DISPATCH_API_AUTH_KEY` with
 * `DISPATCH_API_SIGN_SECRET`, or else `FREQUENZ_API_KEY` with `FREQUENZ_API_SECRET`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig: Layer.Layer<
  DispatchClient | ReportClient.ReportClient,
  DispatchUrlError | ClientConfigError | Config.ConfigError
> = Layer.effectContext(
  Effect.gen(function* () {
    return yield* make(yield* check(yield* fromEnvironment, variableNames))
  })
)

/** Either pair of variables will do. */
const variableNames: Credentials.Names = {
  authKey: Credentials.variables.map(({ authKey }) => authKey).join(" or "),
  signSecret: Credentials.variables.map(({ signSecret }) => signSecret).join(" or ")
}

const make = Effect.fnUntraced(function* (options: CheckedOptions) {
  const { url } = options
  const transport = yield* Connection.make(options)
  const route = { transport, where: address(url), ofTransport: ofTransport(url) }
  const calls = yield* Calls.make(options, route)
  const client = Remote.make(calls, (microgridId) => EventStream.open(calls, microgridId))
  return Context.make(DispatchClient, client).pipe(
    Context.add(ReportClient.ReportClient, ReportCalls.make(calls))
  )
})
