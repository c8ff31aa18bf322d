/** A call of gRPC on a stream of Node's HTTP/2, from its headers to its trailers. */
import * as http2 from "node:http2"
import * as GrpcTrailers from "@effect-dispatch/api/GrpcTrailers"
import * as RequestSizes from "@effect-dispatch/api/RequestSizes"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Cause, type Clock, type Context, Effect, Exit, type Fiber, Result, Scope } from "effect"
import { stallGrace } from "../../ServiceLimits.ts"
import type { Arrivals } from "./arrivals.ts"
import * as CallStatus from "./callStatus.ts"
import type { CallTelemetry } from "./callTelemetry.ts"
import type { Connections } from "./connections.ts"
import { Deadline, overdue } from "./deadline.ts"
import { RequestMessage } from "./requestMessage.ts"
import type { Admitted, Call, Frame, Frames, Message, Route, Streamed, Unary } from "./route.ts"
import type { UnreadAnswers } from "./unreadAnswers.ts"

/** The things that all calls of a server share. */
export interface Surroundings<R> {
  readonly services: Context.Context<R>
  readonly clock: Clock.Clock
  readonly telemetry: CallTelemetry<R>
  readonly arrivals: Arrivals
  readonly unread: UnreadAnswers
  readonly connections: Connections
}

/** The headers of a request, and those of every answer to it. */
export interface CallHeaders {
  readonly request: http2.IncomingHttpHeaders
  readonly answer: http2.OutgoingHttpHeaders
}

/** A request that arrives. */
interface Request<R> {
  readonly admitted: Admitted<R>
  readonly message: RequestMessage
}

const withTrailers = { waitForTrailers: true }
const cancelled = Exit.interrupt()

/**
 * A call passes the gate, waits for its turn, has its message read, is handled and answered, in this order; a refusal
 * ends it anywhere. Before its turn nothing is read, so that flow control holds the client back.
 */
export class GrpcCall<R> implements Call {
  readonly #stream: http2.ServerHttp2Stream
  #headers: http2.IncomingHttpHeaders
  /** The headers of its answer, beside a status. */
  readonly #answerHeaders: http2.OutgoingHttpHeaders
  readonly #route: Route<R>
  readonly #shared: Surroundings<R>
  readonly #deadline: Deadline
  #request: Request<R> | undefined
  /** Works for the call at present, and is interrupted when the stream closes. */
  #fiber: Fiber.Fiber<unknown, DispatchError.DispatchError> | undefined
  /** The messages of a stream that is open. */
  #frames: Frames | undefined
  /** True while the socket has no room. */
  #isHeld = false
  /** The end of a stream; that of a client that goes away, unless another is known. */
  #outcome: Exit.Exit<unknown, DispatchError.DispatchError> = cancelled
  #failure: DispatchError.DispatchError | undefined
  #expiring: Fiber.Fiber<void> | undefined
  #isOver = false
  /** True once the whole request has arrived. */
  #isWhole = false
  #releases: Array<() => void> = []

  constructor(
    stream: http2.ServerHttp2Stream,
    headers: CallHeaders,
    route: Route<R>,
    shared: Surroundings<R>
  ) {
    this.#stream = stream
    this.#headers = headers.request
    this.#answerHeaders = headers.answer
    this.#route = route
    this.#shared = shared
    this.#deadline = new Deadline(shared.clock, this.header("grpc-timeout"))
  }

  get method(): Route<R>["method"] {
    return this.#route.method
  }

  header(name: string): string | undefined {
    const value = this.#headers[name]
    return (typeof value === "string" ? value : value?.join(", "))?.trim()
  }

  get remoteAddress(): string | undefined {
    return this.#stream.session?.socket.remoteAddress
  }

