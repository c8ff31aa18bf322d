/** The changes of a dispatch, field by field. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { LocalClock } from "@effect-dispatch/core/LocalClock"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import * as RecurrenceText from "@effect-dispatch/core/RecurrenceText"
import { DateTime } from "effect"
import { utcClock } from "../input/zone.ts"
import { exceptionsOf } from "../schedule/draft.ts"
import { withExceptions } from "../schedule/rule.ts"
import { hanging, wrap } from "./layout.ts"
import { bold, dim, green } from "./terminal.ts"
import * as Text from "./text.ts"
import * as Times from "./times.ts"

/** The form in which a change is told. */
export interface Layout {
  readonly columns: number
  readonly times: Times.Times
  readonly now: DateTime.Utc
}

/** The lines that tell what changes from one version to another; what runs now is marked. */
export const lines = (
  before: Dispatch,
  after: Dispatch,
  { columns, now, times }: Layout
): ReadonlyArray<string> => {
  const [was, is] = [fieldsOf(before, times), fieldsOf(after, times)]
  const changed = was.flatMap(([name, text], index): ReadonlyArray<Row> => {
    const now = is[index]?.[1] ?? ""
    return now === text ? [] : [[name, `${text}  → ${now}`]]
  })
  const rows = [...changed, ...exceptRow(before, after)]
  return [
    ...wrap(`${Text.label(before)} ${Text.safe(before.type)}`, columns).map(bold),
    ...marks(before, after, now).map(green),
    ...(rows.length === 0 ? ["  nothing changes"] : []),
    ...rows.flatMap(([name, text]) => hanging(`  ${dim(name.padEnd(9))} `, text, columns))
  ]
}

const marks = (before: Dispatch, after: Dispatch, now: DateTime.Utc): ReadonlyArray<string> => {
  if (!before.startedAt(now)) return after.startedAt(now) ? ["  starts at once"] : []
  return [after.startedAt(now) ? "  runs now" : "  runs now, and stops"]
}

type Row = readonly [name: string, text: string]

/** Runs that are left out from now on, and those that are there again, as the clock of the rule shows them. */
const exceptRow = (before: Dispatch, after: Dispatch): ReadonlyArray<Row> => {
  const [was, is] = [exceptionsOf(before.recurrence), exceptionsOf(after.recurrence)]
  const signed = [
    ["+", without(is, was), after],
    ["-", without(was, is), before]
  ] as const
  const parts = signed.flatMap(([sign, instants, { recurrence }]) =>
    instants.length === 0 ? [] : [`${sign} ${Text.enumerated(instants.map(momentOn(recurrence)))}`]
  )
  return parts.length === 0 ? [] : [["except", parts.join(" ")]]
}

const without = (all: ReadonlyArray<DateTime.Utc>, others: ReadonlyArray<DateTime.Utc>) =>
  all.filter((at) => others.every((other) => !DateTime.Equivalence(at, other)))

const momentOn = (rule: Rule | undefined): ((at: DateTime.Utc) => string) =>
  Times.make(LocalClock.make(rule?.timeZone ?? "UTC") ?? utcClock).moment

const recurrenceOf = ({ recurrence, startTime }: Dispatch): string =>
  recurrence === undefined ? "once" : RecurrenceText.describe(withExceptions(recurrence, []), startTime)

const fieldsOf = (dispatch: Dispatch, times: Times.Times): ReadonlyArray<Row> => [
  ["name", Text.safe(dispatch.name ?? "none")],
  ["start", times.moment(dispatch.startTime)],
  ["duration", Text.duration(dispatch.duration)],
  ["recurs", recurrenceOf(dispatch)],
  ["target", Text.target(dispatch.target).replaceAll(",", ", ")],
  ["active", dispatch.active ? "yes" : "no"],
  ["payload", Text.payload(dispatch.payload)]
]
