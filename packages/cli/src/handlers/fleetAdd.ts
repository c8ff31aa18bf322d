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

/** Adds microgrids to a fleet. */
export const run = (options: FleetChoice & GivenMicrogrids) =>
  Effect.gen(function* () {
    const ids = yield* givenMicrogrids(options, "dispatch fleet add 1-100")
    const registry = yield* FleetRegistry
    const count = yield* Effect.mapError(registry.add(ids), explainFleet)
    const rest = ids.size - count
    const others = rest === 0 ? "" : `; ${rest.toLocaleString("en-US")} ran already`
    yield* tell(`${Text.counted(count, "microgrid was", "microgrids were")} added${others}.`)
  }).pipe(Effect.provide(fleetLayer(options)))
