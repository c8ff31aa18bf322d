/** A call of gRPC on a stream of Node's HTTP/2, from its headers to its trailers. */
import * as http2 from "node:http2"
import * as GrpcTrailers from "@effect-dispatch/api/GrpcTrailers"
import * as RequestSizes from "@effect-dispatch/api/RequestSizes"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { type Clock, type Context, Effect, Exit, type Fiber, Pull, Result } from "effect"
import { stallGrace } from "../../ServiceLimits.ts"
import type { Arrivals } from "./arrivals.ts"
import * as CallStatus from "./callStatus.ts"
import type { CallTelemetry } from "./callTelemetry.ts"
import type { Connections } from "./connections.ts"
import { Deadline, overdue } from "./deadline.ts"
import { RequestMessage } from "./requestMessage.ts"
import type { Admitted, Call, Frame, Message, Route } from "./route.ts"
import type { UnreadAnswers } from "./unreadAnswers.ts"

/** The things that all calls of a server share. */
export interface Surroundings<R> {
  readonly services: Context.Context<R>
  readonly clock: Clock.Clock
  /** The headers that every answer has beside those of gRPC. */
  readonly announcement: http2.OutgoingHttpHeaders
  readonly telemetry: CallTelemetry<R>
  readonly arrivals: Arrivals
  readonly unread: UnreadAnswers
  readonly connections: Connections
}

/**
 * A call passes the gate, waits for its turn, has its message read, is handled and answered, in this order; a refusal
 * ends it anywhere. Before its turn nothing is read, so that flow control holds the client back.
 */
export class GrpcCall<R> implements Call {
  readonly #stream: http2.ServerHttp2Stream
  readonly #headers: http2.IncomingHttpHeaders
  readonly #route: Route<R>
  readonly #shared: Surroundings<R>
  readonly #deadline: Deadline
  /** Works for the call at present, and is interrupted when the stream closes. */
  #fiber: Fiber.Fiber<unknown, DispatchError.DispatchError> | undefined
  #failure: DispatchError.DispatchError | undefined
  #expiring: Fiber.Fiber<void> | undefined
  #isOver = false
  /** True once the whole request has arrived. */
  #isWhole = false
  readonly #releases: Array<() => void> = []

  constructor(
    stream: http2.ServerHttp2Stream,
    headers: http2.IncomingHttpHeaders,
    route: Route<R>,
    shared: Surroundings<R>
  ) {
    this.#stream = stream
    this.#headers = headers
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
    this.#stream.respond(this.#answerHeaders, { waitForTrailers: true })
  }

  get failure(): DispatchError.DispatchError | undefined {
    return this.#failure
  }

