/** Every cycle of synchronising is a trace of its own, with the calls it takes. */
import { Context, Effect, Tracer } from "effect"
import type { MicrogridId } from "../../MicrogridId.ts"

/** Makes the span of a cycle, if anybody looks at spans. */
export const traced =
  (microgridId: MicrogridId, name: string, attributes?: { readonly [name: string]: unknown }) =>
  <A, E, R>(cycle: Effect.Effect<A, E, R>) =>
    Effect.contextWith((context: Context.Context<R>) =>
      Context.get(context, Tracer.Tracer) === Tracer.nativeTracer
        ? cycle
        : Effect.withSpan(cycle, `DispatchingActor.${name}`, {
            root: true,
            captureStackTrace: false,
            attributes: { "microgrid.id": String(microgridId), ...attributes }
          })
    )

/** The span at hand, for messages learned within it. */
export const currentSpan: Effect.Effect<Tracer.AnySpan | undefined> = Effect.catch(
  Effect.currentSpan,
  () => Effect.undefined
)
