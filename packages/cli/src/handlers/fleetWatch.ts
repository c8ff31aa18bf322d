import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Fleet } from "@effect-dispatch/fleet/Fleet"
import { Effect, Stream } from "effect"
import * as FleetEdges from "../output/fleetEdges.ts"
import { tell } from "../output/terminal.ts"
import * as Times from "../output/times.ts"
import { untilStopped } from "../signals.ts"
import { type FleetChoice, fleetLayer } from "./fleets.ts"

interface Options extends FleetChoice {
  readonly microgrid: MicrogridId
  readonly json: boolean
  readonly utc: boolean
}

/** Shows the edges of a microgrid of a fleet, until it is stopped. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const teller = FleetEdges.teller(options, yield* Times.forScreen(options))
  yield* tell(`Watching microgrid ${options.microgrid} of fleet ${options.name}; stop with Ctrl-C.`)
  const watching = Effect.flatMap(Fleet, ({ edges }) =>
    Stream.runForEach(edges(options.microgrid), ({ change, number, token }) => teller(token, change, number))
  )
  yield* untilStopped(Effect.provide(watching, fleetLayer(options)))
})
