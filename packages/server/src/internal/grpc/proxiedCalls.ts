/** Calls of browsers that are handed on to a service elsewhere, with the credentials of this machine. */
import { createHash, timingSafeEqual } from "node:crypto"
import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type MessageShape
} from "@bufbuild/protobuf"
import { ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as RequestSizes from "@effect-dispatch/api/RequestSizes"
import { featuresHeader } from "@effect-dispatch/api/ServiceFeatures"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { type Context, Duration, Effect, Redacted, Stream } from "effect"
import { heartbeatInterval, proxyPingTimeout } from "../../ServiceLimits.ts"
import * as CallStatus from "./callStatus.ts"
import * as ConnectRoutes from "./connectRoutes.ts"
import type { Message } from "./route.ts"
import * as Guard from "../web/guard.ts"
import type { RemoteService } from "../web/remoteService.ts"
import type { Handler, WebResponse } from "../web/webRequests.ts"

/** The parts that calls are handed on by. */
export interface ProxyParts {
  readonly remote: RemoteService
  readonly token: Redacted.Redacted
  readonly services: Context.Context<never>
  /** Fails when streams shall end. */
  readonly stopping: Effect.Effect<never, DispatchError>
}

/** The header by which a page shows the token. */
const tokenHeader = "dispatch-console-token"

/** Makes the handler of calls. */
export const handler = (parts: ProxyParts): Handler => {
  const adapter = connectNodeAdapter({
    connect: true,
    grpc: false,
    grpcWeb: false,
    requestPathPrefix: Guard.apiPrefix,
    acceptCompression: [],
    routes: (router) => addTo(router, parts)
  })
  const expected = digestOf(Redacted.value(parts.token))
  return (request, response) => {
    const shown = request.headers[tokenHeader]
    if (typeof shown === "string" && timingSafeEqual(digestOf(shown), expected)) adapter(request, response)
    else refuse(response)
  }
}

/** Digests have one length, and take one time to compare. */
const digestOf = (text: string): Uint8Array => createHash("sha256").update(text).digest()

const refusal = {
  code: "unauthenticated",
  message: "this tab does not know the address of the console, which the terminal shows where it runs"
}

const refuse = (response: WebResponse): void => {
  response.statusCode = 401
  response.setHeader("content-type", "application/json")
  response.end(JSON.stringify(refusal))
}

const addTo = (router: ConnectRouter, parts: ProxyParts): void => {
  const { streamMicrogridDispatches: _, ...ofDispatches } = Protobuf.MicrogridDispatchService.method
  const { watchMicrogrid: __, ...ofConsole } = Protobuf.ConsoleService.method
  // A page reads reports. Only sites make them.
  const { reportRuns: ___, ...ofReports } = Protobuf.ReportService.method
  const methods: ReadonlyArray<DescMethodUnary> = [
    ...Object.values(ofDispatches),
    ...Object.values(ofConsole),
    ...Object.values(ofReports)
  ]
  for (const method of methods) {
    const options = { readMaxBytes: RequestSizes.bytesMaxOf(method.name) }
    router.rpc(method, (message, context) => answer(parts, method, { message, context }), options)
  }
  router.rpc(watchMicrogrid, (message, context) => follow(parts, context, watched(parts, message, context)), {
    readMaxBytes: RequestSizes.bytesMaxOf(watchMicrogrid.name)
  })
}

const { watchMicrogrid } = Protobuf.ConsoleService.method
const { streamMicrogridDispatches } = Protobuf.MicrogridDispatchService.method

/** A call as it came from the page. */
interface Asked {
  readonly message: Message
  readonly context: HandlerContext
}

const answer = (
  { remote }: ProxyParts,
  method: DescMethodUnary,
  { context, message }: Asked
): Promise<Message> =>
  remote.transport
    .unary(method, context.signal, context.timeoutMs(), headersOf(context), message)
    .then((answered) => {
      handOn(answered.header, context)
      return answered.message
    })
    .catch((thrown: unknown) => Promise.reject(failed(remote, method.name, thrown)))

/** The metadata of a page that a service is to see. */
const headersOf = ({ requestHeader }: HandlerContext): Headers => {
  const condition = requestHeader.get("if-update-time")
  return new Headers(condition === null ? {} : { "if-update-time": condition })
}

/** The headers of a service that a page is to see: its clock, not ours, and its features. */
const handOn = (header: Headers, { responseHeader }: HandlerContext): void => {
  for (const name of ["date", featuresHeader]) {
    const value = header.get(name)
    if (value !== null) responseHeader.set(name, value)
  }
}

const failed = (remote: RemoteService, method: string, thrown: unknown): ConnectError =>
  ConnectRoutes.connectError(CallStatus.ofError(method, remote.failureOf(thrown)))

type Frames<A> = Stream.Stream<A, ConnectError>

/** A stream ends when the page has gone, and when we do. */
const follow = <A>(
  { services, stopping }: ProxyParts,
  { signal }: HandlerContext,
  told: Frames<A>
): AsyncIterable<A> =>
  Stream.toAsyncIterableWith(
    told.pipe(
      Stream.interruptWhen(gone(signal)),
      Stream.interruptWhen(
        Effect.mapError(stopping, (error) =>
          ConnectRoutes.connectError(CallStatus.ofError(watchMicrogrid.name, error))
        )
      )
    ),
    services
  )

/** A stream that waits for its next element would not notice that its reader has gone. */
const gone = (signal: AbortSignal): Effect.Effect<never> =>
  Effect.callback((resume) => {
    const onAbort = () => resume(Effect.interrupt)
    if (signal.aborted) return onAbort()
    signal.addEventListener("abort", onAbort, { once: true })
    return Effect.sync(() => signal.removeEventListener("abort", onAbort))
  })

type Watched = MessageShape<typeof Protobuf.WatchMicrogridResponseSchema>

/** The stream for consoles; where a service has none, it is made of the plain one and of our own pings. */
const watched = (
  parts: ProxyParts,
  { microgridId }: MessageShape<typeof Protobuf.WatchMicrogridRequestSchema>,
  context: HandlerContext
): Frames<Watched> => {
  const request = create(Protobuf.WatchMicrogridRequestSchema, { microgridId })
  return Stream.catchIf(
    opened(parts, watchMicrogrid, { message: request, context }),
    ({ code }) => code === unimplemented,
    () => made(parts, microgridId, context)
  )
}

const unimplemented = 12

const made = (parts: ProxyParts, microgridId: bigint, context: HandlerContext): Frames<Watched> => {
  const message = create(Protobuf.StreamMicrogridDispatchesRequestSchema, { microgridId })
  const events = Stream.map(opened(parts, streamMicrogridDispatches, { message, context }, ready), (told) =>
    told.$typeName === ready.$typeName ? told : kindOf({ case: "event", value: told })
  )
  return Stream.merge(events, beats(parts.remote), { haltStrategy: "left" })
}

const kindOf = (kind: Watched["kind"]): Watched => create(Protobuf.WatchMicrogridResponseSchema, { kind })
const ready = create(Protobuf.WatchMicrogridResponseSchema, { kind: { case: "ready", value: {} } })
const heartbeat = create(Protobuf.WatchMicrogridResponseSchema, { kind: { case: "heartbeat", value: {} } })

/** Signs of life: a ping that is answered, by a refusal as well. One that is not is no sign. */
const beats = (remote: RemoteService): Stream.Stream<Watched> =>
  Stream.fromEffectRepeat(Effect.delay(isAlive(remote), heartbeatInterval)).pipe(
    Stream.filter((alive) => alive),
    Stream.map(() => heartbeat)
  )

const { check } = Protobuf.Health.method

const isAlive = ({ failureOf, transport }: RemoteService): Effect.Effect<boolean> =>
  Effect.tryPromise({
    try: (signal) =>
      transport.unary(check, signal, Duration.toMillis(proxyPingTimeout), new Headers(), { service: "" }),
    catch: failureOf
  }).pipe(
    Effect.match({
      onSuccess: () => true,
      onFailure: ({ reason }) => reason._tag !== "Unavailable" && reason._tag !== "DeadlineExceeded"
    })
  )

/** A stream of the service; `first` goes before it once the service has confirmed it. */
const opened = <I extends DescMessage, O extends DescMessage, A = never>(
  { remote }: ProxyParts,
  method: DescMethodServerStreaming<I, O>,
  { context, message }: { readonly message: MessageShape<I>; readonly context: HandlerContext },
  ...first: ReadonlyArray<A>
): Frames<MessageShape<O> | A> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { signal } = yield* Effect.acquireRelease(
        Effect.sync(() => new AbortController()),
        (controller) => Effect.sync(() => controller.abort())
      )
      const fail = (thrown: unknown) => failed(remote, method.name, thrown)
      const answered = yield* Effect.tryPromise({
        try: () => remote.transport.stream(method, signal, undefined, headersOf(context), only(message)),
        catch: fail
      })
      return Stream.concat(Stream.fromIterable(first), Stream.fromAsyncIterable(answered.message, fail))
    })
  )

const only = <A>(message: A): AsyncIterable<A> => Stream.toAsyncIterable(Stream.succeed(message))
