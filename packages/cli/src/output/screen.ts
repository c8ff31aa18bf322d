/** The zone in which this command shows times. */
import { Context } from "effect"

/** True if a command was told to show times in UTC. */
export const ShowsUtc = Context.Reference<boolean>("@effect-dispatch/cli/ShowsUtc", {
  defaultValue: () => false
})
