/**
 * The same routes for listeners that speak gRPC-Web and Connect as well. Connect serves them; it asks the same gate
 * before it reads anything, and keeps to the same limits.
 */
import type * as http2 from "node:http2"
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

type Adapter = Parameters<typeof connectNodeAdapter>[0]
type NodeHandler = NonNullable<Adapter["fallback"]>
type NodeRequest = Parameters<NonNullable<Adapter["contextValues"]>>[0]

/** Makes the handler of an HTTP server of Node, of either version. */
export const handler = <R>(routes: ReadonlyArray<Route<R>>, services: Context.Context<R>): NodeHandler => {
  const telemetry = CallTelemetry.make(services)
  const announcement = Object.entries(Announcement.headersOf(services))
  const handle = connectNodeAdapter({
    routes: (router) => {
      for (const route of routes) new ConnectRoute(route, services, telemetry).addTo(router)
    },
    acceptCompression: [],
    contextValues: (request) => createContextValues().set(requestKey, request)
  })
  return (request, response) => {
    for (const [name, value] of announcement) response.setHeader(name, value ?? "")
    handle(request, response)
  }
}

const requestKey = createContextKey<NodeRequest | undefined>(undefined)

/** A route among those of connect. What its gate gave goes with the context of the call. */
class ConnectRoute<R> {
  readonly #route: Route<R>
  readonly #services: Context.Context<R>
  readonly #telemetry: CallTelemetry.CallTelemetry<R>
  readonly #admitted = createContextKey<
    { readonly call: ConnectCall; readonly admitted: Admitted<R> } | undefined
  >(undefined)

  constructor(route: Route<R>, services: Context.Context<R>, telemetry: CallTelemetry.CallTelemetry<R>) {
    this.#route = route
    this.#services = services
    this.#telemetry = telemetry
  }

  addTo(router: ConnectRouter): void {
    const { method } = this.#route
    const options = {
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
    return this.#read(await this.#run(work, this.#telemetry.servicesOf(message, call), context))
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

const connectError = ({ code, details, message }: Status): ConnectError => {
  const error = new ConnectError(message, code)
  error.details = details.map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
    value
  }))
  return error
}

/** A call as connect knows it. It is over when its request is. */
class ConnectCall implements Call {
  readonly method: Route<never>["method"]
  readonly #context: HandlerContext
  readonly #request: NodeRequest | undefined
  readonly #services: Context.Context<never>
  readonly failed = new Signal<DispatchError>()
  #isOver = false

  constructor(method: Route<never>["method"], context: HandlerContext, services: Context.Context<never>) {
    this.method = method
    this.#services = services
    this.#context = context
    this.#request = context.values.get(requestKey)
    this.whenOver(() => (this.#isOver = true))
  }

  header(name: string): string | undefined {
    return this.#context.requestHeader.get(name) ?? undefined
  }

  get remoteAddress(): string | undefined {
    return this.#request?.socket.remoteAddress
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
    const stream: http2.ServerHttp2Stream | undefined =
      this.#request !== undefined && "stream" in this.#request ? this.#request.stream : undefined
    ;(stream ?? this.#request?.socket)?.destroy()
  }

  whenOver(release: () => void): void {
    if (this.#isOver || this.#request === undefined) release()
    else this.#request.once("close", release)
  }
}
