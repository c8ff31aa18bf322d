/** One dispatch, all of it. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DateTime } from "effect"
import { bold, dim } from "./terminal.ts"
import * as Text from "./text.ts"

/** The lines of a card. */
export const dispatch = (value: Dispatch, now: DateTime.Utc): ReadonlyArray<string> => {
  const next = value.nextRun(now)
  const until = value.until(now)
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["start", Text.instant(value.startTime)],
    ["duration", Text.duration(value.duration)],
    ["recurs", Text.recurrence(value.recurrence)],
    ["target", Text.target(value.target)],
    ["payload", Text.safe(JSON.stringify(value.payload))],
    ["state", Text.state(value, now) + (until === undefined ? "" : ` until ${Text.instant(until)}`)],
    ["next run", next === undefined ? "none" : Text.instant(next)],
    ["dry run", value.dryRun ? "yes" : "no"],
    ["created", Text.instant(value.createTime)]
  ]
  return [
    `${bold(`#${value.id}`)} ${Text.safe(value.type)}`,
    ...rows.map(([name, text]) => `  ${dim(name.padEnd(9))} ${text}`)
  ]
}
