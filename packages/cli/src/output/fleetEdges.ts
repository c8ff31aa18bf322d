/** Edges of a fleet, with the microgrid and the epoch of each. */
import { isCommand, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import type { Token } from "@effect-dispatch/fleet/FencingToken"
import type { Effect } from "effect"
import * as Json from "./json.ts"
import { bold, dim, print } from "./terminal.ts"
import * as Text from "./text.ts"
import type { Times } from "./times.ts"

/** Tells an edge; one that is told where it is decided has no number yet. */
export type FleetTeller = (token: Token, change: RunningStateChange, number?: bigint) => Effect.Effect<void>

/** Tells edges as JSON, one a line, or in words. */
export const teller = ({ json }: { readonly json: boolean }, times: Times): FleetTeller =>
  json
    ? (token, change, number) => Json.line(jsonOf(token, change, number))
    : (token, change) => print(inWords(token, change, times))

/** An edge as a JSON value. */
export const jsonOf = ({ epoch, microgridId }: Token, change: RunningStateChange, number?: bigint) => ({
  microgrid: String(microgridId),
  epoch: String(epoch),
  ...(number === undefined ? {} : { number: String(number) }),
  ...Json.change(change)
})

const inWords = ({ epoch, microgridId }: Token, change: RunningStateChange, times: Times): string => {
  const { at, cause, dispatch, state } = change
  const act = isCommand(change) && state === "Running" ? "command" : state === "Running" ? "starts" : "stops"
  const what = `${act.padEnd(7)} ${Text.safe(dispatch.type)} #${dispatch.id}`
  return [
    dim(times.clockMillis(at)),
    `microgrid ${microgridId}`,
    bold(what),
    dim(`${cause}, epoch ${epoch}`)
  ].join("  ")
}
