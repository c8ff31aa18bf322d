/**
 * The differences under a clock that a test moves. Such a clock moves over any length in one step, once it has let
 * fibers run for a turn. A fiber that has not come to rest by then finds itself at the end of the step.
 */
import { MaxSleep } from "@effect-dispatch/core/DispatchScheduler"
import { defaultSettings, SyncDefaults } from "@effect-dispatch/core/SyncSettings"
import { DispatchService } from "@effect-dispatch/server/DispatchService"
import { Clock, Context, Duration, Effect, Layer } from "effect"
import * as Probe from "../Probe.ts"

/** True if a test moves the clock by hand, as it does a `TestClock`. */
const isVirtual = Effect.map(Clock.Clock, (clock) => "adjust" in clock)

/** Lets all fibers go on that can; a fiber that never rests is given up at some time. */
const settled = Effect.asVoid(Effect.exit(Probe.settled))

/** Under a `TestClock`, fibers wake up only for what is due. */
export const layer: Layer.Layer<never> = Layer.unwrap(
  Effect.map(isVirtual, (virtual) => (virtual ? Layer.merge(Probe.layer, cadence) : Layer.empty))
)

const cadence = Layer.succeedContext(
  Context.make(MaxSleep, Duration.infinity).pipe(
    Context.add(SyncDefaults, {
      ...defaultSettings,
      resyncInterval: Duration.infinity,
      streamAgeMax: Duration.infinity
    })
  )
)

/** The same service; under a `TestClock`, a write returns only when its followers know of it. */
export const settling = <E, R>(
  service: Layer.Layer<DispatchService, E, R>
): Layer.Layer<DispatchService, E, R> =>
  Layer.effect(
    DispatchService,
    Effect.gen(function* () {
      const inner = yield* DispatchService
      if (!(yield* isVirtual)) return inner
      const probe = yield* Effect.context<never>()
      const rest = Effect.provideContext(settled, probe)
      return DispatchService.of({
        ...inner,
        create: (...parameters) => Effect.tap(inner.create(...parameters), rest),
        update: (...parameters) => Effect.tap(inner.update(...parameters), rest),
        delete: (...parameters) => Effect.tap(inner.delete(...parameters), rest)
      })
    })
  ).pipe(Layer.provide(service))
