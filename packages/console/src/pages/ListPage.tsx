/** The rows of the timeline as a table, with choices for changes at once. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { useState } from "react"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import type { Row, Sort } from "../state/rows.ts"
import * as Times from "../time/times.ts"
import { keyOf, type Line, lines as linesAtom } from "../timeline/lines.ts"
import * as Names from "../words/names.ts"
import * as Words from "../words/state.ts"
import type { ToldRun } from "../worker/protocol.ts"
import * as Icons from "./icons.tsx"
import { LastRun, useLastRuns } from "./LastRun.tsx"
import {
  Button,
  Foreign,
  MissedBadge,
  Name,
  StateMark,
  UnreadableWords,
  useReadOnlyReason
} from "./parts.tsx"

/** Rows that are in the page at the same time: more would make it slow. */
const pageLength = 70

const columns: ReadonlyArray<readonly [Sort | undefined, string]> = [
  ["id", "Dispatch"],
  ["next", "State, as planned"],
  ["target", "Target"],
  [undefined, "Length"],
  ["changed", "Changed"]
]

/** The columns where the service is told of what ran. */
const toldColumns: typeof columns = [...columns.slice(0, 2), [undefined, "Last run"], ...columns.slice(2)]

const useColumns = () => (useAtom(Atoms.hasReports) ? toldColumns : columns)

export const ListPage = () => {
  const rows = useAtom(Atoms.rows)
  const lines = useAtom(linesAtom)
  const selected = useAtom(Atoms.selected)
  const [wanted, setWanted] = useState(0)
  // Lines may have gone since.
  const first = Math.min(wanted, Math.floor(Math.max(0, lines.length - 1) / pageLength) * pageLength)
  const shown = lines.slice(first, first + pageLength)
  const lastRuns = useLastRuns(shown.flatMap((line) => (line._tag === "Row" ? [line.row.dispatch.id] : [])))
  return (
    <div class="list">
      <Bulk rows={rows} />
      <div class="table-scroller" tabIndex={0} role="region" aria-label="Dispatches as a table">
        <table>
          <Head rows={rows} />
          <tbody>
            {shown.map((line) => (
              <AnyLine key={keyOf(line)} line={line} selected={selected} lastRuns={lastRuns} />
            ))}
          </tbody>
        </table>
        {lines.length > pageLength ? <Turning lines={lines} first={first} turn={setWanted} /> : null}
      </div>
    </div>
  )
}

/** A line of the table: a heading, a dispatch, or one that cannot be read. */
const AnyLine = ({
  lastRuns,
  line,
  selected
}: {
  readonly line: Line
  readonly selected: ReadonlySet<bigint>
  readonly lastRuns: ReturnType<typeof useLastRuns>
}) => {
  const { length } = useColumns()
  switch (line._tag) {
    case "Group":
      return (
        <tr class="group">
          <th scope="rowgroup" colSpan={length + 1}>
            <Foreign text={line.name} /> <span class="muted">{line.count}</span>
          </th>
        </tr>
      )
    case "Unreadable":
      return (
        <tr class="unreadable">
          <td colSpan={length + 1}>
            <Icons.Warning /> <UnreadableWords unreadable={line.unreadable} />
          </td>
        </tr>
      )
    case "Row":
      return (
        <DispatchLine
          row={line.row}
          isSelected={selected.has(line.row.dispatch.id)}
          lastRuns={lastRuns.get(line.row.dispatch.id) ?? []}
        />
      )
  }
}

/** The latest changes come first. */
const orderOf = (sort: Sort) => (sort === "changed" ? "descending" : "ascending")

