/** Entries of a journal, and the runs they make, in short. */
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { JournalEntry, JournalEvent } from "@effect-dispatch/core/JournalEntry"
import type { Run, RunDispatch, RunFate } from "@effect-dispatch/core/Run"
import { at, t0 } from "./fixtures.ts"

/** An entry with a number, `seconds` after `t0`. */
export const entry = (number: number, seconds: number, event: JournalEvent): JournalEntry => ({
  epoch: 0n,
  number: BigInt(number),
  at: at(seconds),
  status: "Synchronised",
  event
})

export const named = (id: bigint, fields: Partial<RunDispatch> = {}): RunDispatch => ({
  id: DispatchId.make(id),
  type: "CHARGE",
  dryRun: false,
  updateTime: 1n,
  ...fields
})

/** The run of dispatch 1 that is planned from and to so many seconds after `t0`. */
export const about = (from: number, to?: number) => ({
  dispatch: named(1n),
  occurrence: at(from),
  ...(to === undefined ? undefined : { until: at(to) })
})

type Told<Tag extends JournalEvent["_tag"]> = Extract<JournalEvent, { readonly _tag: Tag }>

export const running = (from: number, to?: number, more: Partial<Told<"Running">> = {}): Told<"Running"> => ({
  _tag: "Running",
  ...about(from, to),
  plannedAt: at(from),
  cause: "Scheduled",
  ...more
})

export const stopped = (
  from: number,
  to: number | undefined,
  more: Partial<Told<"Stopped">> = {}
): Told<"Stopped"> => ({
  _tag: "Stopped",
  ...about(from, to),
  plannedAt: at(to ?? from),
  cause: "Scheduled",
  ...more
})

const secondsOf = ({ epochMilliseconds }: { readonly epochMilliseconds: number }) =>
  (epochMilliseconds - t0) / 1_000

const beginningOf = (fate: RunFate) =>
  "from" in fate && fate.from !== undefined ? secondsOf(fate.from) : "?"

/** A run in short: `1@0-60 Ran 0..60 on 60 by Deleted`. */
export const inShort = ({ dispatch, fate, occurrence, until }: Run): string => {
  const planned = `${dispatch.id}@${secondsOf(occurrence)}-${until === undefined ? "" : secondsOf(until)}`
  const from = beginningOf(fate)
  switch (fate._tag) {
    case "Planned":
      return `${planned} Planned`
    case "Running":
      return `${planned} Running ${from}.. since ${secondsOf(fate.since)}`
    case "Ran": {
      const by = fate.stoppedBy === undefined ? "" : ` by ${fate.stoppedBy}`
      return `${planned} Ran ${from}..${secondsOf(fate.to)} on ${fate.onMillis / 1_000}${by}`
    }
    case "Missed":
      return `${planned} Missed ${fate.reason} ${fate.count}`
    case "Unknown":
      return `${planned} Unknown ${from}.. since ${secondsOf(fate.since)}`
  }
}
