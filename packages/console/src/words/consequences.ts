/** The consequences of acts, in words, and the requests that carry them out. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { DateTime, Result } from "effect"
import * as Times from "../time/times.ts"
import type { Zone } from "../time/zone.ts"
import type { Request } from "../worker/protocol.ts"
import * as LeftOut from "./leftOut.ts"

/** An act on dispatches; a pause may end by itself. */
export type Act =
  | { readonly _tag: "pause"; readonly until: number | undefined }
  | { readonly _tag: "resume" }
  | { readonly _tag: "delete" }

/** The request that carries an act out, and what comes of it; or the reason why it cannot be. */
export type Consequence = Result.Result<{ readonly request: Request; readonly words: string }, string>

/** The moment of a question. */
export interface Moment {
  readonly now: number
  readonly zone: Zone
}

/** The consequence of an act for one dispatch, as it was shown. */
export const of = (act: Act, dispatch: Dispatch, moment: Moment): Consequence => {
  const { id, updateTime: ifUpdateTime } = dispatch
  if (act._tag === "delete")
    return Result.succeed({ request: { _tag: "Delete", id }, words: deleted(dispatch, moment) })
  if (act._tag === "pause" && act.until !== undefined) return pausedUntil(dispatch, act.until, moment)
  const active = act._tag === "resume"
  return Result.succeed({
    request: { _tag: "Update", id, changes: { active }, ifUpdateTime },
    words: active ? resumed(dispatch, moment) : paused(dispatch, moment)
  })
}

const stopsNow = "it runs now: its actor will be told to stop"

const isRunning = (dispatch: Dispatch, { now }: Moment): boolean =>
  dispatch.startedAt(DateTime.makeUnsafe(now))

const deleted = (dispatch: Dispatch, moment: Moment): string =>
  isRunning(dispatch, moment) ? stopsNow : "nothing of it will run any more"

const paused = (dispatch: Dispatch, moment: Moment): string =>
  isRunning(dispatch, moment) ? stopsNow : "nothing of it runs until it is resumed"

const resumed = (dispatch: Dispatch, { now }: Moment): string => {
  const at = DateTime.makeUnsafe(now)
  const [run] = dispatch.runs(at, DateTime.makeUnsafe(now + 1))
  if (run !== undefined) return "it runs at once: its actor will be told to start"
  return dispatch.nextRun(at) === undefined ? "it is over, so nothing will run" : "it runs again as planned"
}

const pausedUntil = (dispatch: Dispatch, until: number, moment: Moment): Consequence =>
  Result.flatMap(LeftOut.pause(dispatch, until, moment.now), ({ changes, count }) => {
    if (count === 0) return Result.fail("it has no run until then")
    const { id, updateTime: ifUpdateTime } = dispatch
    const next = dispatch.nextRun(DateTime.makeUnsafe(until))?.epochMilliseconds
    const after =
      next === undefined
        ? "and it has no later one"
        : `and it runs again ${Times.when(moment.zone, next, moment.now)}`
    return Result.succeed({
      request: { _tag: "Update", id, changes, ifUpdateTime },
      words: [
        ...(isRunning(dispatch, moment) ? [stopsNow] : []),
        `${DispatchText.counted(count, "run")} skipped, ${after}`,
        ...(LeftOut.warningOf(dispatch) ?? [])
      ].join("; ")
    })
  })