const Head = ({ rows }: { readonly rows: ReadonlyArray<Row> }) => {
  const sort = useAtom(Atoms.sort)
  const selected = useAtom(Atoms.selected)
  const isAll = rows.length > 0 && rows.every(({ dispatch }) => selected.has(dispatch.id))
  return (
    <thead>
      <tr>
        <th class="choose">
          <label class="check">
            <input
              type="checkbox"
              aria-label={`Choose all ${rows.length}`}
              checked={isAll}
              onChange={() =>
                registry.set(Atoms.selected, new Set(isAll ? [] : rows.map(({ dispatch }) => dispatch.id)))
              }
            />
            <span class="all" aria-hidden="true">
              All {rows.length}
            </span>
          </label>
        </th>
        {useColumns().map(([name, words]) => (
          <th key={words} scope="col" aria-sort={name === sort ? orderOf(sort) : undefined}>
            {name === undefined ? (
              words
            ) : (
              <button type="button" class="sort" onClick={() => registry.set(Atoms.sort, name)}>
                {words}
                <span aria-hidden="true">
                  {name !== sort ? "" : orderOf(sort) === "ascending" ? " ↑" : " ↓"}
                </span>
              </button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  )
}

const DispatchLine = ({
  isSelected,
  lastRuns,
  row: { dispatch, missed, state }
}: {
  readonly row: Row
  readonly isSelected: boolean
  readonly lastRuns: ReadonlyArray<ToldRun>
}) => {
  const now = useAtom(Atoms.second)
  const zone = useAtom(Atoms.zone)
  const hasReports = useAtom(Atoms.hasReports)
  const choose = () => {
    const chosen = new Set(registry.get(Atoms.selected))
    if (!chosen.delete(dispatch.id)) chosen.add(dispatch.id)
    registry.set(Atoms.selected, chosen)
  }
  return (
    <tr class={isSelected ? "chosen" : ""}>
      <td class="choose">
        <input
          type="checkbox"
          aria-label={`Choose ${Names.ofDispatch(dispatch)}`}
          checked={isSelected}
          onChange={choose}
        />
      </td>
      <th scope="row">
        <button type="button" class="link" onClick={() => registry.set(Atoms.opened, dispatch.id)}>
          <Name dispatch={dispatch} />
        </button>
        {dispatch.dryRun ? <span class="badge">dry run</span> : null}
      </th>
      <td data-label="State">
        <StateMark state={state} /> {Words.ofDispatch(dispatch, now, zone)}
      </td>
      {hasReports ? (
        <td data-label="Last run">
          <LastRun told={lastRuns} /> <MissedBadge count={missed} />
        </td>
      ) : null}
      <td data-label="Target">{DispatchText.target(dispatch.target).replaceAll(",", ", ")}</td>
      <td data-label="Length">{DispatchText.duration(dispatch.duration)}</td>
      <td data-label="Changed">{Times.moment(zone, Number(dispatch.updateTime / 1_000_000n), now)}</td>
    </tr>
  )
}

const Bulk = ({ rows }: { readonly rows: ReadonlyArray<Row> }) => {
  const selected = useAtom(Atoms.selected)
  const readOnly = useReadOnlyReason()
  const ids = rows.flatMap(({ dispatch }) => (selected.has(dispatch.id) ? [dispatch.id] : []))
  const reason = readOnly ?? (ids.length === 0 ? "choose dispatches first" : undefined)
  return (
    <div class="bulk" role="group" aria-label="Changes of the chosen">
      <span>{ids.length === 0 ? "None chosen" : `${ids.length} chosen`}</span>
      <Button reason={reason} onPress={() => Actions.confirm("pause", ids)}>
        Pause…
      </Button>
      <Button reason={reason} onPress={() => Actions.confirm("resume", ids)}>
        Resume…
      </Button>
      <Button kind="danger" reason={reason} onPress={() => Actions.confirm("delete", ids)}>
        Delete…
      </Button>
    </div>
  )
}

/** Turns the pages of a long list. */
const Turning = ({
  first,
  lines,
  turn
}: {
  readonly lines: ReadonlyArray<Line>
  readonly first: number
  readonly turn: (first: number) => void
}) => {
  const last = Math.min(lines.length, first + pageLength)
  // Headings are no dispatches.
  const countTo = (end: number) => lines.slice(0, end).filter(({ _tag }) => _tag !== "Group").length
  return (
    <div class="turning" role="group" aria-label="Pages of the list">
      <Button
        reason={first === 0 ? "this is the beginning" : undefined}
        onPress={() => turn(first - pageLength)}
      >
        Previous
      </Button>
      <span role="status">
        {countTo(first) + 1}–{countTo(last)} of {countTo(lines.length).toLocaleString("en-US")}
      </span>
      <Button
        reason={last === lines.length ? "this is the end" : undefined}
        onPress={() => turn(first + pageLength)}
      >
        Next
      </Button>
    </div>
  )
}
