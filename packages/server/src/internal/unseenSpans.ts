/** Spans that nobody looks at are not made: those of a call or a write are many, and none of them is free. */
import { Context, References, Tracer } from "effect"

/** Whether spans go anywhere. */
export const areSeen = (services: Context.Context<never>): boolean =>
  Context.get(services, Tracer.Tracer) !== Tracer.nativeTracer

/** The same services, without spans if nobody looks at them. */
export const without = <R>(services: Context.Context<R>): Context.Context<R> =>
  areSeen(services) ? services : Context.add(services, References.TracerEnabled, false)
