/** Counts, times and traces calls, and marks their log lines with the call. */
import type { Code, HandlerContext } from "@connectrpc/connect"
import { nameOfStatus } from "@effect-dispatch/api/GrpcStatus"
import { MicrogridDispatchService } from "@effect-dispatch/api/Protobuf"
import { type Cause, Clock, Context, Effect, Exit, Option, References, Stream, type Tracer } from "effect"
import * as Headers from "effect/http/Headers"
import * as HttpTraceContext from "effect/http/HttpTraceContext"
import * as Metrics from "../../Metrics.ts"
import * as UnseenSpans from "../unseenSpans.ts"

/** The status of a call that fails so. */
type CodeOf<E> = (cause: Cause.Cause<E>) => Code

/** Observes the calls of a server. */
export const make = <R>(services: Context.Context<R>) => {
  const count = Metrics.calls.tallies(services)
  const clock = Context.get(services, Clock.Clock)
  const isTracing = UnseenSpans.areSeen(services)
  const surroundings = UnseenSpans.without(services)

  const logAnnotations = Context.get(services, References.CurrentLogAnnotations)

  const ended = ({ method }: HandlerContext, code: Code | undefined) => {
    count(method.name, nameOfStatus(code ?? 0)).count++
  }

  /** True if a call becomes a span: health checks are counted, but are no part of a trace. */
  const isTraced = ({ service }: HandlerContext): boolean =>
    isTracing && service.typeName === MicrogridDispatchService.typeName

  return {
    /** The services to run a call with. */
    servicesOf: (request: unknown, context: HandlerContext): Context.Context<R> =>
      Context.add(surroundings, References.CurrentLogAnnotations, {
        ...logAnnotations,
        method: context.method.name,
        ...ids(request, "microgrid", "dispatch")
      }),

    /** A call that has one answer. The returned function takes its status at the end, `undefined` for an answer. */
    begin: (context: HandlerContext): ((code: Code | undefined) => void) => {
      const began = clock.monotonicTimeNanosUnsafe()
      return (code) => {
        const took = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e9
        Metrics.callDuration.at(context.method.name).updateUnsafe(took, services)
        ended(context, code)
      }
    },

    /** A call that has one answer, as a span if anybody looks at spans. */
    unary: <A, E>(
      call: Effect.Effect<A, E, R>,
      request: unknown,
      context: HandlerContext,
      codeOf: CodeOf<E>
    ): Effect.Effect<A, E, R> =>
      isTraced(context)
        ? Effect.onExit(call, (exit) => annotateCode(exit, codeOf)).pipe(
            Effect.withSpan(nameOf(context), spanOptions(request, context))
          )
        : call,

    /** A call that answers with a stream, until the stream ends. */
    stream: <A, E>(
      call: Stream.Stream<A, E, R>,
      request: unknown,
      context: HandlerContext,
      codeOf: CodeOf<E>
    ): Stream.Stream<A, E, R> => {
      const observed = Stream.onExit(call, (exit) => {
        ended(context, Exit.isSuccess(exit) ? undefined : codeOf(exit.cause))
        return annotateCode(exit, codeOf)
      })
      return isTraced(context)
        ? Stream.withSpan(observed, nameOf(context), spanOptions(request, context))
        : observed
    }
  }
}

const nameOf = ({ method, service }: HandlerContext): string => `${service.typeName}/${method.name}`

const annotateCode = <E>(exit: Exit.Exit<unknown, E>, codeOf: CodeOf<E>) =>
  Effect.annotateCurrentSpan({ "rpc.grpc.status_code": Exit.isSuccess(exit) ? 0 : codeOf(exit.cause) })

/** The call goes on with the trace of its caller, if it carries one (W3C `traceparent`). */
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

/** The ids that a request names, and nothing else of it. */
const ids = (request: unknown, microgrid: string, dispatch: string): { [name: string]: string } => {
  const { dispatchId, microgridId } = request as { microgridId?: bigint; dispatchId?: bigint }
  return {
    ...(microgridId === undefined ? undefined : { [microgrid]: String(microgridId) }),
    ...(dispatchId === undefined ? undefined : { [dispatch]: String(dispatchId) })
  }
}
