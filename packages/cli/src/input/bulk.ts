/** Options of commands that do many things at once. */
import { Flag } from "effect/cli"

/** The manner in which they go about it. */
export const many = {
  keepGoing: Flag.Boolean("keep-going").pipe(
    Flag.withDescription("Go on after a failure"),
    Flag.withDefault(false)
  ),
  quiet: Flag.Boolean("quiet").pipe(
    Flag.withAlias("q"),
    Flag.withDescription("Only failures are told"),
    Flag.withDefault(false)
  )
}
