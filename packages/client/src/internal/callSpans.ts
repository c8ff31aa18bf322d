/** A span for every call, and its place in the trace for the service to go on with (W3C `traceparent`). */
import type { DescMethod } from "@bufbuild/protobuf"
import { codeOf } from "@effect-dispatch/api/GrpcStatus"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { Context, Effect, type Scope, Tracer } from "effect"
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

const spanned = <A, R>({ name, parent }: Named, call: Effect.Effect<A, DispatchError, R>) =>
  Effect.withSpan(
    call.pipe(
      Effect.tap(() => statusCode(0)),
      Effect.tapError(({ reason }) => statusCode(codeOf[reason._tag]))
    ),
    nameOf({ name, parent }),
    optionsOf({ name, parent })
  )

type Named = Pick<DescMethod, "name" | "parent">

const nameOf = ({ name, parent }: Named): string => `${parent.typeName}/${name}`

const optionsOf = ({ name, parent }: Named) => ({
  kind: "client" as const,
  captureStackTrace: false,
  attributes: {
    "rpc.system": "grpc",
    "rpc.service": parent.typeName,
    "rpc.method": name
  }
})

const codeName = "rpc.grpc.status_code"

const statusCode = (code: number) => Effect.annotateCurrentSpan({ [codeName]: code })

/** The span of a stream, which lasts as long as its scope; none if nobody looks at spans. */
export class StreamSpan {
  readonly #span: Tracer.Span | undefined

  static readonly make = (method: DescMethod): Effect.Effect<StreamSpan, never, Scope.Scope> =>
    Effect.flatMap(Effect.context<never>(), (context) =>
      areSeen(context)
        ? Effect.map(Effect.makeSpanScoped(nameOf(method), optionsOf(method)), (span) => new StreamSpan(span))
        : Effect.succeed(unseen)
    )

  constructor(span: Tracer.Span | undefined) {
    this.#span = span
  }

  /** Makes a part of the stream a part of the span. */
  within<A, E, R>(part: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return this.#span === undefined ? part : Effect.withParentSpan(part, this.#span)
  }

  /** The stream has ended with a status of gRPC. */
  end(code: number): void {
    this.#span?.attribute(codeName, code)
  }
}

const unseen = new StreamSpan(undefined)

/** Adds the place of a call in the trace to its metadata, if anybody follows the trace. */
export const propagate = (metadata: Metadata): Effect.Effect<void> =>
  Effect.flatMap(Effect.context<never>(), (context) =>
    areSeen(context) ? Effect.ignore(addSpan(metadata)) : Effect.void
  )

const addSpan = (metadata: Metadata) =>
  Effect.map(Effect.currentSpan, (span) => {
    metadata["traceparent"] = HttpTraceContext.toHeaders(span)["traceparent"] ?? ""
  })
