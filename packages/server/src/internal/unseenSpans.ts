/** Spans that nobody looks at are not made: those of a call or a write are many, and none of them is free. */
import { Context, Effect, References, Tracer } from "effect"

/** True if spans go anywhere. */
export const areSeen = (services: Context.Context<never>): boolean =>
  Context.get(services, Tracer.Tracer) !== Tracer.nativeTracer

/** The same services, without spans if nobody looks at them. */
export const without = <R>(services: Context.Context<R>): Context.Context<R> =>
  areSeen(services) ? services : Context.add(services, References.TracerEnabled, false)

/** Makes a span of an effect if anybody looks at spans; one that nobody sees costs as much as a small read. */
export const named =
  (name: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(Effect.context<never>(), (services) =>
      areSeen(services) ? Effect.withSpan(effect, name) : effect
    )

/** Unrequested work, such as checking that the store is there, is no trace of its own. */
export const unasked: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =
  Effect.withTracerEnabled(false)
