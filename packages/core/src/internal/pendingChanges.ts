/**
 * What a slow subscriber has not read yet. First in, first out up to a capacity; beyond it, changes are conflated per
 * dispatch so that memory stays bounded and no stop is ever lost.
 */
import { DispatchEvent } from "../DispatchEvent.ts"
import type { DispatchId } from "../DispatchId.ts"
import { isCommand, type RunningStateChange } from "../RunningStateChange.ts"

/** Values waiting for one subscriber. */
export interface Pending<A> {
  readonly push: (value: A) => void
  /** Takes all there is, in order. */
  readonly takeAll: () => Array<A>
}

/** Keeps values in order; whenever they outgrow the capacity, `conflate` shortens them. */
export const makePending = <A>(
  capacity: number,
  conflate: (pending: ReadonlyArray<A>) => Array<A>,
  onTaken: (taken: ReadonlyArray<A>) => void = () => {}
): Pending<A> => {
  let values: Array<A> = []
  // What cannot be conflated further may stand; the next attempt is made when it has doubled.
  let limit = capacity
  return {
    push: (value) => {
      values.push(value)
      if (values.length <= limit) return
      values = conflate(values)
      limit = Math.max(capacity, 2 * values.length)
    },
    takeAll: () => {
      const taken = values
      values = []
      limit = capacity
      onTaken(taken)
      return taken
    }
  }
}

/**
 * Pending running-state changes. Beyond the capacity a dispatch keeps at most the stop of what the reader was last told
 * runs, and the newest start after it; pairs of commands are dropped whole, and handed to `onDropped`.
 */
export const makePendingChanges = (
  capacity: number,
  onDropped: (command: RunningStateChange) => void,
  onConflated: (count: number) => void
): Pending<RunningStateChange> => {
  /** What the reader believes to be running, from what it has taken. */
  const told = new Set<DispatchId>()
  /** Commands of which the reader has taken the start alone, and commands of which the start alone was dropped. */
  const begun = new Set<DispatchId>()
  const halfDropped = new Set<DispatchId>()

  const conflate = (pending: ReadonlyArray<RunningStateChange>): Array<RunningStateChange> => {
    // The stop the reader needs is the first: unless the start before it is itself still pending, and goes with it.
    const started = new Set<DispatchId>()
    const firstStop = new Map<DispatchId, number>()
    const lastStart = new Map<DispatchId, number>()
    pending.forEach((change, index) => {
      if (isCommand(change)) return
      const { id } = change.dispatch
      if (change.state === "Running") {
        lastStart.set(id, index)
        if (!told.has(id)) started.add(id)
      } else {
        lastStart.delete(id)
        if (!started.has(id) && !firstStop.has(id)) firstStop.set(id, index)
        started.add(id)
      }
    })
    const ends = new Set(begun)
    const kept = pending.filter((change, index) => {
      const { id } = change.dispatch
      if (!isCommand(change)) return firstStop.get(id) === index || lastStart.get(id) === index
      if (change.state === "Stopped") return ends.delete(id) || (halfDropped.delete(id), false)
      halfDropped.add(id)
      onDropped(change)
      return false
    })
    onConflated(pending.length - kept.length)
    return kept
  }

  const pending = makePending(capacity, conflate, (taken) => {
    for (const change of taken) {
      const running = isCommand(change) ? begun : told
      if (change.state === "Running") running.add(change.dispatch.id)
      else running.delete(change.dispatch.id)
    }
  })
  return {
    push: (change) => {
      const isRest = isCommand(change) && change.state === "Stopped" && halfDropped.delete(change.dispatch.id)
      if (!isRest) pending.push(change)
    },
    takeAll: pending.takeAll
  }
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
