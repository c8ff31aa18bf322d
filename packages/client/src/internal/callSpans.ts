/** A span for every call, and its place in the trace for the service to go on with (W3C `traceparent`). */
import type { DescMethod } from "@bufbuild/protobuf"
import { codeOf } from "@effect-dispatch/api/GrpcStatus"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { Effect, Tracer } from "effect"
import * as HttpTraceContext from "effect/http/HttpTraceContext"

/** Makes the span of a call, with the attributes of OpenTelemetry for gRPC. */
export const traced =
  ({ name, parent }: DescMethod) =>
  <A, R>(call: Effect.Effect<A, DispatchError, R>): Effect.Effect<A, DispatchError, R> =>
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
export const propagate = (headers: Headers): Effect.Effect<void> =>
  Effect.gen(function* () {
    if ((yield* Tracer.Tracer) === Tracer.nativeTracer) return
    const span = yield* Effect.currentSpan
    headers.set("traceparent", HttpTraceContext.toHeaders(span)["traceparent"] ?? "")
  }).pipe(Effect.ignore)
