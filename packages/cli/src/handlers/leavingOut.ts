/** Leaves runs out of a dispatch, once a person has agreed where that changes more. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect } from "effect"
import { type Recurring, recurring, without } from "../input/leftOut.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { confirmed } from "./confirmation.ts"
import { whileChanging } from "./whileChanging.ts"

/** The options of commands that leave out runs. */
export interface LeavingOptions {
  readonly microgrid: MicrogridId
  readonly id: DispatchId
  readonly yes: boolean
  readonly json: boolean
  readonly utc: boolean
}

/** Leaves out the runs that `choose` gives; `command` is an example of the command. */
export const leaveOut = <E, R>(
  options: LeavingOptions,
  command: string,
  choose: (one: Recurring, now: DateTime.Utc) => Effect.Effect<ReadonlyArray<DateTime.Utc>, E, R>
) =>
  whileChanging(options, (present) =>
    Effect.gen(function* () {
      const now = yield* DateTime.now
      const one = yield* recurring(present)
      const runs = yield* choose(one, now)
      if (runs.length === 0) return { nothing: `#${present.id} has no run then; nothing was changed.` }
      const rule = yield* without(one, runs, now)
      if (!(yield* mayHaveZone(present, { command, yes: options.yes })))
        return { nothing: "Nothing was changed." }
      const isZoned = present.recurrence?.timeZone !== undefined
      const calendar = isZoned ? { exceptions: rule.exceptions ?? [] } : rule
      return { changes: { calendar }, notes: [`Left out: ${named(one, runs)}.`] }
    })
  )

/** A rule in UTC becomes one of the zone UTC, which fewer readers know: a person is asked. */
export const mayHaveZone = Effect.fnUntraced(function* (
  { id, recurrence }: Dispatch,
  { command, yes }: { readonly command: string; readonly yes: boolean }
) {
  if (recurrence?.timeZone !== undefined || yes) return true
  const why = `The rule of #${id} becomes one of the zone UTC, as only such a rule has exceptions; actors of other make then run it once.`
  return yield* confirmed(`${why} Go on?`, `${command} --yes`)
})

/** The number of runs that are named. */
const namedMax = 3

/** Runs as people call them, on the clock of their rule. */
export const named = ({ clock }: Recurring, runs: ReadonlyArray<DateTime.Utc>): string => {
  const times = Times.make(clock)
  const first = runs.slice(0, namedMax).map((at) => `${times.day(at)} ${times.clock(at)}`)
  const rest = runs.length > namedMax ? ` and ${Text.counted(runs.length - namedMax, "more run")}` : ""
  return `${first.join(", ")}${rest} (${times.zone})`
}
