/** The next runs of a dispatch, in words. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { useState } from "react"
import * as Times from "../time/times.ts"
import type { Zone } from "../time/zone.ts"
import { nextRuns } from "../words/runs.ts"

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
        {runs.map(({ begin, end, note }) => (
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
            {note === undefined ? null : <span class="badge">{note}</span>}
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
