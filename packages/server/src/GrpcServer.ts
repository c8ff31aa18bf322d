/**
 * The dispatch service on gRPC over HTTP/2.
 *
 * @since 0.1.0
 */
import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { create } from "@bufbuild/protobuf"
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createContextKey,
  createContextValues
} from "@connectrpc/connect"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import type { CodecError } from "@effect-dispatch/api/CodecError"
import * as CreateCodec from "@effect-dispatch/api/CreateCodec"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import * as ListCodec from "@effect-dispatch/api/ListCodec"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as UpdateCodec from "@effect-dispatch/api/UpdateCodec"
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DeadlineExceeded, DispatchClientError, Protocol } from "@effect-dispatch/core/DispatchClientError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Context, Effect, Layer, Result, Schema, Stream } from "effect"
import { DispatchService } from "./DispatchService.ts"
import { serverStream, unary } from "./internal/grpcBridge.ts"
import * as Http2Sessions from "./internal/http2Sessions.ts"
import { invalid } from "./internal/validation.ts"
import { callDuration } from "./ServiceLimits.ts"

/**
 * The server could not listen.
 *
 * @category errors
 * @since 0.1.0
 */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  reason: Schema.Literals(["AddressInUse", "AddressNotAvailable", "PermissionDenied", "Other"]),
  message: Schema.String
}) {}

/**
 * Where to listen.
 *
 * @category models
 * @since 0.1.0
 */
export interface GrpcServerOptions {
  /** A name or address of this machine: `127.0.0.1` unless given, which only this machine can reach. */
  readonly host?: string | undefined
  /** A port, or 0 for any that is free. */
  readonly port: number
}

/**
 * A server that listens. Calls are answered in plain text; the service is reached only from where `host` can be.
 *
 * @category services
 * @since 0.1.0
 */
export class GrpcServer extends Context.Service<
  GrpcServer,
  {
    readonly host: string
    /** The port it listens on, also where 0 was asked for. */
    readonly port: number
  }
>()("@effect-dispatch/server/GrpcServer") {
  /**
   * Listens for the life of the layer. Stopping ends event streams at once with `UNAVAILABLE`, lets other calls end
   * for `shutdownGrace`, then cuts off what is left.
   */
  static readonly layer = (
    options: GrpcServerOptions
  ): Layer.Layer<GrpcServer, ListenError, DispatchService> => Layer.effect(GrpcServer, serve(options))
}

/** Lets the handler of a stream send the headers of its response before there is a message. */
const sendHeaders = createContextKey<() => void>(() => {})

const serve = Effect.fnUntraced(function* ({ host = "127.0.0.1", port }: GrpcServerOptions) {
  const services = yield* Effect.context<DispatchService>()
  // It carries its own reason to every open call.
  // @effect-diagnostics-next-line abortControllerInEffect:off
  const shutdown = new AbortController()
  const responses = new WeakMap<http2.Http2ServerRequest, http2.Http2ServerResponse>()
  const handle = connectNodeAdapter({
    routes: routes(services),
    grpc: true,
    grpcWeb: false,
    connect: false,
    readMaxBytes: WireLimits.requestBytesMax,
    // Headers that are sent early cannot announce a compression any more.
    acceptCompression: [],
    shutdownSignal: shutdown.signal,
    contextValues: (request) => createContextValues().set(sendHeaders, () => flush(request, responses))
  })
  const server = http2.createServer({}, (request, response) => {
    responses.set(request, response)
    handle(request, response)
  })
  yield* Http2Sessions.watch(server)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => shutdown.abort(new ConnectError("the service is shutting down", Code.Unavailable)))
  )
  yield* listen(server, host, port)
  return GrpcServer.of({ host, port: (server.address() as AddressInfo).port })
})

const listen = (server: http2.Http2Server, host: string, port: number): Effect.Effect<void, ListenError> =>
  Effect.callback((resume) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      resume(Effect.fail(listenError(error, host, port)))
    )
    server.listen(port, host, () => resume(Effect.void))
  })

const listenReasons: { readonly [code: string]: readonly [ListenError["reason"], string] } = {
  EADDRINUSE: ["AddressInUse", "is in use by another process"],
  EADDRNOTAVAIL: ["AddressNotAvailable", "is not an address of this machine"],
  ENOTFOUND: ["AddressNotAvailable", "is not known"],
  EACCES: ["PermissionDenied", "may not be used by this user"]
}

const listenError = (error: NodeJS.ErrnoException, host: string, port: number): ListenError => {
  const [reason, what] =
    listenReasons[error.code ?? ""] ?? (["Other", `cannot be used: ${error.message}`] as const)
  return new ListenError({ reason, message: `${host}:${port} ${what}` })
}

type Request = Parameters<NonNullable<Parameters<typeof connectNodeAdapter>[0]["contextValues"]>>[0]

const flush = (
  request: Request,
  responses: WeakMap<http2.Http2ServerRequest, http2.Http2ServerResponse>
): void => {
  const response = responses.get(request as http2.Http2ServerRequest)
  if (response === undefined || response.headersSent) return
  response.writeHead(200, { "content-type": request.headers["content-type"] ?? "application/grpc+proto" })
  // What connect writes later has been said.
  response.writeHead = () => response
}

