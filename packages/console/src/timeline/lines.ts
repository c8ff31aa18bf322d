/** The lines of the timeline: headings of groups, dispatches, and those that cannot be read. */
import * as Atoms from "../state/atoms.ts"
import { readable } from "../state/binding.ts"
import type { Group, Row } from "../state/rows.ts"
import type { Unreadable } from "../worker/protocol.ts"

export type Line =
  | { readonly _tag: "Group"; readonly name: string; readonly count: number }
  | { readonly _tag: "Row"; readonly row: Row }
  | { readonly _tag: "Unreadable"; readonly unreadable: Unreadable }

/** The lines, in their order. */
export const linesOf = (
  rows: ReadonlyArray<Row>,
  unreadable: ReadonlyArray<Unreadable>,
  group: Group
): ReadonlyArray<Line> => {
  const lines: Array<Line> = unreadable.map((each) => ({ _tag: "Unreadable", unreadable: each }))
  if (group === "none") return [...lines, ...rows.map((row): Line => ({ _tag: "Row", row }))]
  const counts = new Map<string, number>()
  for (const { group } of rows) counts.set(group, (counts.get(group) ?? 0) + 1)
  let last: string | undefined
  for (const row of rows) {
    if (row.group !== last) lines.push({ _tag: "Group", name: row.group, count: counts.get(row.group) ?? 0 })
    last = row.group
    lines.push({ _tag: "Row", row })
  }
  return lines
}

export const lines = readable((get) => linesOf(get(Atoms.rows), get(Atoms.unreadable), get(Atoms.group)))

/** The key of a line among all lines. */
export const keyOf = (line: Line): string =>
  line._tag === "Row"
    ? `d${line.row.dispatch.id}`
    : line._tag === "Group"
      ? `g${line.name}`
      : `u${line.unreadable.id} ${line.unreadable.path}`
