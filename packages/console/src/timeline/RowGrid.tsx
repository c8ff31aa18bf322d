/** The rows of the timeline as a grid: it is moved in by keys, and says each row in words. */
import type { RefObject } from "preact"
import { useEffect, useRef } from "react"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import * as Icons from "../pages/icons.tsx"
import { Foreign, Name, StateMark } from "../pages/parts.tsx"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import * as Words from "../words/state.ts"
import type { Entry } from "./entries.ts"
import { moveView, showRun } from "./moves.ts"
import type { Measures } from "./Timeline.tsx"
import { announce } from "../state/announcer.ts"

interface Props {
  readonly entries: ReadonlyArray<Entry>
  readonly measures: Measures
  readonly scrollTop: number
  readonly scroller: RefObject<HTMLDivElement | null>
}

/** Rows beyond the edges that are there as well, for quick steps. */
const margin = 4

const idOf = (entry: Entry | undefined): bigint | undefined =>
  entry?._tag === "Row" ? entry.row.dispatch.id : undefined

export const RowGrid = ({ entries, measures, scroller, scrollTop }: Props) => {
  const { height, labelWidth, rowHeight } = measures
  const focused = useAtom(Atoms.focused)
  const wantsFocus = useRef(false)
  const grid = useRef<HTMLDivElement>(null)
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - margin)
  const last = Math.min(entries.length, Math.ceil((scrollTop + height) / rowHeight) + margin)
  const present = entries.findIndex((entry) => idOf(entry) === focused)
  const current = present >= 0 ? present : entries.findIndex((entry) => entry._tag === "Row")

  useEffect(() => {
    if (!wantsFocus.current) return
    const row = grid.current?.querySelector<HTMLElement>('[tabindex="0"]')
    if (row === null || row === undefined) return
    wantsFocus.current = false
    row.focus({ preventScroll: true })
  })

  const go = (to: number, step: 1 | -1) => {
    let index = Math.max(0, Math.min(entries.length - 1, to))
    while (entries[index] !== undefined && entries[index]?._tag !== "Row") index += step
    const id = idOf(entries[index])
    if (id === undefined) return
    wantsFocus.current = true
    registry.set(Atoms.focused, id)
    const top = index * rowHeight
    const view = scroller.current
    if (view === null) return
    if (top < view.scrollTop) view.scrollTop = top
    else if (top + rowHeight > view.scrollTop + height) view.scrollTop = top + rowHeight - height
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const page = Math.max(1, Math.floor(height / rowHeight) - 1)
    const steps: { readonly [key: string]: number } = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page
    }
    const step = steps[event.key]
    const isHandled =
      step !== undefined
        ? (go(current + step, step > 0 ? 1 : -1), true)
        : moveView(event.key) || act(event.key, entries[current])
    if (isHandled) event.preventDefault()
  }

  return (
    <div
      ref={grid}
      role="grid"
      class="grid"
      aria-label="Dispatches"
      aria-rowcount={entries.length}
      style={{ height: `${entries.length * rowHeight}px` }}
      onKeyDown={onKeyDown}
    >
      {entries.slice(first, last).map((entry, index) => (
        <Line
          key={keyOf(entry)}
          entry={entry}
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

const keyOf = (entry: Entry): string =>
  entry._tag === "Row"
    ? `d${entry.row.dispatch.id}`
    : entry._tag === "Group"
      ? `g${entry.name}`
      : `u${entry.unreadable.id} ${entry.unreadable.path}`

/** Does what a key says to the row; single letters count in the grid alone. */
const act = (key: string, entry: Entry | undefined): boolean => {
  if (key === "/") return focusFilter()
  if (key === "?") {
    registry.set(Atoms.page, "help")
    return true
  }
  if (entry?._tag !== "Row") return false
  const { dispatch } = entry.row
  const mayWrite = registry.get(Atoms.mayWrite)
  if (key === "Enter") registry.set(Atoms.opened, dispatch.id)
  else if (key === "n" || key === "p") tellRun(dispatch, key === "n")
  else if (!mayWrite) return false
  else if (key === "e") Actions.startEdit(dispatch)
  else if (key === " ") Actions.confirm(dispatch.active ? "pause" : "resume", [dispatch.id])
  else if (key === "Delete") Actions.confirm("delete", [dispatch.id])
  else return false
  return true
}

const tellRun = (dispatch: Parameters<typeof showRun>[0], isNext: boolean): void => {
  const at = showRun(dispatch, isNext)
  const zone = registry.get(Atoms.zone)
  announce(
    at === undefined
      ? `${Actions.nameOf(dispatch)}: no ${isNext ? "later" : "earlier"} run`
      : `${Actions.nameOf(dispatch)} ${isNext ? "runs" : "ran by plan"} ${Times.full(zone, at)}`
  )
}

const focusFilter = (): boolean => {
  document.getElementById("filter")?.focus()
  return true
}

interface LineProps {
  readonly entry: Entry
  readonly index: number
  readonly isCurrent: boolean
  readonly top: number
  readonly height: number
  readonly labelWidth: number
}

const Line = ({ entry, height, index, isCurrent, labelWidth, top }: LineProps) => {
  const style = {
    transform: `translateY(${top}px)`,
    height: `${height}px`,
    ...(labelWidth === 0 ? { width: "100%" } : { width: `${labelWidth}px` })
  }
  const opened = useAtom(Atoms.opened)
  if (entry._tag === "Group")
    return (
      <div role="row" class="row heading" style={style} aria-rowindex={index + 1}>
        <span role="gridcell">
          <Foreign text={entry.name} /> <span class="count">{entry.count}</span>
        </span>
      </div>
    )
  if (entry._tag === "Unreadable") return <UnreadableLine entry={entry} style={style} index={index} />
  const { dispatch, state } = entry.row
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
          <StateWords entry={entry} />
          {dispatch.dryRun ? <span class="badge">dry run</span> : null}
        </span>
      </span>
    </div>
  )
}

const StateWords = ({ entry }: { readonly entry: Extract<Entry, { readonly _tag: "Row" }> }) => {
  const now = useAtom(Atoms.minute)
  const zone = useAtom(Atoms.zone)
  const { dispatch } = entry.row
  return (
    <>
      {Words.ofDispatch(dispatch, now, zone)}
      <span class="target"> · {DispatchText.target(dispatch.target).replaceAll(",", ", ")}</span>
    </>
  )
}

const UnreadableLine = ({
  entry: { unreadable },
  index,
  style
}: {
  readonly entry: Extract<Entry, { readonly _tag: "Unreadable" }>
  readonly index: number
  readonly style: { readonly [name: string]: string }
}) => (
  <div role="row" class="row unreadable" style={style} aria-rowindex={index + 1}>
    <span
      role="gridcell"
      class="cell"
      title="It never runs. Change or delete it with a client that knows this field, or update this one."
    >
      <span class="state">
        <Icons.Warning />
      </span>
      <span class="name">{unreadable.id === null ? "a dispatch" : `#${unreadable.id}`} cannot be read</span>
      <span class="facts">
        <Foreign text={`${unreadable.path}: ${unreadable.message}`} />
      </span>
    </span>
  </div>
)
