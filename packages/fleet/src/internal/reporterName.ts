/** The name of those who keep journals. */
import { reporterNameMax } from "@effect-dispatch/core/JournalStore"
import { Effect } from "effect"
import { type FleetError, mismatch } from "../FleetError.ts"

/** Fails with a name that the service would refuse, since nothing would be reported under it. */
export const check = (name: string): Effect.Effect<void, FleetError> =>
  name !== "" && name.length <= reporterNameMax
    ? Effect.void
    : mismatch(`the name of a reporter has 1 to ${reporterNameMax} characters, and this one has ${name.length}`)
