/** What changes of a dispatch, field by field. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { hanging } from "./layout.ts"
import { bold, dim } from "./terminal.ts"
import * as Text from "./text.ts"
import type { Times } from "./times.ts"

/** The lines that tell what changes from one version to another. */
export const lines = (
  before: Dispatch,
  after: Dispatch,
  { columns, times }: { readonly columns: number; readonly times: Times }
): ReadonlyArray<string> => {
  const [was, is] = [fieldsOf(before, times), fieldsOf(after, times)]
  const rows = was.flatMap(([name, text], index): ReadonlyArray<readonly [string, string]> => {
    const now = is[index]?.[1] ?? ""
    return now === text ? [] : [[name, `${text}  → ${now}`]]
  })
  return [
    bold(`#${before.id} ${Text.safe(before.type)}`),
    ...(rows.length === 0 ? ["  nothing changes"] : []),
    ...rows.flatMap(([name, text]) => hanging(`  ${dim(name.padEnd(9))} `, text, columns))
  ]
}

const fieldsOf = (dispatch: Dispatch, times: Times): ReadonlyArray<readonly [name: string, text: string]> => [
  ["start", times.moment(dispatch.startTime)],
  ["duration", Text.duration(dispatch.duration)],
  ["recurs", dispatch.recurrence === undefined ? "once" : Text.rule(dispatch.recurrence, times)],
  ["target", Text.target(dispatch.target).replaceAll(",", ", ")],
  ["active", dispatch.active ? "yes" : "no"],
  ["payload", Text.payload(dispatch.payload)]
]
