import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Effect, Option } from "effect"
import { clientLayer, explain, serviceAddress } from "../connection.ts"
import type { Filters } from "../input/filters.ts"
import { print, tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { prefixOf } from "../plan/plan.ts"
import { byNextRun, standingOf } from "../schedule/standing.ts"
import { Failure } from "../UsageError.ts"
import { filterOf, select, tellNothingFound } from "./selection.ts"

interface Options extends Filters {
  readonly microgrid: MicrogridId
  readonly plan: Option.Option<string>
  readonly all: boolean
  readonly ics: boolean
  readonly utc: boolean
}

/** Writes the dispatches of a microgrid as a plan, or as a calendar. */
export const run = (options: Options) =>
  Effect.gen(function* () {
    const selection = yield* Effect.catch(
      select(options.microgrid, options, { filter: filterOf(options) }),
      explain
    )
    const now = yield* DateTime.now
    const isOver = (dispatch: Dispatch) => standingOf(dispatch, now).state === "over"
    const isAsked = isBelow(Option.getOrUndefined(options.plan))
    const asked = selection.found.filter(isAsked)
    const chosen = asked.filter((dispatch) => options.all || !isOver(dispatch))
    if (chosen.length === 0) yield* tellNothingFound(options, selection)
    yield* options.ics ? printCalendar(chosen, options) : printPlan(byNextRun(chosen, now), options)
    const over = asked.length - chosen.length
    if (over > 0)
      yield* tell(
        `Without ${Text.counted(over, "dispatch", "dispatches")} that are over; --all takes them in.`
      )
    if (selection.unreadable.length > 0)
      return yield* new Failure({ message: "The dispatches that cannot be read are missing." })
  }).pipe(Effect.provide(clientLayer))

const isBelow =
  (plan: string | undefined) =>
  ({ name = "" }: Dispatch): boolean =>
    plan === undefined || name.startsWith(prefixOf(plan))

const printPlan = Effect.fnUntraced(function* (dispatches: ReadonlyArray<Dispatch>, options: Options) {
  const { ofDispatches } = yield* Effect.promise(() => import("../plan/planWriting.ts"))
  const origin = {
    plan: Option.getOrUndefined(options.plan),
    microgrid: options.microgrid,
    service: yield* serviceAddress
  }
  yield* print(ofDispatches(dispatches, origin, yield* Times.forScreen(options)).trimEnd())
})

const printCalendar = Effect.fnUntraced(function* (
  dispatches: ReadonlyArray<Dispatch>,
  { microgrid }: Options
) {
  const { ofDispatches } = yield* Effect.promise(() => import("../calendar/calendarWriting.ts"))
  const { formless, text } = ofDispatches(dispatches, microgrid)
  yield* print(text.trimEnd())
  yield* Effect.forEach(
    formless,
    ({ dispatch, message }) =>
      tell(`#${dispatch.id} ${Text.safe(dispatch.type)} is not in it: it ${message}.`),
    { discard: true }
  )
})
