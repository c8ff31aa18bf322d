/** What changes of a dispatch, field by field. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import type { DateTime } from "effect"
import { hanging, wrap } from "./layout.ts"
import { bold, dim, green } from "./terminal.ts"
import * as Text from "./text.ts"
import type { Times } from "./times.ts"

/** The form in which a change is told. */
export interface Layout {
  readonly columns: number
  readonly times: Times
  readonly now: DateTime.Utc
}

/** The lines that tell what changes from one version to another; what runs now is marked. */
export const lines = (
  before: Dispatch,
  after: Dispatch,
  { columns, now, times }: Layout
): ReadonlyArray<string> => {
  const [was, is] = [fieldsOf(before, times), fieldsOf(after, times)]
  const rows = was.flatMap(([name, text], index): ReadonlyArray<readonly [string, string]> => {
    const now = is[index]?.[1] ?? ""
    return now === text ? [] : [[name, `${text}  → ${now}`]]
  })
  return [
    ...wrap(`#${before.id} ${Text.safe(before.type)}`, columns).map(bold),
    ...marks(before, after, now).map(green),
    ...(rows.length === 0 ? ["  nothing changes"] : []),
    ...rows.flatMap(([name, text]) => hanging(`  ${dim(name.padEnd(9))} `, text, columns))
  ]
}

const marks = (before: Dispatch, after: Dispatch, now: DateTime.Utc): ReadonlyArray<string> => {
  if (!before.startedAt(now)) return after.startedAt(now) ? ["  starts at once"] : []
  return [after.startedAt(now) ? "  runs now" : "  runs now, and stops"]
}

const fieldsOf = (dispatch: Dispatch, times: Times): ReadonlyArray<readonly [name: string, text: string]> => [
  ["start", times.moment(dispatch.startTime)],
  ["duration", Text.duration(dispatch.duration)],
  [
    "recurs",
    dispatch.recurrence === undefined
      ? "once"
      : RecurrenceText.describe(dispatch.recurrence, dispatch.startTime)
  ],
  ["target", Text.target(dispatch.target).replaceAll(",", ", ")],
  ["active", dispatch.active ? "yes" : "no"],
  ["payload", Text.payload(dispatch.payload)]
]
