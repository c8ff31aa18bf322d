/** Lists as tables that fit the terminal. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DateTime } from "effect"
import { bold, dim } from "./terminal.ts"
import * as Text from "./text.ts"

const headings = ["ID", "TYPE", "START", "DURATION", "RECURS", "TARGET", "STATE", "PAYLOAD"]

/** How narrow a column may become before the next one has to give way too. */
const narrowest = 8

const cells = (dispatch: Dispatch, now: DateTime.Utc): Array<string> => [
  String(dispatch.id),
  Text.safe(dispatch.type),
  Text.instant(dispatch.startTime),
  Text.duration(dispatch.duration),
  Text.recurrence(dispatch.recurrence),
  Text.target(dispatch.target),
  Text.state(dispatch, now) + (dispatch.dryRun ? " (dry run)" : ""),
  Text.safe(JSON.stringify(dispatch.payload))
]

const cut = (text: string, width: number): string =>
  text.length <= width ? text.padEnd(width) : `${text.slice(0, Math.max(0, width - 1))}…`

/** The lines of a table; columns at the right give way first. */
export const dispatches = (
  list: ReadonlyArray<Dispatch>,
  now: DateTime.Utc,
  columns: number
): ReadonlyArray<string> => {
  const rows = list.map((dispatch) => cells(dispatch, now))
  const widths = headings.map((heading, index) =>
    Math.max(heading.length, ...rows.map((row) => (row[index] as string).length))
  )
  let excess = widths.reduce((sum, width) => sum + width + 2, -2) - columns
  // Payload, target, recurrence and type can be cut and still mean something.
  for (const index of [7, 5, 4, 1]) {
    const give = Math.max(0, Math.min(excess, (widths[index] as number) - narrowest))
    widths[index] = (widths[index] as number) - give
    excess -= give
  }
  const line = (row: ReadonlyArray<string>): string =>
    row
      .map((cell, index) => cut(cell, widths[index] as number))
      .join("  ")
      .trimEnd()
  return [
    bold(line(headings)),
    ...rows.map(line),
    dim(`${list.length} dispatch${list.length === 1 ? "" : "es"}, times in ${Text.zone()}`)
  ]
}
