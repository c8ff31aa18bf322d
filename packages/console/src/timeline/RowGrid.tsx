/** The rows of the timeline as a grid: it is moved in by keys, and says each row in words. */
import type { RefObject } from "preact"
import { useEffect, useRef } from "react"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import type { RunFate } from "@effect-dispatch/core/Run"
import { DateTime } from "effect"
import * as Icons from "../pages/icons.tsx"
import { Foreign, MissedBadge, Name, StateMark, UnreadableWords } from "../pages/parts.tsx"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import { canSkip } from "../words/leftOut.ts"
import * as Names from "../words/names.ts"
import * as Words from "../words/state.ts"
import { keyOf, type Line } from "./lines.ts"
import { moveView, showRun } from "./moves.ts"
import type { Measures } from "./measures.ts"
import { announce } from "../state/announcer.ts"

interface Props {
  readonly lines: ReadonlyArray<Line>
  readonly measures: Measures
  readonly scrollTop: number
  readonly scroller: RefObject<HTMLDivElement | null>
}

/** Rows beyond the edges that are there as well, for quick steps. */
const margin = 4

const idOf = (line: Line | undefined): bigint | undefined =>
  line?._tag === "Row" ? line.row.dispatch.id : undefined

/** The next line that is a row, from a place on. */
const rowFrom = (lines: ReadonlyArray<Line>, to: number, step: 1 | -1): number | undefined => {
  let index = Math.max(0, Math.min(lines.length - 1, to))
  while (lines[index] !== undefined && lines[index]?._tag !== "Row") index += step
  return lines[index] === undefined ? undefined : index
}

/** Scrolls as far as it takes to see a row. */
const reveal = (scroller: HTMLElement, top: number, { height, rowHeight }: Measures): void => {
  if (top < scroller.scrollTop) scroller.scrollTop = top
  else if (top + rowHeight > scroller.scrollTop + height) scroller.scrollTop = top + rowHeight - height
}

/** The place of the row that has the keyboard's attention, else of the first row. */
const currentOf = (lines: ReadonlyArray<Line>, focused: bigint | undefined): number => {
  const present = lines.findIndex((line) => idOf(line) === focused)
  return present >= 0 ? present : lines.findIndex((line) => line._tag === "Row")
}

/** The rows that a key moves by. */
const stepOf = (key: string, { height, rowHeight }: Measures): number | undefined => {
  const page = Math.max(1, Math.floor(height / rowHeight) - 1)
  const steps: { readonly [key: string]: number } = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: page,
    PageUp: -page
  }
  return steps[key]
}

/** Gives the current row the focus; false if it is not there yet. */
const focusCurrent = (grid: HTMLElement | null): boolean => {
  const row = grid?.querySelector<HTMLElement>('[tabindex="0"]')
  row?.focus({ preventScroll: true })
  return row !== null && row !== undefined
}

export const RowGrid = ({ lines, measures, scroller, scrollTop }: Props) => {
  const { height, labelWidth, rowHeight } = measures
  const focused = useAtom(Atoms.focused)
  const wantsFocus = useRef(false)
  const grid = useRef<HTMLDivElement>(null)
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - margin)
  const last = Math.min(lines.length, Math.ceil((scrollTop + height) / rowHeight) + margin)
  const current = currentOf(lines, focused)

  useEffect(() => {
    if (wantsFocus.current && focusCurrent(grid.current)) wantsFocus.current = false
  })

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const step = stepOf(event.key, measures)
    if (step !== undefined) {
      event.preventDefault()
      const index = rowFrom(lines, current + step, step > 0 ? 1 : -1)
      if (index === undefined) return
      wantsFocus.current = true
      registry.set(Atoms.focused, idOf(lines[index]))
      if (scroller.current !== null) reveal(scroller.current, index * rowHeight, measures)
    } else if (moveView(event.key) || act(event.key, lines[current])) event.preventDefault()
  }

  return (
    <div
      ref={grid}
      role="grid"
      class="grid"
      aria-label="Dispatches"
      aria-rowcount={lines.length}
      style={{ height: `${lines.length * rowHeight}px` }}
      onKeyDown={onKeyDown}
    >
      {lines.slice(first, last).map((line, index) => (
        <GridRow
          key={keyOf(line)}
          line={line}
          index={first + index}
          isCurrent={first + index === current}
          top={(first + index) * rowHeight}
          height={rowHeight}
          labelWidth={labelWidth}
        />
      ))}
    </div>
  )
}

