import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect, Option } from "effect"
import { dayOf } from "../input/exceptions.ts"
import type { StartText } from "../input/flags.ts"
import { type Recurring, recurring } from "../input/leftOut.ts"
import { whileChanging } from "./whileChanging.ts"

interface Options {
  readonly microgrid: MicrogridId
  readonly id: DispatchId
  readonly when: Option.Option<StartText>
  readonly json: boolean
  readonly utc: boolean
}

/** Takes exceptions back: the next one, or those that are named. */
export const run = (options: Options) =>
  whileChanging(options, (present) =>
    Effect.gen(function* () {
      const one = yield* recurring(present)
      const chosen = chosenOf(one, Option.getOrUndefined(options.when), yield* DateTime.now)
      const all = one.rule.exceptions ?? []
      const exceptions = all.filter((at) => !chosen.includes(at))
      return exceptions.length === all.length
        ? { nothing: `#${present.id} has no run left out then; nothing was changed.` }
        : { changes: { calendar: { exceptions } }, notes: [] }
    })
  )

const chosenOf = (
  { clock, dispatch, rule }: Recurring,
  when: StartText | undefined,
  now: DateTime.Utc
): ReadonlyArray<DateTime.Utc> => {
  const { exceptions = [] } = rule
  if (when === undefined || when === "NOW") {
    const isComing = (at: DateTime.Utc) =>
      DateTime.isGreaterThan(DateTime.addDuration(at, dispatch.duration), now)
    return exceptions.filter(isComing).slice(0, 1)
  }
  const { at, isDay } = when.on(clock)
  return exceptions.filter((each) =>
    isDay ? dayOf(each, clock) === dayOf(at, clock) : DateTime.Equivalence(each, at)
  )
}
