/**
 * The same routes for listeners that speak gRPC-Web and Connect as well. Connect serves them; it asks the same gate
 * before it reads anything, and keeps to the same limits.
 */
import { fromBinary } from "@bufbuild/protobuf"
import {
  ConnectError,
  type ConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext
} from "@connectrpc/connect"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import { messageIn } from "@effect-dispatch/api/GrpcFraming"
import type { Status } from "@effect-dispatch/api/GrpcTrailers"
import * as RequestSizes from "@effect-dispatch/api/RequestSizes"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { type Context, Effect, Exit, Stream } from "effect"
import { callDurationMax, stallGrace } from "../../ServiceLimits.ts"
import { pull } from "../backlog.ts"
import { Signal } from "../signal.ts"
import * as Announcement from "./announcement.ts"
import * as CallStatus from "./callStatus.ts"
import * as CallTelemetry from "./callTelemetry.ts"
import { overdue } from "./deadline.ts"
import type { Admitted, Call, Frame, Message, Route } from "./route.ts"
import type { UnreadAnswers } from "./unreadAnswers.ts"

type Adapter = Parameters<typeof connectNodeAdapter>[0]
type NodeHandler = NonNullable<Adapter["fallback"]>
type NodeRequest = Parameters<NonNullable<Adapter["contextValues"]>>[0]

/** A response of either version of HTTP. */
type NodeResponse = Parameters<NodeHandler>[1]

/** The settings of a listener. */
export interface ConnectSettings {
  /** The protocols that are spoken, all of connect's unless given. */
  readonly protocols?: Pick<Adapter, "connect" | "grpc" | "grpcWeb">
  /** The path under which the routes are, if it is not the root. */
  readonly prefix?: string
  /** Counts the bytes of answers until they have been taken. */
  readonly unread?: UnreadAnswers<NodeResponse>
}

/** Makes the handler of an HTTP server of Node, of either version. */
export const handler = <R>(
  routes: ReadonlyArray<Route<R>>,
  services: Context.Context<R>,
  settings: ConnectSettings = {}
): NodeHandler => {
  const telemetry = CallTelemetry.make(services)
  const announcement = Object.entries(Announcement.headersOf(services))
  const { prefix } = settings
  const responses = new WeakMap<NodeRequest, NodeResponse>()
  const adapter = connectNodeAdapter({
    ...(prefix === undefined ? undefined : { requestPathPrefix: prefix }),
    routes: (router) => {
      for (const route of routes) new ConnectRoute(route, services, telemetry, settings).addTo(router)
    },
    acceptCompression: [],
    contextValues: (request) => {
      const response = responses.get(request)
      return createContextValues().set(exchangeKey, response && { request, response })
    }
  })
  return (request, response) => {
    responses.set(request, response)
    for (const [name, value] of announcement) response.setHeader(name, value ?? "")
    adapter(request, response)
  }
}

/** A request and its response. */
interface Exchange {
  readonly request: NodeRequest
  readonly response: NodeResponse
}

const exchangeKey = createContextKey<Exchange | undefined>(undefined)

/** A route among those of connect. What its gate gave goes with the context of the call. */
class ConnectRoute<R> {
  readonly #route: Route<R>
  readonly #services: Context.Context<R>
  readonly #telemetry: CallTelemetry.CallTelemetry<R>
  readonly #settings: ConnectSettings
  readonly #admitted = createContextKey<
    { readonly call: ConnectCall; readonly admitted: Admitted<R> } | undefined
  >(undefined)

  constructor(
    route: Route<R>,
    services: Context.Context<R>,
    telemetry: CallTelemetry.CallTelemetry<R>,
    settings: ConnectSettings
  ) {
    this.#route = route
    this.#services = services
    this.#telemetry = telemetry
    this.#settings = settings
  }

