/** A calm, timestamped account of what an actor does, one line per event, in aligned columns. */
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import type { MissedRun, RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { DateTime, Effect } from "effect"
import { bold, cyan, dim, green, print, red, yellow } from "./terminal.ts"
import * as Text from "./text.ts"

const line = (at: DateTime.Utc, kind: string, paint: (text: string) => string, rest: string) =>
  print(`${dim(Text.timeOfDay(at))}  ${paint(kind.padEnd(10))} ${rest}`)

const name = ({ id, type }: { readonly id: bigint; readonly type: string }): string =>
  `${`#${id}`.padEnd(5)} ${Text.safe(type).padEnd(18)}`

/** Tells of a running-state change. */
export const change = (value: RunningStateChange): Effect.Effect<void> => {
  const { at, cause, continues, dispatch, state, until } = value
  const isCommand = until !== undefined && DateTime.Equivalence(until, value.occurrence)
  const planned = isCommand
    ? "command"
    : until === undefined
      ? "until stopped"
      : `until ${Text.timeOfDay(until).slice(0, 8)}`
  const details =
    state === "Running"
      ? `${planned}${continues ? ", then again" : ""}${value.previous === undefined ? "" : ", reconfigured"}  ${dim(Text.safe(JSON.stringify(dispatch.payload)))}`
      : isCommand
        ? "command done"
        : until !== undefined && DateTime.isGreaterThan(until, at)
          ? `early, was planned ${planned}`
          : ""
  return line(
    value.decidedAt,
    state,
    state === "Running" ? green : red,
    `${name(dispatch)} ${dim(cause.toLowerCase().padEnd(9))} ${details}`.trimEnd()
  )
}

/** Tells of a lifecycle event. */
export const event = (value: DispatchEvent): Effect.Effect<void> =>
  Effect.flatMap(DateTime.now, (now) => {
    const { dispatch } = value
    const details =
      value._tag === "Created" || value._tag === "Updated"
        ? `starts ${Text.instant(dispatch.startTime)}, ${Text.duration(dispatch.duration)}, ${Text.recurrence(dispatch.recurrence)}${dispatch.active ? "" : ", inactive"}`
        : ""
    return line(now, value._tag.toLowerCase(), cyan, `${name(dispatch)} ${dim(details)}`.trimEnd())
  })

/** Tells of occurrences that came and went. */
export const missed = (value: MissedRun): Effect.Effect<void> =>
  Effect.flatMap(DateTime.now, (now) =>
    line(
      now,
      "missed",
      yellow,
      value._tag === "MissedRun"
        ? `${name(value.dispatch)} the run of ${Text.instant(value.occurrence)}`
        : `${name(value.dispatch)} ${value.count} runs from ${Text.instant(value.first)} to ${Text.instant(value.last)}`
    )
  )

/** Tells of the actor's being in sync. */
export const status = (value: SyncStatus): Effect.Effect<void> =>
  Effect.flatMap(DateTime.now, (now) => {
    switch (value._tag) {
      case "Connecting":
        return line(now, "connecting", yellow, value.cause ?? "to the service")
      case "Synchronised":
        return line(now, "in sync", bold, "with the service; every change is shown as it happens")
      case "Stale":
        return line(now, "stale", yellow, `${value.cause}; going on with what is known, and trying again`)
    }
  })
