/** The name of those who keep journals. */
import { reporterNameFault } from "@effect-dispatch/core/JournalStore"
import { Effect } from "effect"
import { type FleetError, mismatch } from "../FleetError.ts"

/** Fails with a name that the service would refuse, since nothing would be reported under it. */
export const check = (name: string): Effect.Effect<void, FleetError> => {
  const fault = reporterNameFault(name)
  return fault === undefined ? Effect.void : mismatch(`the name of the reporter ${fault}`)
}
