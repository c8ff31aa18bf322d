/** Edges of a fleet, with the microgrid and the epoch of each. */
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import type { Token } from "@effect-dispatch/fleet/FencingToken"
import type { Effect } from "effect"
import * as Account from "./account.ts"
import * as Json from "./json.ts"
import type { Times } from "./times.ts"

/** Tells an edge; one that is told where it is decided has no number yet. */
export type FleetTeller = (token: Token, change: RunningStateChange, number?: bigint) => Effect.Effect<void>

/** Tells edges as JSON, one a line, or in words. */
export const teller = ({ json }: { readonly json: boolean }, times: Times): FleetTeller => {
  if (json) return (token, change, number) => Json.line(jsonOf(token, change, number))
  const account = Account.make(times)
  return (token, change) => account.change(change, token)
}

/** An edge as a JSON value. */
export const jsonOf = ({ epoch, microgridId }: Token, change: RunningStateChange, number?: bigint) => ({
  microgrid: String(microgridId),
  epoch: String(epoch),
  ...(number === undefined ? {} : { number: String(number) }),
  ...Json.change(change)
})
