/** The next runs of a dispatch, in words. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { useState } from "react"
import * as Times from "../time/times.ts"
import type { Zone } from "../time/zone.ts"
import { type Shown, type ShownRun, shownRuns } from "../words/runs.ts"

const pageLength = 10

/** The acts that are offered beside runs. */
interface Acts {
  readonly skip: (begin: number) => void
  readonly haveAgain: (begins: ReadonlyArray<number>) => void
}

interface Props {
  readonly dispatch: Dispatch
  readonly now: number
  readonly zone: Zone
  readonly acts?: Acts | undefined
}

export const Runs = ({ acts, dispatch, now, zone }: Props) => {
  const [most, setMost] = useState(pageLength)
  const shown = shownRuns(dispatch, now, most, zone)
  const count = shown.filter(({ _tag }) => _tag === "Run").length
  return (
    <>
      {shown.length === 0 ? null : (
        <ol class="runs">
          {shown.map((each) => (
            <RunLine key={keyOf(each)} shown={each} now={now} zone={zone} acts={acts} />
          ))}
        </ol>
      )}
      {count === 0 ? <p class="muted">No further run.</p> : null}
      {count < most ? null : (
        <button type="button" class="button quiet" onClick={() => setMost(most + pageLength)}>
          More runs
        </button>
      )}
    </>
  )
}

const keyOf = (shown: Shown): number => (shown._tag === "Run" ? shown.run.begin : -(shown.begins[0] ?? 0))

const RunLine = ({ acts, now, shown, zone }: Omit<Props, "dispatch"> & { readonly shown: Shown }) => {
  if (shown._tag === "Skipped") return <SkippedLine begins={shown.begins} now={now} zone={zone} acts={acts} />
  const { begin, note } = shown.run
  return (
    <li>
      <Begin begin={begin} now={now} zone={zone} />
      <span class="muted">{endText(shown.run, zone)}</span>
      {note === undefined ? null : <span class="badge">{note}</span>}
      {acts === undefined ? null : (
        <Act label={`Skip the run on ${Times.full(zone, begin)}`} onPress={() => acts.skip(begin)}>
          Skip
        </Act>
      )}
    </li>
  )
}

/** Runs in succession that are left out, which can be had again. */
const SkippedLine = ({
  acts,
  begins,
  now,
  zone
}: Omit<Props, "dispatch"> & { readonly begins: ReadonlyArray<number> }) => {
  const [first = 0] = begins
  const last = begins.at(-1) ?? first
  const what = begins.length === 1 ? "skipped" : `${begins.length} runs skipped`
  return (
    <li class="skipped">
      <Begin begin={first} now={now} zone={zone} />
      <span class="muted">{begins.length === 1 ? "" : ` to ${Times.date(zone, last, now)}`}</span>
      <span class="badge">{what}</span>
      {acts === undefined ? null : (
        <Act label={`Undo: ${what}, ${Times.full(zone, first)}`} onPress={() => acts.haveAgain(begins)}>
          Undo
        </Act>
      )}
    </li>
  )
}

const Begin = ({
  begin,
  now,
  zone
}: {
  readonly begin: number
  readonly now: number
  readonly zone: Zone
}) => (
  <time dateTime={Times.iso(begin)} title={Times.iso(begin)}>
    {Times.date(zone, begin, now)} <b>{Times.clock(zone, begin)}</b>
  </time>
)

const endText = ({ begin, end }: ShownRun, zone: Zone): string =>
  end === undefined
    ? " until it is stopped"
    : end === begin
      ? " command"
      : ` – ${Times.moment(zone, end, begin)}`

const Act = ({
  children,
  label,
  onPress
}: {
  readonly children: string
  readonly label: string
  readonly onPress: () => void
}) => (
  <button type="button" class="button quiet small" aria-label={label} onClick={onPress}>
    {children}
  </button>
)

/** The length of a dispatch. */
export const lengthText = (dispatch: Pick<Dispatch, "duration">): string =>
  DispatchText.duration(dispatch.duration)