/** Does what a key says to the row; single letters count in the grid alone. */
const act = (key: string, line: Line | undefined): boolean => {
  if (key === "/") return focusFilter()
  if (key === "?") {
    Atoms.choosePage("help")
    return true
  }
  if (line?._tag !== "Row") return false
  const { dispatch } = line.row
  const mayWrite = registry.get(Atoms.mayWrite)
  if (key === "Enter") registry.set(Atoms.opened, dispatch.id)
  else if (key === "n" || key === "p") tellRun(dispatch, key === "n" ? "next" : "previous")
  else if (!mayWrite) return false
  else if (key === "e") Actions.startEdit(dispatch)
  else if (key === "s") skipNext(dispatch)
  else if (key === " ") Actions.confirm(dispatch.active ? "pause" : "resume", [dispatch.id])
  else if (key === "Delete") Actions.confirm("delete", [dispatch.id])
  else return false
  return true
}

/** Asks before the next run is left out, where that can be. */
const skipNext = (dispatch: Dispatch): void => {
  const next = dispatch.nextRun(DateTime.makeUnsafe(registry.get(Atoms.now)))
  if (next === undefined || !registry.get(Atoms.hasCalendar) || !canSkip(dispatch))
    return announce(`${Names.ofDispatch(dispatch)} has no run that can be skipped`)
  Actions.confirmRuns("skip", dispatch, [next.epochMilliseconds])
}

const tellRun = (...[dispatch, which]: Parameters<typeof showRun>): void => {
  const at = showRun(dispatch, which)
  const zone = registry.get(Atoms.zone)
  announce(
    at === undefined
      ? `${Names.ofDispatch(dispatch)}: no ${which === "next" ? "later" : "earlier"} run`
      : `${Names.ofDispatch(dispatch)} ${which === "next" ? "runs" : deedOf(dispatch, at)} ${Times.full(zone, at)}`
  )
}

const deeds: { readonly [fate in RunFate["_tag"]]: string } = {
  Planned: "is planned",
  Running: "runs since",
  Ran: "ran",
  Missed: "was missed",
  Unknown: "may have run"
}

/** The words for a run of the past: as it was told, else as it was planned. */
const deedOf = ({ id }: Dispatch, at: number): string => {
  const told = registry.get(Atoms.told).get(id)
  const run = told?.runs.find(({ run }) => run.occurrence.epochMilliseconds === at)
  if (run !== undefined) return deeds[run.run.fate._tag]
  return told !== undefined && at >= told.since ? "was planned, and not told," : "ran by plan"
}

const focusFilter = (): boolean => {
  document.getElementById("filter")?.focus()
  return true
}

interface GridRowProps {
  readonly line: Line
  readonly index: number
  readonly isCurrent: boolean
  readonly top: number
  readonly height: number
  readonly labelWidth: number
}

const GridRow = ({ line, height, index, isCurrent, labelWidth, top }: GridRowProps) => {
  const style = {
    transform: `translateY(${top}px)`,
    height: `${height}px`,
    ...(labelWidth === 0 ? { width: "100%" } : { width: `${labelWidth}px` })
  }
  const opened = useAtom(Atoms.opened)
  if (line._tag === "Group")
    return (
      <div role="row" class="row heading" style={style} aria-rowindex={index + 1}>
        <span role="gridcell">
          <Foreign text={line.name} /> <span class="count">{line.count}</span>
        </span>
      </div>
    )
  if (line._tag === "Unreadable") return <UnreadableLine line={line} style={style} index={index} />
  const { dispatch, missed, state } = line.row
  return (
    <div
      role="row"
      class={`row ${opened === dispatch.id ? "opened" : ""} ${labelWidth === 0 ? "narrow" : ""}`}
      style={style}
      aria-rowindex={index + 1}
      aria-selected={opened === dispatch.id}
      tabIndex={isCurrent ? 0 : -1}
      onFocus={() => registry.set(Atoms.focused, dispatch.id)}
      onClick={() => registry.set(Atoms.opened, dispatch.id)}
    >
      <span role="gridcell" class="cell">
        <StateMark state={state} />
        <Name dispatch={dispatch} />
        <span class="facts">
          <MissedBadge count={missed} />
          <StateWords line={line} />
          {dispatch.dryRun ? <span class="badge">dry run</span> : null}
        </span>
      </span>
    </div>
  )
}

const StateWords = ({ line }: { readonly line: Extract<Line, { readonly _tag: "Row" }> }) => {
  const now = useAtom(Atoms.second)
  const zone = useAtom(Atoms.zone)
  const { dispatch } = line.row
  return (
    <>
      {Words.ofDispatch(dispatch, now, zone)}
      <span class="target"> · {DispatchText.target(dispatch.target).replaceAll(",", ", ")}</span>
    </>
  )
}

const UnreadableLine = ({
  line: { unreadable },
  index,
  style
}: {
  readonly line: Extract<Line, { readonly _tag: "Unreadable" }>
  readonly index: number
  readonly style: { readonly [name: string]: string }
}) => (
  <div role="row" class="row unreadable" style={style} aria-rowindex={index + 1}>
    <span role="gridcell" class="cell">
      <span class="state">
        <Icons.Warning />
      </span>
      <UnreadableWords unreadable={unreadable} />
    </span>
  </div>
)
