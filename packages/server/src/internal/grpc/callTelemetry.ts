/** Counts, times and traces calls, and marks their log lines with the call. */
import { nameOfStatus } from "@effect-dispatch/api/GrpcStatus"
import { MicrogridDispatchService } from "@effect-dispatch/api/Protobuf"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { Clock, Context, Effect, Exit, Option, References, type Scope, type Tracer } from "effect"
import * as Headers from "effect/http/Headers"
import * as HttpTraceContext from "effect/http/HttpTraceContext"
import * as Metrics from "../../Metrics.ts"
import * as UnseenSpans from "../unseenSpans.ts"
import * as CallStatus from "./callStatus.ts"
import type { Call, Message } from "./route.ts"

/** Observes the calls of a server. */
export interface CallTelemetry<R> {
  /** The services to run a call with. */
  readonly servicesOf: (request: Message, call: Call) => Context.Context<R>
  /** A call that was not handled, with its status. */
  readonly refused: (call: Call, code: number) => void
  /** A call that has one answer. The returned function takes its status at the end. */
  readonly begin: (call: Call) => (code: number) => void
  /** A call that has one answer, as a span if anybody looks at spans. */
  readonly unary: <A>(
    work: Effect.Effect<A, DispatchError, R>,
    request: Message,
    call: Call
  ) => Effect.Effect<A, DispatchError, R>
  /** A call that answers with a stream, until its scope ends. */
  readonly stream: <A>(
    work: Effect.Effect<A, DispatchError, R | Scope.Scope>,
    request: Message,
    call: Call
  ) => Effect.Effect<A, DispatchError, R | Scope.Scope>
}

/** Makes what observes calls that are run with services. */
export const make = <R>(services: Context.Context<R>): CallTelemetry<R> => {
  const count = Metrics.calls.tallies(services)
  const clock = Context.get(services, Clock.Clock)
  const isTracing = UnseenSpans.areSeen(services)
  const surroundings = UnseenSpans.without(services)

  const logAnnotations = Context.get(services, References.CurrentLogAnnotations)

  const ended = ({ method }: Call, code: number) => {
    count(method.name, nameOfStatus(code)).count++
  }

  /** True if a call becomes a span: health checks are counted, but are no part of a trace. */
  const isTraced = ({ method }: Call): boolean =>
    isTracing && method.parent.typeName === MicrogridDispatchService.typeName

  return {
    servicesOf: (request, call) =>
      Context.add(surroundings, References.CurrentLogAnnotations, {
        ...logAnnotations,
        method: call.method.name,
        ...ids(request, "microgrid", "dispatch")
      }),

    refused: ended,

    begin: (call) => {
      const began = clock.monotonicTimeNanosUnsafe()
      return (code) => {
        const took = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e9
        Metrics.callDuration.at(call.method.name).updateUnsafe(took, services)
        ended(call, code)
      }
    },

    unary: (work, request, call) =>
      isTraced(call)
        ? Effect.onExit(work, annotateCode).pipe(Effect.withSpan(nameOf(call), spanOptions(request, call)))
        : work,

    stream: (work, request, call) => {
      const observed = Effect.andThen(
        Effect.addFinalizer((exit) => {
          const code = codeOfStream(call, exit)
          ended(call, code)
          return isTraced(call) ? annotate(code) : Effect.void
        }),
        work
      )
      return isTraced(call)
        ? Effect.withSpanScoped(observed, nameOf(call), spanOptions(request, call))
        : observed
    }
  }
}

const nameOf = ({ method }: Call): string => `${method.parent.typeName}/${method.name}`

const annotateCode = (exit: Exit.Exit<unknown, DispatchError>) => annotate(CallStatus.codeOf(exit))

const annotate = (code: number) => Effect.annotateCurrentSpan({ "rpc.grpc.status_code": code })

/** A stream may be ended from outside of its work. */
const codeOfStream = ({ failure }: Call, exit: Exit.Exit<unknown, unknown>): number => {
  if (failure !== undefined) return CallStatus.codeOf(Exit.fail(failure))
  return CallStatus.codeOf(exit as Exit.Exit<unknown, DispatchError>)
}

/** The call goes on with the trace of its caller, if it carries one (W3C `traceparent`). */
const spanOptions = (request: Message, call: Call): Tracer.SpanOptions => {
  const traceparent = call.header("traceparent") ?? ""
  const caller = HttpTraceContext.w3c(Headers.fromInput({ traceparent }))
  return {
    kind: "server",
    captureStackTrace: false,
    ...(Option.isSome(caller) ? { parent: caller.value } : { root: true }),
    attributes: {
      "rpc.system": "grpc",
      "rpc.service": call.method.parent.typeName,
      "rpc.method": call.method.name,
      ...ids(request, "microgrid.id", "dispatch.id")
    }
  }
}

/** The ids that a request names, and nothing else of it. */
const ids = (request: Message, microgrid: string, dispatch: string): { [name: string]: string } => {
  const named: { [name: string]: string } = {}
  const microgridId: unknown = Reflect.get(request, "microgridId")
  const dispatchId: unknown = Reflect.get(request, "dispatchId")
  if (typeof microgridId === "bigint") named[microgrid] = String(microgridId)
  if (typeof dispatchId === "bigint") named[dispatch] = String(dispatchId)
  return named
}
