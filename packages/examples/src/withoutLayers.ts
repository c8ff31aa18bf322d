import { DispatcherGrpc } from "@effect-dispatch/client"
import { MicrogridId } from "@effect-dispatch/core"
import { Effect, Fiber } from "effect"

interface Battery {
  readonly discharge: (watts: unknown) => void
  readonly rest: () => void
}

/** Discharges while a dispatch of the type runs. The function it gives ends that. */
export const startPeakShaving = (url: string, battery: Battery): (() => Promise<void>) => {
  const program = DispatcherGrpc.run({ microgridId: MicrogridId.make(1n), url }, (dispatcher) =>
    dispatcher.manage("PEAK_SHAVING", (info) => {
      if (info._tag === "DryRun") return Effect.void
      const discharge = Effect.sync(() => battery.discharge(info.payload["power_w"]))
      return Effect.andThen(discharge, Effect.never).pipe(Effect.ensuring(Effect.sync(battery.rest)))
    })
  )
  const fiber = Effect.runFork(program)
  return () => Effect.runPromise(Fiber.interrupt(fiber))
}
