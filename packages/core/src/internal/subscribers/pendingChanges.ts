/**
 * What a slow subscriber has not read yet. First in, first out up to a capacity; beyond it, changes are conflated per
 * dispatch or merge identity so that memory stays bounded and no stop is ever lost.
 */
import type { Dispatch } from "../../Dispatch.ts"
import { DispatchEvent } from "../../DispatchEvent.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { Identity } from "../../MergeStrategy.ts"
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

/**
 * Keeps values in order; whenever they outgrow the capacity, `conflate` shortens them. What is left then may stand until
 * it has doubled, or has been read: so each value is looked at a bounded number of times.
 */
export const makePending = <A>(
  capacity: number,
  conflate: (pending: ReadonlyArray<A>) => Array<A>,
  onTaken: (taken: A) => void = () => {}
): Pending<A> => {
  let values: Array<A> = []
  /** Where the first value not taken yet is. */
  let first = 0
  let limit = capacity
  /** How many of those that the last conflation left have not been taken. */
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
      const taken = values[first++] as A
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
 * Pending running-state changes. Beyond the capacity a dispatch, or whatever else `keyOf` tells apart, keeps at most one
 * stop and the newest start after it. The stop is that of what the reader was last told runs, or of what was running
 * before it could be told: an earlier process may have started that. Of commands that are not kept neither start nor
 * stop is, and they are handed to `onDropped`.
 */
export const makePendingChanges = (
  capacity: number,
  keyOf: (change: RunningStateChange) => Identity,
  onDropped: (command: RunningStateChange) => void,
  onConflated: (count: number) => void
): Pending<RunningStateChange> => {
  /** What the reader believes to be running, from what it has taken. */
  const told = new Set<Identity>()

  const conflate = (pending: ReadonlyArray<RunningStateChange>): Array<RunningStateChange> => {
    const firstStop = new Map<Identity, number>()
    const lastStart = new Map<Identity, number>()
    const started = new Set<Identity>()
    const keys = pending.map(keyOf)
    pending.forEach(({ state }, index) => {
      const key = keys[index] as Identity
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
      const key = keys[index] as Identity
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

/**
 * Pending lifecycle events of a type, if one is given. Beyond the capacity the events of one dispatch are joined into
 * the one that says the same.
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
    // What has taken on another type since is none that the reader asked for.
    return isKnown && (type === undefined || dispatch.type === type)
      ? DispatchEvent.Created({ dispatch })
      : undefined
  }
  return last._tag === "Deleted" || last._tag === "Retired"
    ? last
    : DispatchEvent.Updated({ dispatch, previous: told })
}
