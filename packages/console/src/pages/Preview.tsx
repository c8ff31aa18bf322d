/** The next runs of a dispatch, in words. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { DateTime, Duration } from "effect"
import { useState } from "react"
import * as Times from "../time/times.ts"
import { offsetText, type Zone } from "../time/zone.ts"

/** A run as it is shown. */
export interface ShownRun {
  readonly begin: number
  readonly end: number | undefined
  /** The clock is set between the run before and this one. */
  readonly isMoved: boolean
}

/** The next runs from an instant on. */
export const nextRuns = (
  dispatch: Dispatch,
  from: number,
  most: number,
  zone: Zone
): ReadonlyArray<ShownRun> => {
  const length = Duration.toMillis(dispatch.duration)
  const found: Array<ShownRun> = []
  let at = DateTime.makeUnsafe(from)
  while (found.length < most) {
    const next = dispatch.nextRun(at)?.epochMilliseconds
    if (next === undefined) break
    const before = found.at(-1)?.begin
    const isMoved = before !== undefined && zone.offset(before) !== zone.offset(next)
    found.push({ begin: next, end: Number.isFinite(length) ? next + length : undefined, isMoved })
    at = DateTime.makeUnsafe(next + 1_000)
  }
  return found
}

const pageLength = 10

export const Runs = ({
  dispatch,
  now,
  zone
}: {
  readonly dispatch: Dispatch
  readonly now: number
  readonly zone: Zone
}) => {
  const [most, setMost] = useState(pageLength)
  const runs = nextRuns(dispatch, now, most, zone)
  if (runs.length === 0) return <p class="muted">No further run.</p>
  return (
    <>
      <ol class="runs">
        {runs.map(({ begin, end, isMoved }) => (
          <li key={begin}>
            <time dateTime={Times.iso(begin)} title={Times.iso(begin)}>
              {Times.date(zone, begin, now)} <b>{Times.clock(zone, begin)}</b>
            </time>
            <span class="muted">
              {end === undefined
                ? " until it is stopped"
                : end === begin
                  ? " command"
                  : ` – ${Times.moment(zone, end, begin)}`}
            </span>
            {isMoved ? <span class="badge">clock now {offsetText(zone.offset(begin))}</span> : null}
          </li>
        ))}
      </ol>
      {runs.length < most ? null : (
        <button type="button" class="button quiet" onClick={() => setMost(most + pageLength)}>
          More runs
        </button>
      )}
    </>
  )
}

/** The length of a dispatch. */
export const lengthText = (dispatch: Pick<Dispatch, "duration">): string =>
  DispatchText.duration(dispatch.duration)
