/** The fate of a run, entry by entry: a machine without time and effects. */
import { DateTime } from "effect"
import type { RunFate } from "../../Run.ts"
import type { ChangeCause, MissedReason } from "../../RunningStateChange.ts"

type Begun = Extract<RunFate, { readonly _tag: "Running" }>
type Lost = Extract<RunFate, { readonly _tag: "Unknown" }>
type Over = Extract<RunFate, { readonly _tag: "Ran" }>

/** A running state that was told, and the instant from which it holds. */
export interface Told {
  readonly at: DateTime.Utc
  readonly plannedAt: DateTime.Utc
  readonly cause: ChangeCause
}

/** Occurrences that came and went. */
export interface Missed {
  readonly reason: MissedReason
  readonly count: number
  readonly last?: DateTime.Utc
}

/** The milliseconds between two instants; none, if a clock was set back between them. */
const between = (from: DateTime.Utc, to: DateTime.Utc): number =>
  Math.max(0, to.epochMilliseconds - from.epochMilliseconds)

/** It was told to run, or told anew while it runs. */
export const running = (fate: RunFate | undefined, { at, plannedAt }: Told): RunFate => {
  if (fate?._tag === "Running") return fate
  const before = fate === undefined ? undefined : begunIn(fate)
  const beginning = before ?? { from: at, lateMillis: between(plannedAt, at), onMillis: 0 }
  return { _tag: "Running", ...beginning, since: at }
}

/** It was told to stop, `until` its planned end or before. */
export const stopped = (
  fate: RunFate | undefined,
  { at, cause, plannedAt }: Told,
  until: DateTime.Utc | undefined
): RunFate => {
  if (fate?._tag === "Ran") return fate
  const isEarly = until === undefined || plannedAt.epochMilliseconds < until.epochMilliseconds
  return { ...endedAt(fate, at), ...(isEarly ? { stoppedBy: cause } : undefined) }
}

/** Its planned end came while a later run of the dispatch went on. */
export const ended = (fate: RunFate, until: DateTime.Utc): RunFate => endedAt(fate, until)

/** It came and went; not, if it is known to have begun. */
export const missed = (fate: RunFate | undefined, { count, last, reason }: Missed): RunFate => {
  if (fate !== undefined && hasBegun(fate)) return fate
  return { _tag: "Missed", reason, count, ...(last === undefined ? undefined : { last }) }
}

/** Nobody was there to tell from an instant on. */
export const lost = (fate: RunFate, since: DateTime.Utc): RunFate => {
  if (fate._tag !== "Running") return fate
  const { from, lateMillis } = fate
  return { _tag: "Unknown", from, lateMillis, since, onMillis: onUntil(fate, since) }
}

/** Something is told of it, and its beginning is not known. */
export const unknown = (since: DateTime.Utc): Lost => ({ _tag: "Unknown", since, onMillis: 0 })

const hasBegun = (fate: RunFate): boolean =>
  fate._tag === "Running" || fate._tag === "Ran" || (fate._tag === "Unknown" && fate.from !== undefined)

const onUntil = ({ onMillis, since }: Begun, at: DateTime.Utc): number => onMillis + between(since, at)

const endedAt = (fate: RunFate | undefined, to: DateTime.Utc): Over => {
  if (fate?._tag === "Running") {
    const { from, lateMillis } = fate
    return { _tag: "Ran", from, lateMillis, to, onMillis: onUntil(fate, to) }
  }
  const before = fate === undefined ? undefined : begunIn(fate)
  return { _tag: "Ran", ...(before ?? { onMillis: 0 }), to }
}

/** The beginning of a run that went on before, and the time it was on. */
const begunIn = (fate: RunFate): Pick<Begun, "from" | "lateMillis" | "onMillis"> | undefined => {
  if (fate._tag !== "Ran" && fate._tag !== "Unknown") return undefined
  const { from, lateMillis, onMillis } = fate
  return from === undefined || lateMillis === undefined ? undefined : { from, lateMillis, onMillis }
}
