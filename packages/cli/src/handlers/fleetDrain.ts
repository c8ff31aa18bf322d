import { FleetStore } from "@effect-dispatch/fleet/FleetStore"
import { Duration, Effect, Option } from "effect"
import { tell } from "../output/terminal.ts"
import { Failure } from "../UsageError.ts"
import { explainFleet, type FleetChoice, fleetLayer, isSilent } from "./fleets.ts"

/** Asks a process of a fleet to end. */
export const run = (options: FleetChoice & { readonly process: string }) =>
  Effect.gen(function* () {
    const { process } = options
    const store = yield* FleetStore
    const isThere = yield* Effect.mapError(store.drain(process), explainFleet)
    const runner = Option.getOrUndefined(yield* Effect.mapError(store.runner(process), explainFleet))
    if (!isThere || runner === undefined) {
      return yield* new Failure({
        message: `There is no process ${process}. Their addresses are shown by: dispatch fleet status`
      })
    }
    if (isSilent(runner)) {
      const age = Duration.format(Duration.seconds(Math.floor(Duration.toSeconds(runner.heartbeatAge))))
      return yield* new Failure({
        message: `${process} does not answer: its last heartbeat was ${age} ago. Should it go on, it ends`
      })
    }
    yield* tell(`${process} gives its microgrids away, and ends.`)
  }).pipe(Effect.provide(fleetLayer(options)))
