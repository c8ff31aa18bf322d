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

/**
 * Values waiting for one subscriber, in order. Whenever they outgrow the capacity, `conflate` shortens them. The rest may
 * then stand until it has doubled, or has been read: so each value is looked at a bounded number of times.
 */
export class Pending<A> {
  readonly #capacity: number
  readonly #conflate: (pending: ReadonlyArray<A>) => Array<A>
  readonly #onTaken: (taken: A) => void
  #values: Array<A> = []
  /** The place of the first value not taken yet. */
  #first = 0
  #limit: number
  /** The number of values from the last conflation that have not been taken. */
  #conflated = 0

  constructor(
    capacity: number,
    conflate: (pending: ReadonlyArray<A>) => Array<A>,
    onTaken: (taken: A) => void = () => {}
  ) {
    this.#capacity = capacity
    this.#limit = capacity
    this.#conflate = conflate
    this.#onTaken = onTaken
  }

  /** The number of values that wait. */
  get length(): number {
    return this.#values.length - this.#first
  }

  get isEmpty(): boolean {
    return this.length === 0
  }

  push(value: A): void {
    this.#values.push(value)
    if (this.length <= this.#limit) return
    this.#values = this.#conflate(this.#values.slice(this.#first))
    this.#first = 0
    this.#conflated = this.#values.length
    this.#limit = Math.max(this.#capacity, 2 * this.#conflated)
  }

  /** Takes the first of them; there must be one. */
  take(): A {
    const taken = this.#values[this.#first++]
    invariant(taken !== undefined, "only a value that waits is taken")
    if (this.#conflated > 0 && --this.#conflated === 0) this.#limit = this.#capacity
    if (this.isEmpty) {
      this.#values = []
      this.#first = 0
    } else if (this.#first > this.#capacity) {
      this.#values = this.#values.slice(this.#first)
      this.#first = 0
    }
    this.#onTaken(taken)
    return taken
  }
}

/**
 * Pending running-state changes. Beyond the capacity each key of `keyOf` (the dispatch by default) keeps at most one
 * stop and the newest start after it. The stop ends the run that the reader was last told of, or a run that an earlier
 * process may have started. A command loses both start and stop or neither; lost ones go to `onDropped`.
 */
export const makePendingChanges = (
  capacity: number,
  keyOf: (change: RunningStateChange) => Identity,
  onDropped: (command: RunningStateChange) => void,
  onConflated: (count: number) => void
): Pending<RunningStateChange> => {
  const told = new ToldRuns(keyOf)
  const conflate = (pending: ReadonlyArray<RunningStateChange>): Array<RunningStateChange> => {
    const { dropped, kept } = told.conflate(pending)
    for (const command of dropped) onDropped(command)
    onConflated(pending.length - kept.length)
    return kept
  }
  return new Pending(capacity, conflate, (change) => told.note(change))
}

/** The runs that a reader believes in, from the values it has taken. */
class ToldRuns {
  readonly #keyOf: (change: RunningStateChange) => Identity
  readonly #told = new Set<Identity>()

  constructor(keyOf: (change: RunningStateChange) => Identity) {
    this.#keyOf = keyOf
  }

  /** The reader has taken a change. */
  note(change: RunningStateChange): void {
    if (change.state === "Running") this.#told.add(this.#keyOf(change))
    else this.#told.delete(this.#keyOf(change))
  }

  /** The changes that the reader still needs, and the commands that are lost to it. */
  conflate(pending: ReadonlyArray<RunningStateChange>) {
    const firstStop = new Map<Identity, number>()
    const lastStart = new Map<Identity, number>()
    const started = new Set<Identity>()
    const keyed = pending.map((change, index) => ({ change, index, key: this.#keyOf(change) }))
    for (const { change, index, key } of keyed) {
      if (change.state === "Running") {
        lastStart.set(key, index)
        started.add(key)
      } else {
        lastStart.delete(key)
        // Without its start, seen or to come, a stop says nothing to the reader.
        if (!firstStop.has(key) && (this.#told.has(key) || !started.has(key))) firstStop.set(key, index)
      }
    }
    const kept: Array<RunningStateChange> = []
    const dropped: Array<RunningStateChange> = []
    for (const { change, index, key } of keyed) {
      if (firstStop.get(key) === index || lastStart.get(key) === index) kept.push(change)
      else if (change.state === "Running" && isCommand(change)) dropped.push(change)
    }
    return { kept, dropped }
  }
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
): Pending<DispatchEvent> => {
  /** The versions known before events that stand for several, and name another one. */
  const toldOf = new WeakMap<DispatchEvent, Dispatch>()
  return new Pending(capacity, (pending) => {
    const joined = new Map<DispatchId, Joined>()
    for (const last of pending) {
      const { id } = last.dispatch
      const before = joined.get(id)
      joined.delete(id)
      const told = before === undefined ? (toldOf.get(last) ?? toldBefore(last)) : before.told
      joined.set(id, { told, last })
    }
    const kept: Array<DispatchEvent> = []
    for (const each of joined.values()) {
      const event = inOne(each, type)
      if (event === undefined) continue
      kept.push(event)
      if (each.told !== undefined) toldOf.set(event, each.told)
    }
    onConflated(pending.length - kept.length)
    return kept
  })
}

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
