/** What a person may not expect of a start on the clock of a zone. */
import type { LocalClock } from "@effect-dispatch/core/LocalClock"
import type { StartText } from "../input/flags.ts"
import * as Times from "./times.ts"

/** Tells of a start that the clock leaps over, and of one that it shows twice. */
export const startNotes = (start: StartText | undefined, clock: LocalClock): ReadonlyArray<string> => {
  if (start === undefined || start === "NOW") return []
  const { at, shown } = start.on(clock)
  if (shown === "Once") return []
  const begin = `${Times.timeText(clock.reading(at))} (${Times.offsetText(clock.offset(at))})`
  return shown === "Never"
    ? [`The clock of ${clock.timeZone} leaps over "${start.text}": the start is ${begin}.`]
    : [`The clock of ${clock.timeZone} shows "${start.text}" twice: the start is the first, ${begin}.`]
}
