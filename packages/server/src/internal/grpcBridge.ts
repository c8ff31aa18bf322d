/** Effects as handlers of connect: what a client cancels is interrupted here, what fails is a status there. */
import { create } from "@bufbuild/protobuf"
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect"
import * as GrpcStatus from "@effect-dispatch/api/GrpcStatus"
import { BadRequestSchema } from "@effect-dispatch/api/Protobuf"
import type { DispatchClientError } from "@effect-dispatch/core/DispatchClientError"
import { Cause, type Context, Effect, Exit, Stream } from "effect"
import { observeStream, observeUnary } from "./callTelemetry.ts"

/** A failure as a status; the field of a refused argument goes along as a standard detail. */
export const toConnectError = ({ reason }: DispatchClientError): ConnectError => {
  const field = reason._tag === "InvalidArgument" ? reason.field : undefined
  const details =
    field === undefined
      ? []
      : [
          {
            desc: BadRequestSchema,
            value: create(BadRequestSchema, { fieldViolations: [{ field, description: reason.message }] })
          }
        ]
  return new ConnectError(reason.message, GrpcStatus.codeOf[reason._tag], undefined, details)
}

/** Why a call was cut off: connect gives the reason with the signal. */
const abortReason = (signal: AbortSignal): ConnectError =>
  signal.reason instanceof ConnectError
    ? signal.reason
    : new ConnectError("the call was cancelled", Code.Canceled)

/** A broken invariant is logged here and says nothing of itself to the client. */
const causeToConnectError = (cause: Cause.Cause<ConnectError>, signal: AbortSignal): ConnectError => {
  if (Cause.hasInterruptsOnly(cause)) return abortReason(signal)
  const error = Cause.squash(cause)
  return error instanceof ConnectError ? error : new ConnectError("internal error", Code.Internal)
}

const codeWith =
  (signal: AbortSignal) =>
  (cause: Cause.Cause<ConnectError>): Code =>
    causeToConnectError(cause, signal).code

/** Makes a handler of a unary call. */
export const unary =
  <R>(services: Context.Context<R>) =>
  <I, O>(handle: (request: I, context: HandlerContext) => Effect.Effect<O, DispatchClientError, R>) =>
  async (request: I, context: HandlerContext): Promise<O> => {
    const effect = handle(request, context).pipe(
      Effect.mapError(toConnectError),
      Effect.tapDefect((defect) => Effect.logError("A call failed", defect)),
      (call) => observeUnary(call, request, context, codeWith(context.signal))
    )
    const exit = await Effect.runPromiseExitWith(services)(effect, { signal: context.signal })
    if (Exit.isSuccess(exit)) return exit.value
    throw causeToConnectError(exit.cause, context.signal)
  }

/** Makes a handler of a call that answers with a stream. */
export const serverStream =
  <R>(services: Context.Context<R>) =>
  <I, O>(handle: (request: I, context: HandlerContext) => Stream.Stream<O, DispatchClientError, R>) =>
    async function* (request: I, context: HandlerContext): AsyncGenerator<O> {
      const { signal } = context
      // A stream that waits for its next element would not notice that nobody waits for it.
      const aborted = Effect.callback<never, ConnectError>((resume) => {
        const onAbort = () => resume(Effect.fail(abortReason(signal)))
        if (signal.aborted) return onAbort()
        signal.addEventListener("abort", onAbort, { once: true })
        return Effect.sync(() => signal.removeEventListener("abort", onAbort))
      })
      const stream = Stream.mapError(handle(request, context), toConnectError)
      // What is there at once is handed over at once, without asking for each message.
      const batches = Stream.interruptWhen(Stream.chunks(stream), aborted)
      const observed = observeStream(batches, request, context, codeWith(signal))
      for await (const batch of Stream.toAsyncIterableWith(observed, services)) yield* batch
    }
