/** Effects as handlers of connect: a canceled call is interrupted, and a failure becomes a status. */
import { create } from "@bufbuild/protobuf"
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect"
import * as FieldPaths from "@effect-dispatch/api/FieldPaths"
import * as GrpcStatus from "@effect-dispatch/api/GrpcStatus"
import { BadRequestSchema } from "@effect-dispatch/api/Protobuf"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { inOneLine } from "@effect-dispatch/core/Refusal"
import { Cause, type Context, Effect, Exit, Fiber, Stream } from "effect"
import { callDuration } from "../../ServiceLimits.ts"
import * as CallTelemetry from "./callTelemetry.ts"

/** A failure of a method as a status; a refused field goes along as a standard detail, by its path in the request. */
const toConnectError =
  (method: string) =>
  ({ reason }: DispatchError): ConnectError => {
    const { _tag, message } = reason
    const code = GrpcStatus.codeOf[_tag]
    if (_tag !== "InvalidArgument" || reason.field === undefined) return new ConnectError(message, code)
    const field = FieldPaths.toWire(method, reason.field)
    const value = create(BadRequestSchema, { fieldViolations: [{ field, description: message }] })
    return new ConnectError(inOneLine({ path: field, message }), code, undefined, [
      { desc: BadRequestSchema, value }
    ])
  }

/** The reason why a call was cut off, which connect gives with the signal. */
const abortReason = (signal: AbortSignal): ConnectError =>
  signal.reason instanceof ConnectError
    ? signal.reason
    : new ConnectError("the call was cancelled", Code.Canceled)

/** A broken invariant tells the client nothing of itself. */
const causeToConnectError = (cause: Cause.Cause<ConnectError>, signal: AbortSignal): ConnectError => {
  if (Cause.hasInterruptsOnly(cause)) return abortReason(signal)
  const error = Cause.squash(cause)
  return error instanceof ConnectError ? error : new ConnectError("internal error", Code.Internal)
}

const codeWith =
  (signal: AbortSignal) =>
  (cause: Cause.Cause<ConnectError>): Code =>
    causeToConnectError(cause, signal).code

/** Makes handlers of unary calls. */
export const unary = <R>(services: Context.Context<R>) => {
  const telemetry = CallTelemetry.make(services)
  return <I, O>(handle: (request: I, context: HandlerContext) => Effect.Effect<O, DispatchError, R>) =>
    async (request: I, context: HandlerContext): Promise<O> => {
      const { signal } = context
      const end = telemetry.begin(context)
      const call = handle(request, context).pipe(
        Effect.mapError(toConnectError(context.method.name)),
        Effect.tapDefect((defect) => Effect.logError("A call failed", defect))
      )
      const fiber = Effect.runForkWith(telemetry.servicesOf(request, context))(
        telemetry.unary(call, request, context, codeWith(signal)),
        { signal }
      )
      // Most calls have ended before anybody could wait for them; only the others get a deadline.
      const exit = fiber.pollUnsafe() ?? (await Effect.runPromiseWith(services)(inTime(fiber)))
      if (Exit.isSuccess(exit)) {
        end(undefined)
        return exit.value
      }
      const error = causeToConnectError(exit.cause, signal)
      end(error.code)
      throw error
    }
}

/** The end of a call, which is forced when its time is over. */
const inTime = <A>(fiber: Fiber.Fiber<A, ConnectError>): Effect.Effect<Exit.Exit<A, ConnectError>> =>
  Effect.timeoutOrElse(Fiber.await(fiber), {
    duration: callDuration,
    orElse: () => Effect.as(Fiber.interrupt(fiber), Exit.fail(tooLong()))
  })

const tooLong = (): ConnectError =>
  new ConnectError("the service took too long to answer", Code.DeadlineExceeded)

/** Makes handlers of calls that answer with a stream. */
export const serverStream = <R>(services: Context.Context<R>) => {
  const telemetry = CallTelemetry.make(services)
  return <I, O>(handle: (request: I, context: HandlerContext) => Stream.Stream<O, DispatchError, R>) =>
    async function* (request: I, context: HandlerContext): AsyncGenerator<O> {
      const { signal } = context
      // A stream that waits for its next element would not notice that its reader has gone.
      const aborted = Effect.callback<never, ConnectError>((resume) => {
        const onAbort = () => resume(Effect.fail(abortReason(signal)))
        if (signal.aborted) return onAbort()
        signal.addEventListener("abort", onAbort, { once: true })
        return Effect.sync(() => signal.removeEventListener("abort", onAbort))
      })
      const stream = Stream.mapError(handle(request, context), toConnectError(context.method.name))
      // Elements that are there are handed over at once, without a request for each.
      const batches = Stream.interruptWhen(Stream.chunks(stream), aborted)
      const observed = telemetry.stream(batches, request, context, codeWith(signal))
      const all = Stream.toAsyncIterableWith(observed, telemetry.servicesOf(request, context))
      for await (const batch of all) yield* batch
    }
}