  sendHeaders(): void {
    if (this.#stream.headersSent || isGone(this.#stream)) return
    this.#stream.respond(this.#answerHeaders, withTrailers)
  }

  get failure(): DispatchError.DispatchError | undefined {
    return this.#failure
  }

  fail(error: DispatchError.DispatchError): void {
    this.#failure ??= error
    this.expire()
    this.#fiber?.interruptUnsafe()
    if (this.#frames !== undefined) this.#finish(Cause.fail(this.#failure))
  }

  expire(): void {
    const expired = Effect.sync(() => cutOff(this.#stream))
    this.#expiring ??= Effect.runForkWith(this.#shared.services)(Effect.delay(expired, stallGrace))
  }

  whenOver(release: () => void): void {
    if (this.#isOver) release()
    else this.#releases.push(release)
  }

  begin(): void {
    this.#stream.on("close", () => this.#onClose())
    const encoding = this.header("grpc-encoding") ?? "identity"
    if (encoding !== "identity") {
      const refusal = DispatchError.unimplemented(`messages compressed by ${encoding} are not read here`)
      return this.#refuseFor(refusal, { "grpc-accept-encoding": "identity" })
    }
    const gate = Effect.flatMap(this.#route.gate(this), (admitted) => {
      this.whenOver(this.#shared.connections.admit(this.#stream.session))
      return Effect.as(admitted.turn, admitted)
    })
    this.#run(gate, this.#shared.services, (exit) => {
      if (Exit.isSuccess(exit)) this.#read(exit.value)
      else this.#refuse(CallStatus.ofFailure(this.method.name, exit.cause))
    })
  }

  #onClose(): void {
    this.#fiber?.interruptUnsafe()
    this.#over()
    this.#shared.unread.forget(this.#stream)
    this.#expiring?.interruptUnsafe()
  }

  #read(admitted: Admitted<R>): void {
    if (this.#isOver) return
    const message = new RequestMessage(RequestSizes.bytesMaxOf(this.method.name))
    this.#request = { admitted, message }
    this.#shared.arrivals.begin(this.#stream)
    this.#stream.on("data", (chunk: Buffer) => this.#take(chunk))
    this.#stream.once("end", () => this.#onWhole())
  }

  #take(chunk: Buffer): void {
    if (this.#isOver) return
    const fault = this.#request?.message.take(chunk)
    if (fault !== undefined) this.#refuseFor(fault)
  }

  #onWhole(): void {
    this.#isWhole = true
    this.#shared.arrivals.end(this.#stream)
    const request = this.#request
    this.#request = undefined
    if (this.#isOver || request === undefined) return
    const read = request.message.end(this.method.input)
    if (Result.isFailure(read)) this.#refuseFor(read.failure)
    else this.#handle(request.admitted, read.success)
  }

  #handle(admitted: Admitted<R>, message: Message): void {
    const { fault } = this.#deadline
    // Nobody reads the answer any more, so nothing is done for it.
    if (fault !== undefined) return this.#refuseFor(fault)
    const services = this.#shared.telemetry.servicesOf(message, this)
    if (admitted._tag === "Unary") this.#answer(admitted, message, services)
    else this.#open(admitted, message, services)
  }

  #answer(admitted: Unary<R>, message: Message, services: Context.Context<R>): void {
    const { telemetry } = this.#shared
    const ended = telemetry.begin(this)
    this.#run(telemetry.unary(admitted.answer(message), message, this), services, (exit) => {
      ended(CallStatus.codeOf(exit))
      if (Exit.isSuccess(exit)) this.#send(admitted.keyId, exit.value)
      else this.#end(GrpcTrailers.encode(CallStatus.ofFailure(this.method.name, exit.cause)))
    })
  }

  /** Opens a stream. While it is open it has no fiber, and keeps nothing of its request. */
  #open(admitted: Streamed<R>, message: Message, services: Context.Context<R>): void {
    const scope = Scope.makeUnsafe()
    const opened = this.#shared.telemetry.stream(admitted.answer(message), message, this)
    this.whenOver(() => Effect.runForkWith(services)(Scope.close(scope, this.#outcome)))
    this.#run(Scope.provide(opened, scope), services, (exit) => {
      if (Exit.isFailure(exit)) return this.#finish(exit.cause)
      this.#headers = {}
      this.#frames = exit.value
      this.#frames.listen(() => this.#write())
      const timer = this.#limit(this.#deadline.millis, services)
      if (timer !== undefined) this.whenOver(() => timer.interruptUnsafe())
    })
  }

  /** Hands over the messages that there are, and waits whenever there is no room for more. */
  #write(): void {
    const stream = this.#stream
    const frames = this.#frames
    if (frames === undefined || this.#isHeld || isGone(stream)) return
    this.sendHeaders()
    stream.cork()
    while (!this.#isHeld) {
      const frame = frames.next()
      if (frame === undefined) break
      this.#isHeld = !stream.write(frame)
    }
    stream.uncork()
    if (this.#isHeld) stream.once("drain", () => this.#onDrain())
    else if (frames.failure !== undefined) this.#finish(Cause.fail(frames.failure))
  }

  #onDrain(): void {
    this.#isHeld = false
    this.#write()
  }

  /** Ends a stream. */
  #finish(cause: Cause.Cause<DispatchError.DispatchError>): void {
    this.#outcome = Exit.failCause(cause)
    this.#end(GrpcTrailers.encode(CallStatus.ofFailure(this.method.name, cause)))
  }

  /** Runs an effect, and interrupts it when the time of the call is over. Most end at once, and need no timer. */
  #run<A>(
    effect: Effect.Effect<A, DispatchError.DispatchError, R>,
    services: Context.Context<R>,
    done: (exit: Exit.Exit<A, DispatchError.DispatchError>) => void
  ): void {
    const fiber = Effect.runForkWith(services)(effect)
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return this.#done(exit, services, done)
    this.#fiber = fiber
    const timer = this.#limit(this.#deadline.callMillis, services)
    fiber.addObserver((ended) => {
      timer?.interruptUnsafe()
      this.#fiber = undefined
      this.#done(ended, services, done)
    })
    // It may have been ended before it was known here.
    if (this.#failure !== undefined) fiber.interruptUnsafe()
  }

  /** A broken invariant is logged, and says nothing of itself to the client. */
  #done<A>(
    exit: Exit.Exit<A, DispatchError.DispatchError>,
    services: Context.Context<R>,
    done: (exit: Exit.Exit<A, DispatchError.DispatchError>) => void
  ): void {
    if (Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      Effect.runForkWith(services)(Effect.logError("A call failed", Cause.squash(exit.cause)))
    done(this.#failure === undefined ? exit : Exit.fail(this.#failure))
  }

  /** Ends the call when so many milliseconds are over, if they ever are. */
  #limit(millis: number, services: Context.Context<R>): Fiber.Fiber<void> | undefined {
    if (!Number.isFinite(millis)) return undefined
    const timer = Effect.runForkWith(services)(Effect.sleep(millis))
    timer.addObserver((rung) => {
      if (Exit.isSuccess(rung)) this.fail(overdue)
    })
    return timer
  }

  /** Answers with one message; its bytes count until the stream is closed, which it is when the socket has them. */
  #send(keyId: string | undefined, frame: Frame): void {
    const stream = this.#stream
    if (this.#isOver || isGone(stream)) return
    this.#shared.unread.add(stream, keyId, frame.length)
    this.#end(GrpcTrailers.ok, frame)
  }

  #refuseFor(error: DispatchError.DispatchError, more?: http2.OutgoingHttpHeaders): void {
    this.#refuse(CallStatus.ofError(this.method.name, error), more)
  }

  /** Ends a call that is not handled. */
  #refuse(status: GrpcTrailers.Status, more?: http2.OutgoingHttpHeaders): void {
    this.#shared.telemetry.refused(this, status.code)
    this.#end({ ...GrpcTrailers.encode(status), ...more })
  }

  #end(trailers: http2.OutgoingHttpHeaders, last?: Uint8Array): void {
    const stream = this.#stream
    this.#over()
    if (isGone(stream)) return
    if (last === undefined && !stream.headersSent)
      return respondAlone(stream, { ...this.#answerHeaders, ...trailers }, this.#isWhole ? "Read" : "Unread")
    stream.once("wantTrailers", () => {
      if (!isGone(stream)) stream.sendTrailers(trailers)
    })
    this.sendHeaders()
    stream.end(last)
  }

  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#frames = undefined
    this.#shared.arrivals.end(this.#stream)
    const releases = this.#releases
    this.#releases = []
    for (const release of releases) release()
  }
}

/** Answers with headers alone. The rest of the request is not waited for. */
export const respondAlone = (
  stream: http2.ServerHttp2Stream,
  headers: http2.OutgoingHttpHeaders,
  request: "Read" | "Unread" = "Unread"
): void => {
  stream.respond(headers, { endStream: true })
  // A reset overtakes headers of the same turn.
  if (request === "Unread") setImmediate(() => stream.close(http2.constants.NGHTTP2_NO_ERROR))
}

/** Cuts a stream off together with what waits in it to be read. */
export const cutOff = (stream: http2.ServerHttp2Stream): void => {
  stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM)
  stream.destroy()
}

const isGone = (stream: http2.ServerHttp2Stream): boolean => stream.destroyed || stream.closed
