import { FleetStore } from "@effect-dispatch/fleet/FleetStore"
import { Effect } from "effect"
import { tell } from "../output/terminal.ts"
import { Failure } from "../UsageError.ts"
import { explainFleet, type FleetChoice, fleetLayer } from "./fleets.ts"

/** Asks a process of a fleet to end. */
export const run = (options: FleetChoice & { readonly process: string }) =>
  Effect.gen(function* () {
    const store = yield* FleetStore
    if (yield* Effect.mapError(store.drain(options.process), explainFleet)) {
      return yield* tell(`${options.process} gives its microgrids away, and ends.`)
    }
    return yield* new Failure({
      message: `There is no process ${options.process}. Their addresses are shown by: dispatch fleet status`
    })
  }).pipe(Effect.provide(fleetLayer(options)))
