/**
 * What a slow subscriber has not read yet. First in, first out up to a capacity; beyond it, changes are conflated per
 * dispatch or merge identity so that memory stays bounded and no stop is ever lost.
 */
import { DispatchEvent } from "../DispatchEvent.ts"
import type { DispatchId } from "../DispatchId.ts"
import { isCommand, type RunningStateChange } from "../RunningStateChange.ts"

/** Values waiting for one subscriber. */
export interface Pending<A> {
  readonly push: (value: A) => void
  readonly isEmpty: () => boolean
  /** Takes the first of them, of which there must be one. */
  readonly take: () => A
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
    }
  }
}

/**
 * Pending running-state changes. Beyond the capacity a dispatch, or whatever else `keyOf` tells apart, keeps at most the
 * stop of what the reader was last told runs, and the newest start after it. Of commands that are not kept neither start
 * nor stop is, and they are handed to `onDropped`.
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
    const keys = pending.map(keyOf)
    pending.forEach(({ state }, index) => {
      const key = keys[index] as DispatchId | string
      if (state === "Running") lastStart.set(key, index)
      else {
        lastStart.delete(key)
        // A stop after that one is of a start the reader will not see.
        if (told.has(key) && !firstStop.has(key)) firstStop.set(key, index)
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

/** Pending lifecycle events. Beyond the capacity the events of one dispatch are joined into the one that says the same. */
export const makePendingEvents = (
  capacity: number,
  onConflated: (count: number) => void
): Pending<DispatchEvent> =>
  makePending(capacity, (pending) => {
    const joined = new Map<DispatchId, DispatchEvent>()
    for (const event of pending) {
      const { id } = event.dispatch
      const before = joined.get(id)
      const after = before === undefined ? event : join(before, event)
      joined.delete(id)
      if (after !== undefined) joined.set(id, after)
    }
    onConflated(pending.length - joined.size)
    return [...joined.values()]
  })

/** Two successive events of one dispatch as one; nothing when they cancel out. */
const join = (before: DispatchEvent, after: DispatchEvent): DispatchEvent | undefined => {
  if (after._tag === "Updated") {
    if (before._tag === "Created") return DispatchEvent.Created({ dispatch: after.dispatch })
    if (before._tag === "Updated")
      return DispatchEvent.Updated({ dispatch: after.dispatch, previous: before.previous })
    return after
  }
  if (after._tag === "Created") {
    // Forgotten and known again: to a reader that saw neither, it was updated.
    return DispatchEvent.Updated({ dispatch: after.dispatch, previous: before.dispatch })
  }
  return before._tag === "Created" ? undefined : after
}