  fail(error: DispatchError.DispatchError): void {
    this.#failure ??= error
    this.expire()
    this.#fiber?.interruptUnsafe()
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
    if (encoding !== "identity")
      return this.#refuseFor(
        DispatchError.unimplemented(`messages compressed by ${encoding} are not read here`)
      )
    const admitted = reporting(Effect.tap(this.#route.gate(this), ({ turn }) => this.#admit(turn)))
    this.#run(admitted, this.#shared.services, this.#callMillis, (exit) => {
      if (Exit.isSuccess(exit)) this.#read(exit.value)
      else this.#refuse(CallStatus.ofFailure(this.method.name, exit.cause))
    })
  }

  /** Waits for the turn of a call, whose connection stays meanwhile. */
  #admit(turn: Admitted<R>["turn"]): Admitted<R>["turn"] {
    this.whenOver(this.#shared.connections.admit(this.#stream.session))
    return turn
  }

  #onClose(): void {
    this.#over()
    this.#shared.unread.forget(this.#stream)
    this.#fiber?.interruptUnsafe()
    this.#expiring?.interruptUnsafe()
  }

  #read(admitted: Admitted<R>): void {
    if (this.#isOver) return
    const { arrivals } = this.#shared
    const stream = this.#stream
    const message = new RequestMessage(RequestSizes.bytesMaxOf(this.method.name))
    arrivals.begin(stream)
    this.whenOver(() => arrivals.end(stream))
    stream.on("data", (chunk: Buffer) => {
      if (this.#isOver) return
      const fault = message.take(chunk)
      if (fault !== undefined) this.#refuseFor(fault)
    })
    stream.once("end", () => {
      this.#isWhole = true
      arrivals.end(stream)
      if (this.#isOver) return
      const read = message.end(this.method.input)
      if (Result.isFailure(read)) this.#refuseFor(read.failure)
      else this.#handle(admitted, read.success)
    })
  }

  #handle(admitted: Admitted<R>, message: Message): void {
    const { fault } = this.#deadline
    // Nobody reads the answer any more, so nothing is done for it.
    if (fault !== undefined) return this.#refuseFor(fault)
    const services = this.#shared.telemetry.servicesOf(message, this)
    if (admitted._tag === "Unary") this.#answer(admitted, message, services)
    else this.#follow(admitted, message, services)
  }

  #answer(
    { answer, keyId }: Extract<Admitted<R>, { readonly _tag: "Unary" }>,
    message: Message,
    services: Context.Context<R>
  ): void {
    const { telemetry } = this.#shared
    const ended = telemetry.begin(this)
    const work = telemetry.unary(reporting(answer(message)), message, this)
    this.#run(work, services, this.#callMillis, (exit) => {
      ended(CallStatus.codeOf(exit))
      if (Exit.isSuccess(exit)) this.#send(keyId, exit.value)
      else this.#end(GrpcTrailers.encode(CallStatus.ofFailure(this.method.name, exit.cause)))
    })
  }

  #follow(
    { answer }: Extract<Admitted<R>, { readonly _tag: "Stream" }>,
    message: Message,
    services: Context.Context<R>
  ): void {
    const { telemetry } = this.#shared
    const written = Effect.flatMap(telemetry.stream(answer(message), message, this), (next) =>
      Effect.forever(
        Effect.flatMap(next, (batch) => this.#write(batch, 0)),
        { disableYield: true }
      )
    )
    const untilDone = Effect.scoped(Pull.catchDone(written, () => Effect.void))
    this.#run(reporting(untilDone), services, this.#streamMillis, (exit) =>
      this.#end(
        Exit.isSuccess(exit)
          ? GrpcTrailers.ok
          : GrpcTrailers.encode(CallStatus.ofFailure(this.method.name, exit.cause))
      )
    )
  }

  readonly #callMillis = (): number => this.#deadline.callMillis

  readonly #streamMillis = (): number => this.#deadline.millis

  /** Runs an effect, and interrupts it when the time that it has left is over. Most end at once, and need no timer. */
  #run<A>(
    effect: Effect.Effect<A, DispatchError.DispatchError, R>,
    services: Context.Context<R>,
    left: () => number,
    done: (exit: Exit.Exit<A, DispatchError.DispatchError>) => void
  ): void {
    const fiber = Effect.runForkWith(services)(effect)
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return done(exit)
    this.#fiber = fiber
    const millis = left()
    const timer = Number.isFinite(millis) ? Effect.runForkWith(services)(Effect.sleep(millis)) : undefined
    timer?.addObserver((rung) => {
      if (Exit.isSuccess(rung)) this.fail(overdue)
    })
    fiber.addObserver((ended) => {
      timer?.interruptUnsafe()
      done(this.#failure === undefined ? ended : Exit.fail(this.#failure))
    })
    // It may have been ended before it was known here.
    if (this.#failure !== undefined) fiber.interruptUnsafe()
  }

  /** Hands messages over, and waits whenever there is no room for more. */
  #write(batch: ReadonlyArray<Frame>, from: number): Effect.Effect<void> {
    const stream = this.#stream
    if (isGone(stream)) return Effect.interrupt
    this.sendHeaders()
    let at = from
    let hasRoom = true
    stream.cork()
    for (; at < batch.length && hasRoom; at++) {
      hasRoom = stream.write(batch[at])
    }
    stream.uncork()
    if (hasRoom) return Effect.void
    return Effect.andThen(
      drained(stream),
      Effect.suspend(() => (at < batch.length ? this.#write(batch, at) : Effect.void))
    )
  }

  /** Answers with one message; its bytes count until the stream is closed, which it is when the socket has them. */
  #send(keyId: string | undefined, frame: Frame): void {
    const stream = this.#stream
    if (this.#isOver || isGone(stream)) return
    this.#shared.unread.add(stream, keyId, frame.length)
    this.#end(GrpcTrailers.ok, frame)
  }

  #refuseFor(error: DispatchError.DispatchError): void {
    this.#refuse(CallStatus.ofError(this.method.name, error))
  }

  /** Ends a call that is not handled. */
  #refuse(status: GrpcTrailers.Status): void {
    this.#shared.telemetry.refused(this, status.code)
    this.#end(GrpcTrailers.encode(status))
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

  get #answerHeaders(): http2.OutgoingHttpHeaders {
    return {
      ":status": 200,
      "content-type": this.#headers["content-type"],
      "grpc-accept-encoding": "identity",
      ...this.#shared.announcement
    }
  }

  #over(): void {
    this.#isOver = true
    for (const release of this.#releases.splice(0)) release()
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

const drained = (stream: http2.ServerHttp2Stream): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const onDrain = () => resume(Effect.void)
    stream.once("drain", onDrain)
    return Effect.sync(() => stream.off("drain", onDrain))
  })

/** A broken invariant is logged, and says nothing of itself to the client. */
const reporting = <A, R>(
  call: Effect.Effect<A, DispatchError.DispatchError, R>
): Effect.Effect<A, DispatchError.DispatchError, R> =>
  Effect.tapDefect(call, (defect) => Effect.logError("A call failed", defect))
