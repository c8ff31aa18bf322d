import { FleetRegistry } from "@effect-dispatch/fleet/FleetRegistry"
import { Effect } from "effect"
import { tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import {
  explainFleet,
  type FleetChoice,
  fleetLayer,
  type GivenMicrogrids,
  givenMicrogrids
} from "./fleets.ts"

/** Parks microgrids of a fleet. */
export const run = (options: FleetChoice & GivenMicrogrids & { readonly reason: string }) =>
  Effect.gen(function* () {
    const ids = yield* givenMicrogrids(options, "dispatch fleet park 7")
    const registry = yield* FleetRegistry
    const count = yield* Effect.mapError(registry.park(ids, options.reason), explainFleet)
    const parked = `${Text.counted(count, "microgrid was", "microgrids were")} parked`
    const rest = ids.size - count
    const others = `${Text.counted(rest, "was", "were")} parked already, or ${rest === 1 ? "is" : "are"} not in the fleet`
    yield* tell(rest === 0 ? `${parked}.` : `${parked}; ${others}.`)
    if (count > 0) yield* tell("To let them run again: dispatch fleet add")
  }).pipe(Effect.provide(fleetLayer(options)))