  addTo(router: ConnectRouter): void {
    const { method } = this.#route
    const options = {
      // The settings of the adapter do not count for a method with settings of its own.
      ...this.#settings.protocols,
      readMaxBytes: RequestSizes.bytesMaxOf(method.name),
      requestGate: (context: HandlerContext) => this.#gate(context)
    }
    if (method.methodKind === "unary")
      router.rpc(method, (message, context) => this.#answer(message, context), options)
    else router.rpc(method, (message, context) => this.#follow(message, context), options)
  }

  async #gate(context: HandlerContext): Promise<void> {
    const call = new ConnectCall(this.#route.method, context, this.#services)
    const passed = Effect.tap(this.#route.gate(call), ({ turn }) => turn)
    const admitted = await this.#run(passed, this.#services, context)
    context.values.set(this.#admitted, { call, admitted })
  }

  async #answer(message: Message, context: HandlerContext): Promise<Message> {
    const { admitted, call } = this.#of(context, "Unary")
    const ended = this.#telemetry.begin(call)
    const work = Effect.onExit(this.#telemetry.unary(admitted.answer(message), message, call), (exit) =>
      Effect.sync(() => ended(CallStatus.codeOf(exit)))
    )
    const frame = await this.#run(work, this.#telemetry.servicesOf(message, call), context)
    this.#count(context, admitted.keyId, frame.length)
    return this.#read(frame)
  }

  /** The bytes of an answer count until its response is over. */
  #count(context: HandlerContext, keyId: string | undefined, bytes: number): void {
    const response = context.values.get(exchangeKey)?.response
    const { unread } = this.#settings
    if (response === undefined || unread === undefined || response.destroyed) return
    unread.add(response, keyId, bytes)
    for (const event of ["finish", "close"]) response.once(event, () => unread.forget(response))
  }

  async *#follow(message: Message, context: HandlerContext): AsyncGenerator<Message> {
    const { admitted, call } = this.#of(context, "Stream")
    const opened = this.#telemetry.stream(admitted.answer(message), message, call)
    const events = Stream.scoped(Stream.fromPull(Effect.map(opened, pull)))
    const told = Stream.mapError(Stream.interruptWhen(events, ended(call, context.signal)), (error) =>
      connectError(CallStatus.ofError(call.method.name, error))
    )
    const frames = Stream.map(told, (frame) => this.#read(frame))
    yield* Stream.toAsyncIterableWith(frames, this.#telemetry.servicesOf(message, call))
  }

  /** Connect writes messages in its own way. */
  #read(frame: Frame): Message {
    return fromBinary(this.#route.method.output, messageIn(frame))
  }

  #of<Tag extends Admitted<R>["_tag"]>(context: HandlerContext, tag: Tag) {
    const known = context.values.get(this.#admitted)
    if (known === undefined || known.admitted._tag !== tag) throw new ConnectError("internal error", 13)
    return { call: known.call, admitted: known.admitted as Extract<Admitted<R>, { readonly _tag: Tag }> }
  }

  async #run<A>(
    work: Effect.Effect<A, DispatchError, R>,
    services: Context.Context<R>,
    { signal }: HandlerContext
  ): Promise<A> {
    const timed = Effect.timeoutOrElse(work, {
      duration: callDurationMax,
      orElse: () => Effect.fail(overdue)
    })
    const exit = await Effect.runPromiseExitWith(services)(timed, { signal })
    if (Exit.isSuccess(exit)) return exit.value
    throw connectError(CallStatus.ofFailure(this.#route.method.name, exit.cause))
  }
}

/** A stream that waits for its next element would not notice that its reader has gone, or that it was ended here. */
const ended = (call: ConnectCall, signal: AbortSignal): Effect.Effect<never, DispatchError> =>
  Effect.callback((resume) => {
    const onAbort = () => resume(Effect.interrupt)
    if (signal.aborted) return onAbort()
    signal.addEventListener("abort", onAbort, { once: true })
    const stop = call.failed.when((error) => resume(Effect.fail(error)))
    return Effect.sync(() => {
      stop()
      signal.removeEventListener("abort", onAbort)
    })
  })

/** The error of connect for a status. */
export const connectError = ({ code, details, message }: Status): ConnectError => {
  const error = new ConnectError(message, code)
  error.details = details.map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
    value
  }))
  return error
}

/** A call as connect knows it. It is over when its response is. */
class ConnectCall implements Call {
  readonly method: Route<never>["method"]
  readonly #context: HandlerContext
  readonly #exchange: Exchange | undefined
  readonly #services: Context.Context<never>
  readonly failed = new Signal<DispatchError>()
  #isOver = false

  constructor(method: Route<never>["method"], context: HandlerContext, services: Context.Context<never>) {
    this.method = method
    this.#services = services
    this.#context = context
    this.#exchange = context.values.get(exchangeKey)
    this.whenOver(() => (this.#isOver = true))
  }

  header(name: string): string | undefined {
    return this.#context.requestHeader.get(name) ?? undefined
  }

  get remoteAddress(): string | undefined {
    return this.#exchange?.request.socket.remoteAddress
  }

  sendHeaders(): void {}

  get failure(): DispatchError | undefined {
    return this.failed.value
  }

  fail(error: DispatchError): void {
    this.failed.happen(error)
    this.expire()
  }

  expire(): void {
    const expired = Effect.sync(() => this.#cutOff())
    const expiring = Effect.runForkWith(this.#services)(Effect.delay(expired, stallGrace))
    this.whenOver(() => expiring.interruptUnsafe())
  }

  #cutOff(): void {
    if (this.#exchange !== undefined) cutOff(this.#exchange.response)
  }

  whenOver(release: () => void): void {
    if (this.#isOver || this.#exchange === undefined) release()
    else this.#exchange.response.once("close", release)
  }
}

/** Cuts a response off, together with what waits in it to be read. */
export const cutOff = (response: NodeResponse): void => {
  if ("stream" in response) return void response.stream.destroy(goneAway())
  // Node tells a write that waits on HTTP/1 something else, too late; connect listens while there is one.
  if (response.listenerCount("error") > 0) response.emit("error", goneAway())
  response.destroy()
}

/** The form in which connect knows a stream that is gone; of any other end it writes to the console. */
const goneAway = (): Error =>
  Object.assign(new Error("the stream was cut off"), { code: "ERR_STREAM_DESTROYED" })
