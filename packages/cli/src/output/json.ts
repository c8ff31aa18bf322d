/** Values as JSON, with stable names and instants in ISO 8601 UTC. A dispatch defines its own JSON. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import { Run } from "@effect-dispatch/core/Run"
import type { MissedRun, RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import type { ClockOffset } from "@effect-dispatch/core/ClockOffset"
import { zoneDataRelease } from "@effect-dispatch/core/LocalClock"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { DateTime, type Effect, Schema } from "effect"
import { standingOf } from "../schedule/standing.ts"
import { print } from "./terminal.ts"
import * as Text from "./text.ts"

/** Writes a value as one line. */
export const line = (value: unknown): Effect.Effect<void> => print(Text.json(value))

const instant = (at: DateTime.Utc | undefined): string | null =>
  at === undefined ? null : DateTime.formatIso(at)

/** A run of a dispatch; `until` is null when it has no end. */
export const run = (value: {
  readonly occurrence: DateTime.Utc
  readonly until: DateTime.Utc | undefined
}) => ({
  occurrence: instant(value.occurrence),
  until: instant(value.until)
})

/** A dispatch as it stands at an instant: its own JSON, and its state and runs. */
export const dispatch = (value: Dispatch, now: DateTime.Utc) => {
  const { current, next, state } = standingOf(value, now)
  return {
    ...value.toJSON(),
    state,
    currentRun: current === undefined ? null : run(current),
    nextRun: instant(next)
  }
}

const encodeRun = Schema.encodeSync(Run)

/** A run as one of its reporters tells it. */
export const reportedRun = (told: ReportedRun) => {
  const { arrivedAt, clockOffsetMillis, contradicted, epoch, number, reporter, run } = told
  return {
    ...encodeRun(run),
    reporter,
    epoch: String(epoch),
    number: String(number),
    arrivedAt: instant(arrivedAt),
    clockOffsetMillis: clockOffsetMillis ?? null,
    contradicted
  }
}

/** The last run of a dispatch, as its reporters tell it; no field where nobody tells of one. */
export const lastRuns = (told: ReadonlyArray<ReportedRun> = []) =>
  told.length === 0 ? {} : { lastRuns: told.map(reportedRun) }

/** A dispatch that is not at the service, without what only the service decides. */
export const draft = (value: Dispatch) => {
  const { createTime: _, endTime: __, id: ___, updateTime: ____, ...fields } = value.toJSON()
  return fields
}

/** A running-state change. */
export const change = (value: RunningStateChange) => ({
  kind: "runningState",
  state: value.state,
  cause: value.cause,
  at: instant(value.at),
  decidedAt: instant(value.decidedAt),
  ...run(value),
  continues: value.continues,
  dispatch: value.dispatch
})

/** A lifecycle event. */
export const event = (value: DispatchEvent) => ({
  kind: "lifecycle",
  event: value._tag,
  dispatch: value.dispatch
})

/** Runs that came and went unannounced. */
export const missed = (value: MissedRun) => ({
  kind: "missed",
  reason: value.reason,
  first: instant(value._tag === "MissedRun" ? value.occurrence : value.first),
  last: instant(value._tag === "MissedRun" ? value.occurrence : value.last),
  count: value._tag === "MissedRun" ? 1 : value.count,
  dispatch: value.dispatch
})

/** The sync status, how far the service's clock is ahead, as far as answers tell, and the version of the zone data. */
export const status = (value: SyncStatus, clockOffset?: ClockOffset) => ({
  kind: "status",
  status: value._tag,
  since: "since" in value ? instant(value.since) : null,
  cause: "cause" in value ? (value.cause ?? null) : null,
  clockOffsetMillis:
    clockOffset === undefined ? null : { earliest: clockOffset.earliest, latest: clockOffset.latest },
  zoneData: zoneDataRelease() ?? null
})
