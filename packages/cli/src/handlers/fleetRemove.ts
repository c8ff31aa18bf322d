import { FleetRegistry } from "@effect-dispatch/fleet/FleetRegistry"
import { Effect } from "effect"
import { tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import { confirmed } from "./confirmation.ts"
import {
  explainFleet,
  type FleetChoice,
  fleetLayer,
  type GivenMicrogrids,
  givenMicrogrids
} from "./fleets.ts"

const example = "dispatch fleet remove 7 --yes"

/** Removes microgrids from a fleet, after it was told to. */
export const run = (options: FleetChoice & GivenMicrogrids & { readonly yes: boolean }) =>
  Effect.gen(function* () {
    const ids = yield* givenMicrogrids(options, example)
    const what =
      ids.size === 1 ? `microgrid ${[...ids][0]}` : Text.counted(ids.size, "microgrid", "microgrids")
    const question = `Stop ${what}, and forget what is kept, announced runs among them?`
    if (!options.yes && !(yield* confirmed(question, example))) return yield* tell("Nothing was removed.")
    const registry = yield* FleetRegistry
    const count = yield* Effect.mapError(registry.remove(ids), explainFleet)
    const removed = `${Text.counted(count, "microgrid was", "microgrids were")} removed`
    const rest = ids.size - count
    yield* tell(
      rest === 0 ? `${removed}.` : `${removed}; ${Text.counted(rest, "is", "are")} not in the fleet.`
    )
  }).pipe(Effect.provide(fleetLayer(options)))