const routes =
  (services: Context.Context<DispatchService>) =>
  (router: ConnectRouter): void => {
    const call = unary(services)
    const stream = serverStream(services)
    router.service(Protobuf.MicrogridDispatchService, {
      listMicrogridDispatches: call((message) => bounded(list(message))),
      getMicrogridDispatch: call((message) => bounded(get(message))),
      createMicrogridDispatch: call((message) => bounded(createDispatch(message))),
      updateMicrogridDispatch: call((message, { requestHeader }) =>
        bounded(update(message, requestHeader.get("if-update-time") ?? undefined))
      ),
      deleteMicrogridDispatch: call((message) => bounded(remove(message))),
      streamMicrogridDispatches: stream((message, { values }) => events(message, values.get(sendHeaders)))
    })
  }

const bounded = <A, R>(effect: Effect.Effect<A, DispatchClientError, R>) =>
  Effect.timeoutOrElse(effect, {
    duration: callDuration,
    orElse: () =>
      Effect.fail(
        new DispatchClientError({
          reason: new DeadlineExceeded({ message: "the service took too long to answer" })
        })
      )
  })

const decoded = <A>(result: Result.Result<A, CodecError>): Effect.Effect<A, DispatchClientError> =>
  Effect.mapError(Effect.fromResult(result), ({ message, path }) => invalid(path, message))

/** What the service holds can always be written; should it not, that is a fault of the service. */
const encoded = <A>(result: Result.Result<A, CodecError>): Effect.Effect<A, DispatchClientError> =>
  Effect.mapError(
    Effect.fromResult(result),
    ({ message, path }) =>
      new DispatchClientError({ reason: new Protocol({ message: `${path}: ${message}` }) })
  )

const encodeDispatch = (dispatch: Dispatch) => encoded(DispatchCodec.encodeDispatch(dispatch))

const list = Effect.fnUntraced(function* (message: Protobuf.ListMicrogridDispatchesRequest) {
  const service = yield* DispatchService
  const { filter, microgridId, page, sort } = yield* decoded(ListCodec.decode(message))
  const { dispatches, nextPageToken, totalItems } = yield* service.list(microgridId, {
    filter,
    sort,
    ...(page === undefined
      ? undefined
      : "token" in page
        ? { pageToken: page.token }
        : { pageSize: page.size })
  })
  return create(Protobuf.ListMicrogridDispatchesResponseSchema, {
    dispatches: yield* Effect.forEach(dispatches, encodeDispatch),
    paginationInfo: { totalItems, ...(nextPageToken === undefined ? undefined : { nextPageToken }) }
  })
})

const get = Effect.fnUntraced(function* ({ dispatchId, microgridId }: Protobuf.GetMicrogridDispatchRequest) {
  const service = yield* DispatchService
  const dispatch = yield* service.get(microgridId as MicrogridId, dispatchId as DispatchId)
  return create(Protobuf.GetMicrogridDispatchResponseSchema, {
    microgridId,
    dispatch: yield* encodeDispatch(dispatch)
  })
})

const createDispatch = Effect.fnUntraced(function* (message: Protobuf.CreateMicrogridDispatchRequest) {
  const service = yield* DispatchService
  const { dispatch, microgridId } = yield* decoded(CreateCodec.decode(message))
  const made = yield* service.create(microgridId, dispatch)
  return create(Protobuf.CreateMicrogridDispatchResponseSchema, { dispatch: yield* encodeDispatch(made) })
})

const update = Effect.fnUntraced(function* (
  message: Protobuf.UpdateMicrogridDispatchRequest,
  condition: string | undefined
) {
  const service = yield* DispatchService
  const { changes, id, microgridId } = yield* decoded(UpdateCodec.decode(message))
  if (condition !== undefined && !/^\d{1,20}$/.test(condition)) {
    return yield* invalid(
      "if-update-time",
      "must be the update time in nanoseconds since 1970, in decimal digits"
    )
  }
  const ifUpdateTime = condition === undefined ? undefined : BigInt(condition)
  const updated = yield* service.update(microgridId, id, changes, { ifUpdateTime })
  return create(Protobuf.UpdateMicrogridDispatchResponseSchema, { dispatch: yield* encodeDispatch(updated) })
})

const remove = Effect.fnUntraced(function* ({
  dispatchId,
  microgridId
}: Protobuf.DeleteMicrogridDispatchRequest) {
  const service = yield* DispatchService
  yield* service.delete(microgridId as MicrogridId, dispatchId as DispatchId)
  return create(Protobuf.DeleteMicrogridDispatchResponseSchema, { microgridId, dispatchId })
})

/** The events of a microgrid. The headers tell the client from when on it misses none. */
const events = ({ microgridId }: Protobuf.StreamMicrogridDispatchesRequest, confirm: () => void) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const service = yield* DispatchService
      const { changes } = yield* service.subscribe(microgridId as MicrogridId)
      yield* Effect.sync(confirm)
      return Stream.mapEffect(changes, ({ dispatch, kind }) =>
        encoded(DispatchCodec.encodeEvent(kind, dispatch))
      )
    })
  )
