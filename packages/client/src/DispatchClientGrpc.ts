/**
 * A client of the dispatch service over gRPC.
 *
 * @since 0.1.0
 */
import * as CreateCodec from "@effect-dispatch/api/CreateCodec"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import type { Dispatch as Message, ListMicrogridDispatchesRequest } from "@effect-dispatch/api/Protobuf"
import * as UpdateCodec from "@effect-dispatch/api/UpdateCodec"
import { type DispatchCalls, DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { type Config, Effect, Layer, type Scope, Stream } from "effect"
import * as SecureRandom from "effect/crypto/SecureRandom"
import { type CheckedOptions, check, type ClientOptions, fromEnvironment } from "./ClientConfig.ts"
import type { ClientConfigError } from "./ClientConfigError.ts"
import type { DispatchUrlError } from "./DispatchUrl.ts"
import * as Credentials from "./Credentials.ts"
import { withExtensions } from "./internal/extensionCalls.ts"
import * as Calls from "./internal/calls.ts"
import * as CallSpans from "./internal/callSpans.ts"
import * as EventStream from "./internal/eventStream.ts"
import { encoded, malformed, unreadable } from "./internal/failure.ts"
import { list } from "./internal/listing.ts"

const fromOptions = <E>(
  client: Effect.Effect<DispatchClient["Service"], E, SecureRandom.SecureRandom | Scope.Scope>
): Layer.Layer<DispatchClient, E> =>
  Layer.effect(DispatchClient, client).pipe(Layer.provide(SecureRandom.layerWebCrypto))

/**
 * The client of a service, for the life of the layer. It connects with the first call, and again after a loss.
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
): Layer.Layer<DispatchClient, DispatchUrlError | ClientConfigError> =>
  fromOptions(Effect.flatMap(check(options, names), make))

/**
 * The client of the service that the environment names: `DISPATCH_API_URL`, and `DISPATCH_API_AUTH_KEY` with
 * `DISPATCH_API_SIGN_SECRET`, or else `FREQUENZ_API_KEY` with `FREQUENZ_API_SECRET`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig: Layer.Layer<
  DispatchClient,
  DispatchUrlError | ClientConfigError | Config.ConfigError
> = fromOptions(
  Effect.gen(function* () {
    return yield* make(yield* check(yield* fromEnvironment, variableNames))
  })
)

/** Either pair of variables will do. */
const variableNames: Credentials.Names = {
  authKey: Credentials.variables.map(({ authKey }) => authKey).join(" or "),
  signSecret: Credentials.variables.map(({ signSecret }) => signSecret).join(" or ")
}

/** A missing part of an answer cannot be made up. */
const decoded = (message: Message | undefined) =>
  message === undefined
    ? Effect.fail(malformed("the dispatch is missing"))
    : Effect.mapError(Effect.fromResult(DispatchCodec.decodeDispatch(message)), unreadable)

const make = Effect.fnUntraced(function* (options: CheckedOptions) {
  const calls = yield* Calls.make(options)
  const { promises, unary } = calls
  const listPage = (request: ListMicrogridDispatchesRequest) =>
    Calls.retrying(
      unary("listMicrogridDispatches", (options) => promises.listMicrogridDispatches(request, options))
    )

  /** A listing of one row, only to hear what the service announces. */
  const ask = (microgridId: MicrogridId) =>
    Stream.runDrain(Stream.take(list(listPage, microgridId, { pageSize: 1 }), 1))

  const plain: DispatchCalls = {
    list: (microgridId, options = {}) =>
      Stream.withSpan(list(listPage, microgridId, options), "DispatchClient.list"),
    stream: Effect.fn("DispatchClient.stream")((microgridId) => EventStream.open(calls, microgridId)),
    create: Effect.fnUntraced(function* (microgridId, dispatch) {
      const request = yield* encoded(CreateCodec.encode(microgridId, dispatch))
      const response = yield* unary("createMicrogridDispatch", (options) =>
        promises.createMicrogridDispatch(request, options)
      )
      return yield* decoded(response.dispatch)
    }, CallSpans.named("DispatchClient.create")),
    update: Effect.fnUntraced(function* (microgridId, id, changes, { ifUpdateTime } = {}) {
      const request = yield* encoded(UpdateCodec.encode(microgridId, id, changes))
      const response = yield* unary(
        "updateMicrogridDispatch",
        (options) => promises.updateMicrogridDispatch(request, options),
        ifUpdateTime === undefined ? {} : { "if-update-time": String(ifUpdateTime) }
      )
      return yield* decoded(response.dispatch)
    }, CallSpans.named("DispatchClient.update")),
    get: Effect.fnUntraced(function* (microgridId, dispatchId) {
      const response = yield* Calls.retrying(
        unary("getMicrogridDispatch", (options) =>
          promises.getMicrogridDispatch({ microgridId, dispatchId }, options)
        )
      )
      return yield* decoded(response.dispatch)
    }, CallSpans.named("DispatchClient.get")),
    delete: Effect.fnUntraced(function* (microgridId, dispatchId) {
      yield* unary("deleteMicrogridDispatch", (options) =>
        promises.deleteMicrogridDispatch({ microgridId, dispatchId }, options)
      )
    }, CallSpans.named("DispatchClient.delete")),
    clockReadings: calls.clockReadings
  }
  return DispatchClient.of({ ...plain, ...withExtensions(plain, calls.features, ask) })
})
