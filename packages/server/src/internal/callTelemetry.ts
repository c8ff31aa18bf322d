/** Counts, times and traces calls; what is logged meanwhile says which call it is about. */
import type { Code, HandlerContext } from "@connectrpc/connect"
import { MicrogridDispatchService } from "@effect-dispatch/api/Protobuf"
import { type Cause, Effect, Exit, Metric, Option, Stream, type Tracer } from "effect"
import * as Headers from "effect/http/Headers"
import * as HttpTraceContext from "effect/http/HttpTraceContext"
import * as Metrics from "../Metrics.ts"

/** With which status a call ends that fails so. */
type CodeOf<E> = (cause: Cause.Cause<E>) => Code

/** Observes a call that has one answer. */
export const observeUnary = <A, E, R>(
  call: Effect.Effect<A, E, R>,
  request: unknown,
  context: HandlerContext,
  codeOf: CodeOf<E>
): Effect.Effect<A, E, R> =>
  Effect.clockWith((clock) => {
    const began = clock.monotonicTimeNanosUnsafe()
    const observed = Effect.onExit(call, (exit) => {
      const took = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e9
      const timed = Metric.update(Metrics.callDuration.at(context.method.name), took)
      return Effect.andThen(timed, end(context, exit, codeOf))
    }).pipe(Effect.annotateLogs(annotations(request, context)))
    return isTraced(context)
      ? Effect.withSpan(observed, nameOf(context), spanOptions(request, context))
      : observed
  })

/** Observes a call that answers with a stream, until the stream ends. */
export const observeStream = <A, E, R>(
  call: Stream.Stream<A, E, R>,
  request: unknown,
  context: HandlerContext,
  codeOf: CodeOf<E>
): Stream.Stream<A, E, R> => {
  const observed = Stream.onExit(call, (exit) => end(context, exit, codeOf))
  return isTraced(context)
    ? Stream.withSpan(observed, nameOf(context), spanOptions(request, context))
    : observed
}

/** What asks whether the service is well is counted, but no part of a trace. */
const isTraced = ({ service }: HandlerContext): boolean =>
  service.typeName === MicrogridDispatchService.typeName

const nameOf = ({ method, service }: HandlerContext): string => `${service.typeName}/${method.name}`

const end = <E>(context: HandlerContext, exit: Exit.Exit<unknown, E>, codeOf: CodeOf<E>) => {
  const code = Exit.isSuccess(exit) ? undefined : codeOf(exit.cause)
  return Effect.andThen(
    Metric.update(Metrics.calls.at(context.method.name, Metrics.codeName(code)), 1),
    Effect.annotateCurrentSpan({ "rpc.grpc.status_code": code ?? 0 })
  )
}

/** The call goes on with the trace of its caller, if that says so (W3C `traceparent`). */
const spanOptions = (
  request: unknown,
  { method, requestHeader, service }: HandlerContext
): Tracer.SpanOptions => {
  const traceparent = requestHeader.get("traceparent") ?? ""
  const caller = HttpTraceContext.w3c(Headers.fromInput({ traceparent }))
  return {
    kind: "server",
    captureStackTrace: false,
    ...(Option.isSome(caller) ? { parent: caller.value } : { root: true }),
    attributes: {
      "rpc.system": "grpc",
      "rpc.service": service.typeName,
      "rpc.method": method.name,
      ...ids(request, "microgrid.id", "dispatch.id")
    }
  }
}

const annotations = (request: unknown, { method }: HandlerContext) => ({
  method: method.name,
  ...ids(request, "microgrid", "dispatch")
})

/** The ids of what is asked for, and nothing else of it. */
const ids = (request: unknown, microgrid: string, dispatch: string): { [name: string]: string } => {
  const { dispatchId, microgridId } = request as { microgridId?: bigint; dispatchId?: bigint }
  return {
    ...(microgridId === undefined ? undefined : { [microgrid]: String(microgridId) }),
    ...(dispatchId === undefined ? undefined : { [dispatch]: String(dispatchId) })
  }
}
