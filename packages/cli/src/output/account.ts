/** A calm, timestamped account of what an actor does, one entry per event, in aligned columns. */
import * as ClockOffset from "@effect-dispatch/core/ClockOffset"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import { isCommand, type MissedRun, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import type { Token } from "@effect-dispatch/fleet/FencingToken"
import { DateTime, Duration, Effect } from "effect"
import { hanging, pad } from "./layout.ts"
import { bold, columns, cyan, dim, green, print, red, yellow } from "./terminal.ts"
import * as Text from "./text.ts"
import type { Times } from "./times.ts"

/** Tells of each kind of event. */
export interface Account {
  /** A start or stop; in a fleet with the token of the microgrid that it is of. */
  readonly change: (value: RunningStateChange, token?: Token) => Effect.Effect<void>
  readonly event: (value: DispatchEvent) => Effect.Effect<void>
  readonly missed: (value: MissedRun) => Effect.Effect<void>
  /** The sync status, and how far the service's clock is ahead. */
  readonly status: (value: SyncStatus, clockOffset?: ClockOffset.ClockOffset) => Effect.Effect<void>
  /** An event of the service about a dispatch. */
  readonly announced: (kind: string, dispatch: Dispatch) => Effect.Effect<void>
}

/** One line of an account, and more where the terminal is too narrow for it. */
interface Entry {
  readonly at: DateTime.Utc
  readonly kind: string
  readonly paint: (text: string) => string
  readonly token?: Token | undefined
  readonly dispatch?: { readonly id: bigint; readonly type: string } | undefined
  readonly cause?: string | undefined
  readonly text: string
}

/** An account that shows the date whenever the day has changed. */
export const make = (times: Times): Account => {
  const lines = new Lines(times)
  return {
    announced: (kind, dispatch) =>
      lines.now((at) => ({
        kind: kind.toLowerCase(),
        paint: cyan,
        dispatch,
        text: kind === "Deleted" ? "" : dim(detailsOf(dispatch, times, at))
      })),
    change: (value, token) =>
      lines.print({
        at: value.decidedAt,
        token,
        kind: value.state,
        paint: value.state === "Running" ? green : red,
        dispatch: value.dispatch,
        cause: causes[value.cause],
        text: detailsOfChange(value, times)
      }),
    event: (value) =>
      lines.now((at) => ({
        kind: value._tag.toLowerCase(),
        paint: cyan,
        dispatch: value.dispatch,
        text: dim(detailsOfEvent(value, times, at))
      })),
    missed: (value) =>
      lines.now(() => ({
        kind: "missed",
        paint: yellow,
        dispatch: value.dispatch,
        text:
          value._tag === "MissedRun"
            ? `the run of ${times.instant(value.occurrence)}`
            : `${Text.counted(value.count, "run")} from ${times.instant(value.first)} to ${times.instant(value.last)}`
      })),
    status: (value, clockOffset) => lines.now(() => entryOfStatus(value, clockOffset))
  }
}

/** Prints entries, and remembers the day of the last one. */
class Lines {
  readonly #times: Times
  #day = ""

  constructor(times: Times) {
    this.#times = times
  }

  print({ at, cause, dispatch, kind, paint, text, token }: Entry): Effect.Effect<void> {
    return Effect.flatMap(columns, (width) => {
      const name = dispatch === undefined ? "" : nameOf(dispatch, width < 100 ? 14 : 18)
      const why = cause === undefined ? "" : `${dim(cause.padEnd(9))} `
      const place = token === undefined ? "" : `microgrid ${String(token.microgridId).padEnd(6)} `
      const head = `${dim(this.#times.clockMillis(at))}  ${place}${paint(kind.padEnd(10))} ${name}${why}`
      const body =
        token === undefined ? text : `${text === "" ? "" : `${text}  `}${dim(`epoch ${token.epoch}`)}`
      return Effect.forEach([...this.#newDay(at), ...hanging(head, body, width)], print, { discard: true })
    })
  }

  /** For entries without an instant of their own: at the time of the local clock. */
  now(make: (at: DateTime.Utc) => Omit<Entry, "at">): Effect.Effect<void> {
    return Effect.flatMap(DateTime.now, (at) => this.print({ at, ...make(at) }))
  }

  #newDay(at: DateTime.Utc): ReadonlyArray<string> {
    const today = this.#times.day(at)
    if (today === this.#day) return []
    this.#day = today
    return [dim(`${today}, times in ${this.#times.zone}`)]
  }
}

const nameOf = ({ id, type }: NonNullable<Entry["dispatch"]>, typeWidth: number): string =>
  `${`#${id}`.padEnd(4)} ${pad(Text.safe(type), typeWidth)} `

const entryOfStatus = (value: SyncStatus, clockOffset?: ClockOffset.ClockOffset): Omit<Entry, "at"> => {
  switch (value._tag) {
    case "Connecting":
      return {
        kind: "connecting",
        paint: yellow,
        text: value.cause === undefined ? "to the service" : `again: ${Text.safe(value.cause)}`
      }
    case "Synchronised":
      return {
        kind: "in sync",
        paint: bold,
        text: `with the service${clockText(clockOffset)}; every change is shown as it happens`
      }
    case "Stale":
      return {
        kind: "stale",
        paint: yellow,
        text: `${Text.safe(value.cause)}; going on with what is known, and trying again`
      }
  }
}

/** Notable facts about the service's clock. */
const clockText = (offset: ClockOffset.ClockOffset | undefined): string => {
  if (offset === undefined || ClockOffset.atLeast(offset) <= ClockOffset.offsetMillisMax) return ""
  const millis = ClockOffset.middle(offset)
  const far = Text.duration(Duration.seconds(Math.max(1, Math.round(Math.abs(millis) / 1_000))))
  return `, whose clock is about ${far} ${millis > 0 ? "ahead" : "behind"}`
}

const causes: { readonly [cause in RunningStateChange["cause"]]: string } = {
  Scheduled: "scheduled",
  Created: "created",
  Updated: "updated",
  Deleted: "deleted",
  Resync: "resync",
  ClockJump: "clock set",
  Recovered: "recovered",
  Merged: "merged"
}

const detailsOfChange = (value: RunningStateChange, times: Times): string => {
  const { at, continues, dispatch, state, until } = value
  const planned = until === undefined ? "until stopped" : `until ${times.near(until, at)}`
  if (state === "Running") {
    const facts = [
      isCommand(value) ? "command" : planned,
      ...(continues ? ["then again"] : []),
      ...(value.previous === undefined ? [] : ["reconfigured"]),
      ...(dispatch.dryRun ? ["dry run"] : [])
    ]
    return `${facts.join(", ")}  ${dim(Text.payload(dispatch.payload))}`
  }
  if (isCommand(value)) return "command done"
  return until !== undefined && DateTime.isGreaterThan(until, at) ? `early, was planned ${planned}` : ""
}

const detailsOfEvent = (value: DispatchEvent, times: Times, at: DateTime.Utc): string => {
  if (value._tag === "Deleted") return ""
  return value._tag === "Retired" ? "over and forgotten" : detailsOf(value.dispatch, times, at)
}

const detailsOf = (dispatch: Dispatch, times: Times, at: DateTime.Utc): string => {
  const { active, dryRun, duration, startTime } = dispatch
  const facts = [
    `starts ${times.near(startTime, at)}`,
    Text.duration(duration),
    Text.recurrence(dispatch, times),
    ...(active ? [] : ["inactive"]),
    ...(dryRun ? ["dry run"] : [])
  ]
  return facts.join(", ")
}
