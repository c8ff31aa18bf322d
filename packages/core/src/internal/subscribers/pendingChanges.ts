/**
 * What a slow subscriber has not read yet. First in, first out up to a capacity; beyond it, changes are conflated per
 * dispatch or merge identity so that memory stays bounded and no stop is ever lost.
 */
import type { Dispatch } from "../../Dispatch.ts"
import { DispatchEvent } from "../../DispatchEvent.ts"
import type { DispatchId } from "../../DispatchId.ts"
import { isCommand, type RunningStateChange } from "../../RunningStateChange.ts"

/** Values waiting for one subscriber. */
export interface Pending<A> {
  readonly push: (value: A) => void
  readonly isEmpty: () => boolean
  /** Takes the first of them, of which there must be one. */
  readonly take: () => A
  /** How many wait. */
  readonly length: () => number
}

/** Keeps values in order; whenever they outgrow the capacity, `conflate` shortens them. */
export const makePending = <A>(
  capacity: number,
  conflate: (pending: ReadonlyArray<A>) => Array<A>,
  onTaken: (taken: A) => void = () => {}
): Pending<A> => {
  let values: Array<A> = []
  /** Where the first value not taken yet is. */
  let first = 0
  // What cannot be conflated further may stand; the next attempt is made when it has doubled.
  let limit = capacity
  return {
    push: (value) => {
      values.push(value)
      if (values.length - first <= limit) return
      values = conflate(values.slice(first))
      first = 0
      limit = Math.max(capacity, 2 * values.length)
    },
    isEmpty: () => first === values.length,
    take: () => {
      const taken = values[first++] as A
      if (first === values.length) {
        values = []
        first = 0
        limit = capacity
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
 * Pending running-state changes. Beyond the capacity a dispatch, or whatever else `keyOf` tells apart, keeps at most one
 * stop and the newest start after it. The stop is that of what the reader was last told runs, or of what was running
 * before it could be told: an earlier process may have started that. Of commands that are not kept neither start nor
 * stop is, and they are handed to `onDropped`.
 */
export const makePendingChanges = (
  capacity: number,
  keyOf: (change: RunningStateChange) => DispatchId | string,
  onDropped: (command: RunningStateChange) => void,
  onConflated: (count: number) => void
): Pending<RunningStateChange> => {
  /** What the reader believes to be running, from what it has taken. */
  const told = new Set<DispatchId | string>()

  const conflate = (pending: ReadonlyArray<RunningStateChange>): Array<RunningStateChange> => {
    const firstStop = new Map<DispatchId | string, number>()
    const lastStart = new Map<DispatchId | string, number>()
    const started = new Set<DispatchId | string>()
    const keys = pending.map(keyOf)
    pending.forEach(({ state }, index) => {
      const key = keys[index] as DispatchId | string
      if (state === "Running") {
        lastStart.set(key, index)
        started.add(key)
      } else {
        lastStart.delete(key)
        // A stop of a start that the reader has not seen, and will not see, says nothing to it.
        if (!firstStop.has(key) && (told.has(key) || !started.has(key))) firstStop.set(key, index)
      }
    })
    const kept = pending.filter((change, index) => {
      const key = keys[index] as DispatchId | string
      if (firstStop.get(key) === index || lastStart.get(key) === index) return true
      if (change.state === "Running" && isCommand(change)) onDropped(change)
      return false
    })
    onConflated(pending.length - kept.length)
    return kept
  }

  return makePending(capacity, conflate, (change) => {
    if (change.state === "Running") told.add(keyOf(change))
    else told.delete(keyOf(change))
  })
}

/** What a reader of events has been told of a dispatch, and what it is still to be told, in one event. */
interface Joined {
  /** The version it knows, if it knows the dispatch. */
  readonly told: Dispatch | undefined
  readonly last: DispatchEvent
}

/** Pending lifecycle events. Beyond the capacity the events of one dispatch are joined into the one that says the same. */
export const makePendingEvents = (
  capacity: number,
  onConflated: (count: number) => void
): Pending<DispatchEvent> =>
  makePending(capacity, (pending) => {
    const joined = new Map<DispatchId, Joined>()
    for (const last of pending) {
      const { id } = last.dispatch
      const before = joined.get(id)
      joined.delete(id)
      joined.set(id, { told: before === undefined ? toldBefore(last) : before.told, last })
    }
    const kept = [...joined.values()].flatMap((each) => inOne(each) ?? [])
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

const inOne = ({ last, told }: Joined): DispatchEvent | undefined => {
  const { dispatch } = last
  if (last._tag === "Deleted" || last._tag === "Retired") return told === undefined ? undefined : last
  return told === undefined
    ? DispatchEvent.Created({ dispatch })
    : DispatchEvent.Updated({ dispatch, previous: told })
}
