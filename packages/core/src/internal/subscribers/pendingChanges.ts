/**
 * The values that a slow subscriber has not read yet. First in, first out up to a capacity; beyond it, changes are
 * conflated per dispatch or merge identity so that memory stays bounded and no stop is ever lost.
 */
import type { Dispatch } from "../../Dispatch.ts"
import { DispatchEvent } from "../../DispatchEvent.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { Identity } from "../../MergeStrategy.ts"
import { isCommand, type RunningStateChange } from "../../RunningStateChange.ts"
import { invariant } from "../invariant.ts"

/** Values waiting for one subscriber. */
export interface Pending<A> {
  readonly push: (value: A) => void
  readonly isEmpty: () => boolean
  /** Takes the first of them; there must be one. */
  readonly take: () => A
  /** The number of values that wait. */
  readonly length: () => number
}

/**
 * Keeps values in order; whenever they outgrow the capacity, `conflate` shortens them. The rest may then stand until it
 * has doubled, or has been read: so each value is looked at a bounded number of times.
 */
export const makePending = <A extends object>(
  capacity: number,
  conflate: (pending: ReadonlyArray<A>) => Array<A>,
  onTaken: (taken: A) => void = () => {}
): Pending<A> => {
  let values: Array<A> = []
  /** The place of the first value not taken yet. */
  let first = 0
  let limit = capacity
  /** The number of values from the last conflation that have not been taken. */
  let conflated = 0
  return {
    push: (value) => {
      values.push(value)
      if (values.length - first <= limit) return
      values = conflate(values.slice(first))
      first = 0
      conflated = values.length
      limit = Math.max(capacity, 2 * conflated)
    },
    isEmpty: () => first === values.length,
    take: () => {
      const taken = values[first++]
      invariant(taken !== undefined, "only a value that waits is taken")
      if (conflated > 0 && --conflated === 0) limit = capacity
      if (first === values.length) {
        values = []
        first = 0
      } else if (first > capacity) {
        values = values.slice(first)
        first = 0
      }
      onTaken(taken)
      return taken
    },
    length: () => values.length - first
  }
}

/**
 * Pending running-state changes. Beyond the capacity each key of `keyOf` (the dispatch by default) keeps at most one
 * stop and the newest start after it. The stop is that of the run that the reader was last told of, or of one from
 * before it could be told: an earlier process may have started that. A command loses both start and stop or neither;
 * lost ones go to `onDropped`.
 */
export const makePendingChanges = (
  capacity: number,
  keyOf: (change: RunningStateChange) => Identity,
  onDropped: (command: RunningStateChange) => void,
  onConflated: (count: number) => void
): Pending<RunningStateChange> => {
  /** The runs that the reader believes in, from the values it has taken. */
  const told = new Set<Identity>()

  const conflate = (pending: ReadonlyArray<RunningStateChange>): Array<RunningStateChange> => {
    const firstStop = new Map<Identity, number>()
    const lastStart = new Map<Identity, number>()
    const started = new Set<Identity>()
    const keyed = pending.map((change, index) => ({ change, index, key: keyOf(change) }))
    for (const { change, index, key } of keyed) {
      if (change.state === "Running") {
        lastStart.set(key, index)
        started.add(key)
      } else {
        lastStart.delete(key)
        // Without its start, seen or to come, a stop says nothing to the reader.
        if (!firstStop.has(key) && (told.has(key) || !started.has(key))) firstStop.set(key, index)
      }
    }
    const kept = keyed.filter(({ change, index, key }) => {
      if (firstStop.get(key) === index || lastStart.get(key) === index) return true
      if (change.state === "Running" && isCommand(change)) onDropped(change)
      return false
    })
    onConflated(pending.length - kept.length)
    return kept.map(({ change }) => change)
  }

  return makePending(capacity, conflate, (change) => {
    if (change.state === "Running") told.add(keyOf(change))
    else told.delete(keyOf(change))
  })
}

/** The version a reader of events knows of a dispatch, and the rest to be told, in one event. */
interface Joined {
  /** The version it knows, if it knows the dispatch. */
  readonly told: Dispatch | undefined
  readonly last: DispatchEvent
}

/**
 * Pending lifecycle events of a type, if one is given. Beyond the capacity the events of one dispatch are joined into
 * one that says the same.
 */
export const makePendingEvents = (
  capacity: number,
  onConflated: (count: number) => void,
  type?: string
): Pending<DispatchEvent> =>
  makePending(capacity, (pending) => {
    const joined = new Map<DispatchId, Joined>()
    for (const last of pending) {
      const { id } = last.dispatch
      const before = joined.get(id)
      joined.delete(id)
      joined.set(id, { told: before === undefined ? toldBefore(last) : before.told, last })
    }
    const kept = [...joined.values()].flatMap((each) => inOne(each, type) ?? [])
    onConflated(pending.length - kept.length)
    return kept
  })

const toldBefore = (event: DispatchEvent): Dispatch | undefined => {
  switch (event._tag) {
    case "Created":
      return undefined
    case "Updated":
      return event.previous
    case "Deleted":
    case "Retired":
      return event.dispatch
  }
}

const inOne = ({ last, told }: Joined, type: string | undefined): DispatchEvent | undefined => {
  const { dispatch } = last
  if (told === undefined) {
    const isKnown = last._tag === "Created" || last._tag === "Updated"
    // A dispatch that has taken on another type is none that the reader asked for.
    return isKnown && (type === undefined || dispatch.type === type)
      ? DispatchEvent.Created({ dispatch })
      : undefined
  }
  return last._tag === "Deleted" || last._tag === "Retired"
    ? last
    : DispatchEvent.Updated({ dispatch, previous: told })
}
