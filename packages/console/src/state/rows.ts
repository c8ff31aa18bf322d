/** The rows that are shown: filtered, grouped and sorted. The timeline and the list show the same. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { standingOf, type Standing } from "@effect-dispatch/core/Standing"
import type { DateTime } from "effect"

/** The state of a dispatch as the plan has it. */
export type RowState = Standing["state"]

/** A filter for what is known. */
export interface Filter {
  readonly text: string
  readonly onlyRunning: boolean
  readonly onlyPaused: boolean
  readonly onlyDry: boolean
  /** Those of which a site has lately reported a missed run. */
  readonly onlyMissed: boolean
}

export const noFilter: Filter = {
  text: "",
  onlyRunning: false,
  onlyPaused: false,
  onlyDry: false,
  onlyMissed: false
}

export type Sort = "next" | "id" | "type" | "target" | "changed"
export type Group = "none" | "type" | "target"

/** A row: a dispatch with its state. */
export interface Row {
  readonly dispatch: Dispatch
  readonly state: RowState
  /** The next run, or the present one; `Infinity` for none. */
  readonly next: number
  readonly group: string
  /** The runs that sites have lately reported as missed. */
  readonly missed: number
}

/** Facts about a dispatch that hold for a while. */
const rowOf = (dispatch: Dispatch, now: DateTime.Utc, { group, missed }: Choice): Row => {
  const { next, state } = standingOf(dispatch, now)
  return {
    dispatch,
    state,
    next: state === "running" ? now.epochMilliseconds : (next?.epochMilliseconds ?? Infinity),
    group: group === "none" ? "" : group === "type" ? dispatch.type : DispatchText.target(dispatch.target),
    missed: missed.get(dispatch.id) ?? 0
  }
}

/** True if a dispatch has the words in its name, type, id, target or payload. `#7` is the id alone. */
export const matches = (dispatch: Dispatch, text: string): boolean => {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
  if (words.length === 0) return true
  const id = `#${dispatch.id}`
  const all = `${id} ${dispatch.name ?? ""} ${dispatch.type} ${DispatchText.target(dispatch.target)} ${JSON.stringify(dispatch.payload)}`
  const lower = all.toLowerCase()
  return words.every((word) => (/^#\d+$/.test(word) ? word === id : lower.includes(word)))
}

const passes = (
  { dispatch, missed, state }: Row,
  { onlyDry, onlyMissed, onlyPaused, onlyRunning }: Filter
): boolean =>
  (!onlyMissed || missed > 0) &&
  (!onlyRunning || state === "running") &&
  (!onlyPaused || state === "inactive") &&
  (!onlyDry || dispatch.dryRun)

const byId = (left: Row, right: Row): number =>
  left.dispatch.id < right.dispatch.id ? -1 : left.dispatch.id > right.dispatch.id ? 1 : 0

const collator = new Intl.Collator("en", { numeric: true })

const orders: { readonly [sort in Sort]: (left: Row, right: Row) => number } = {
  id: byId,
  next: (left, right) => (left.next === right.next ? byId(left, right) : left.next - right.next),
  type: (left, right) => collator.compare(left.dispatch.type, right.dispatch.type) || byId(left, right),
  target: (left, right) =>
    collator.compare(DispatchText.target(left.dispatch.target), DispatchText.target(right.dispatch.target)) ||
    byId(left, right),
  changed: (left, right) =>
    left.dispatch.updateTime > right.dispatch.updateTime
      ? -1
      : left.dispatch.updateTime < right.dispatch.updateTime
        ? 1
        : byId(left, right)
}

/** The choice of rows. */
export interface Choice {
  readonly filter: Filter
  readonly sort: Sort
  readonly group: Group
  /** The runs that sites have lately reported as missed, by dispatch. */
  readonly missed: ReadonlyMap<bigint, number>
}

/** The rows of dispatches, in the order in which they are shown. */
export const rowsOf = (
  dispatches: Iterable<Dispatch>,
  choice: Choice,
  now: DateTime.Utc
): ReadonlyArray<Row> => {
  const { filter, group, sort } = choice
  const rows: Array<Row> = []
  for (const dispatch of dispatches) {
    if (!matches(dispatch, filter.text)) continue
    const row = rowOf(dispatch, now, choice)
    if (passes(row, filter)) rows.push(row)
  }
  const order = orders[sort]
  return group === "none" ? rows.sort(order) : inGroups(rows).flatMap((each) => each.sort(order))
}

/** Rows by their groups, in the order of their names: there are far fewer of these to compare. */
const inGroups = (rows: ReadonlyArray<Row>): ReadonlyArray<Array<Row>> =>
  [...Map.groupBy(rows, ({ group }) => group)]
    .sort(([one], [other]) => collator.compare(one, other))
    .map(([, each]) => each)
