import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Fleet } from "@effect-dispatch/fleet/Fleet"
import { Effect, Option, Stream } from "effect"
import * as FleetEdges from "../output/fleetEdges.ts"
import { tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { untilStopped } from "../signals.ts"
import { explainFleet, type FleetChoice, fleetLayer, notInFleet } from "./fleets.ts"

interface Options extends FleetChoice {
  readonly microgrid: MicrogridId
  readonly json: boolean
  readonly utc: boolean
}

/** Shows the edges of a microgrid of a fleet, until it is stopped. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const teller = FleetEdges.teller(options, yield* Times.forScreen(options))
  const { microgrid, name } = options
  const watching = Effect.gen(function* () {
    const { edges, where } = yield* Fleet
    const found = yield* Effect.mapError(where(microgrid), explainFleet)
    if (Option.isNone(found)) return yield* notInFleet(microgrid, options)
    const { parked } = found.value
    const until =
      parked === undefined ? "" : `, which is parked (${Text.safe(parked)}) until it is added again`
    yield* tell(`Watching microgrid ${microgrid} of fleet ${name}${until}; stop with Ctrl-C.`)
    yield* Stream.runForEach(edges(microgrid), ({ change, number, token }) => teller(token, change, number))
  })
  yield* untilStopped(Effect.provide(watching, fleetLayer(options)))
})
