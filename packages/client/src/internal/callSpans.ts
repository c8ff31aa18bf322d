/** A span for every call, and its place in the trace for the service to go on with (W3C `traceparent`). */
import type { DescMethod } from "@bufbuild/protobuf"
import { codeOf } from "@effect-dispatch/api/GrpcStatus"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { Context, Effect, Tracer } from "effect"
import * as HttpTraceContext from "effect/http/HttpTraceContext"
import type { Metadata } from "./callMetadata.ts"

/** Makes a span of an effect if anybody looks at spans: those that nobody sees cost a call a third of its time. */
export const named =
  (name: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(Effect.context<never>(), (context) =>
      areSeen(context) ? Effect.withSpan(effect, name) : effect
    )

/** True if spans go anywhere. */
const areSeen = (context: Context.Context<never>): boolean =>
  Context.get(context, Tracer.Tracer) !== Tracer.nativeTracer

/** Makes the span of a call, with the attributes of OpenTelemetry for gRPC. */
export const traced =
  ({ name, parent }: DescMethod) =>
  <A, R>(call: Effect.Effect<A, DispatchError, R>): Effect.Effect<A, DispatchError, R> =>
    Effect.flatMap(Effect.context<never>(), (context) =>
      areSeen(context) ? spanned({ name, parent }, call) : call
    )

const spanned = <A, R>(
  { name, parent }: Pick<DescMethod, "name" | "parent">,
  call: Effect.Effect<A, DispatchError, R>
) =>
  Effect.withSpan(
    call.pipe(
      Effect.tap(() => statusCode(0)),
      Effect.tapError(({ reason }) => statusCode(codeOf[reason._tag]))
    ),
    `${parent.typeName}/${name}`,
    {
      kind: "client",
      captureStackTrace: false,
      attributes: {
        "rpc.system": "grpc",
        "rpc.service": parent.typeName,
        "rpc.method": name
      }
    }
  )

const statusCode = (code: number) => Effect.annotateCurrentSpan({ "rpc.grpc.status_code": code })

/** Adds the place of a call in the trace to its metadata, if anybody follows the trace. */
export const propagate = (metadata: Metadata): Effect.Effect<void> =>
  Effect.flatMap(Effect.context<never>(), (context) =>
    areSeen(context) ? Effect.ignore(addSpan(metadata)) : Effect.void
  )

const addSpan = (metadata: Metadata) =>
  Effect.map(Effect.currentSpan, (span) => {
    metadata["traceparent"] = HttpTraceContext.toHeaders(span)["traceparent"] ?? ""
  })
