/**
 * The decisions that are not told yet. Commands and starts wait, in their order, until a slice of them is noted (S10);
 * the missed runs and lifecycle events that must come after them wait with them. Stops never wait.
 */
import { Duration } from "effect"
import type { DispatchEvent } from "../../DispatchEvent.ts"
import type { DispatchId } from "../../DispatchId.ts"
import { isCommand, type MissedRun, type RunningStateChange } from "../../RunningStateChange.ts"
import * as Timeline from "../timeline/timeline.ts"
import { IdMap } from "../idMap.ts"
import type { Memory } from "../timeline/memory.ts"
import type { Publisher } from "./publisher.ts"

/**
 * The number of starts noted by one write and told together. Beyond, they wait for the next write; a gauge shows
 * those that wait. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const sliceMax = 1_000

/**
 * The delay between two tries to note a slice, for a store that follows what is told. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const noteRetryDelay: Duration.Duration = Duration.millis(250)

type Item = RunningStateChange | MissedRun

/** Items that are told together, and the dispatches that are noted before. */
export interface Slice {
  readonly items: ReadonlyArray<Item>
  readonly noted: ReadonlyArray<DispatchId>
}

/** A slice that was told. */
export interface ToldSlice {
  readonly ids: ReadonlyArray<DispatchId>
  /** Its changes that were not told, because they do not stand any more. */
  readonly dropped: ReadonlyArray<RunningStateChange>
  /** The ends of runs that an earlier process announced, and that go on as other versions. */
  readonly moved: ReadonlyArray<RunningStateChange>
  readonly memory: Memory
}

const isMissed = (item: Item): item is MissedRun => "_tag" in item
/** True for a start or a command, false for a missed run. */
export const isChange = (item: Item): item is RunningStateChange => !isMissed(item)

/** Tells decisions, in order. */
export class Outbox {
  readonly #timeline: Timeline.Timeline
  readonly #publisher: Publisher
  readonly #isKept: boolean
  #items: Array<Item> = []
  /** The number of missed runs that wait, by dispatch. */
  readonly #missed = new IdMap<number>()
  /** Lifecycle events that wait for earlier items of their dispatches. */
  readonly #followers = new IdMap<Array<DispatchEvent>>()
  /** The slice that is being noted. */
  #slice: Slice | undefined
  #isNoted = false
  /** The slice is told without a note, and without its commands. */
  #isUnnoted = false
  /** Commands wait until the store is asked again. */
  #holdsCommands = false

  /** With `isKept`, items are noted before they are told, so that no other process tells them as well. */
  constructor(timeline: Timeline.Timeline, publisher: Publisher, { isKept }: { readonly isKept: boolean }) {
    this.#isKept = isKept
    this.#timeline = timeline
    this.#publisher = publisher
  }

  /** Takes over decisions: tells those that need not wait. */
  add(evaluation: Timeline.Evaluation, events: ReadonlyArray<DispatchEvent>): void {
    const { missed, moved, starts, stops, withdrawn } = evaluation
    const { evaluatedAt } = this.#timeline
    this.#publisher.changes({ evaluatedAt, changes: stops, upcoming: starts.filter(isRun), withdrawn, moved })
    for (const item of starts) this.#items.push(item)
    if (!this.#isKept && this.isEmpty) this.#publisher.missed(missed)
    else for (const item of missed) this.#awaitMissed(item)
    this.#publisher.events(events.filter((event) => !this.#follows(event)))
  }

  /** Tells all decisions at once: nothing waits, and nothing must be noted. Returns the memory of the starts. */
  tellAtOnce(
    evaluation: Timeline.Evaluation,
    events: ReadonlyArray<DispatchEvent>,
    now: number
  ): Memory | undefined {
    const { missed, starts, stops, withdrawn } = evaluation
    const told = starts.length === 0 ? undefined : Timeline.tell(this.#timeline, starts, now)
    const { evaluatedAt } = this.#timeline
    const changes = told === undefined ? stops : stops.concat(told.changes)
    // Without records no earlier process had announced anything.
    this.#publisher.changes({ evaluatedAt, changes, upcoming: [], withdrawn, moved: [] })
    this.#publisher.missed(missed)
    this.#publisher.events(events)
    return told?.memory
  }

  /** The number of items that wait. */
  get length(): number {
    return this.#items.length + (this.#slice?.items.length ?? 0)
  }

  /** True if nothing waits. */
  get isEmpty(): boolean {
    return this.#isIdle && this.#slice === undefined
  }

  /** The next slice, if one may begin: one at a time. Items that no longer stand take up no room in it. */
  beginSlice(): Slice | undefined {
    if (this.#slice !== undefined || this.#isIdle) return undefined
    const noted: Array<DispatchId> = []
    const { free, held } = this.#holdsCommands ? commandsApart(this.#items) : { free: this.#items, held: [] }
    if (free.length === 0) return undefined
    let starts = 0
    let length = 0
    for (const item of free) {
      const isStart = isChange(item) && item.state === "Running" && this.#stands(item)
      if (isStart && starts === sliceMax) break
      if (isStart) starts += 1
      if (isStart || isMissed(item)) noted.push(item.dispatch.id)
      length += 1
    }
    // Many may wait: they are not copied for each slice.
    const items = held.length === 0 ? this.#items.splice(0, length) : free.slice(0, length)
    if (held.length > 0) this.#items = [...held, ...free.slice(length)]
    return (this.#slice = { items, noted })
  }

  /** The slice has been noted, or there was nothing to note. */
  markNoted(): void {
    this.#isNoted = true
  }

  /** The slice could not be noted, and is told all the same; its commands wait until `releaseCommands`. */
  markUnnoted(): void {
    this.#isNoted = true
    this.#isUnnoted = true
    this.#holdsCommands = true
  }

  /** The store may be asked again to note commands. */
  releaseCommands(): void {
    this.#holdsCommands = false
  }

  /** The slice may be told now. */
  get isReady(): boolean {
    return this.#isNoted
  }

  /** Tells the items of the slice that still stand; returns its dispatches, and the memory of it. */
  tellSlice(now: number): ToldSlice | undefined {
    if (this.#slice === undefined) return undefined
    const { free: items, held } = this.#isUnnoted
      ? commandsApart(this.#slice.items)
      : { free: this.#slice.items, held: [] }
    if (held.length > 0) this.#items = [...held, ...this.#items]
    this.#slice = undefined
    this.#isNoted = false
    this.#isUnnoted = false
    const told = Timeline.tell(this.#timeline, items.filter(isChange), now)
    const { changes, memory, missed: tooLate, moved } = told
    const { evaluatedAt } = this.#timeline
    this.#publisher.changes({ evaluatedAt, changes, upcoming: [], withdrawn: [], moved })
    const missed = items.filter(isMissed)
    for (const { dispatch } of missed) this.#missed.set(dispatch.id, (this.#missed.get(dispatch.id) ?? 1) - 1)
    const untold = missed.filter((run) => !isAmong(changes, run))
    this.#publisher.missed([
      ...tooLate,
      ...untold.flatMap((run) => Timeline.stillMissed(this.#timeline, run))
    ])
    this.#publisher.events(items.flatMap((item) => this.#release(item.dispatch.id)))
    const standing = new Set(changes)
    const dropped = items.filter(isChange).filter((change) => !standing.has(change))
    return { ids: items.map(({ dispatch }) => dispatch.id), dropped, moved, memory }
  }

  /** The decided and untold starts of runs with a length, in order. */
  get upcoming(): ReadonlyArray<RunningStateChange> {
    const items = [...(this.#slice?.items ?? []), ...this.#items]
    return items.filter(isChange).filter((change) => isRun(change) && this.#stands(change))
  }

  /** The ends of runs of earlier processes whose place these starts take. */
  get moved(): ReadonlyArray<RunningStateChange> {
    return this.upcoming.flatMap((change) => Timeline.movedBy(this.#timeline, change))
  }

  /** The first waiting lifecycle event of a dispatch, if there is one. */
  firstWaitingEvent(id: DispatchId): DispatchEvent | undefined {
    return this.#followers.get(id)?.[0]
  }

  /** The first waiting event of every dispatch. */
  *firstWaitingEvents(): Generator<DispatchEvent, void, void> {
    for (const [first] of this.#followers.values()) if (first !== undefined) yield first
  }

  get #isIdle(): boolean {
    return this.#items.length === 0
  }

  #stands(change: RunningStateChange): boolean {
    return Timeline.isUpcoming(this.#timeline, change)
  }

  #awaitMissed(run: MissedRun): void {
    const { id } = run.dispatch
    this.#items.push(run)
    this.#missed.set(id, (this.#missed.get(id) ?? 0) + 1)
  }

  /** True if something must be told of a dispatch before its events. */
  #isAwaited(id: DispatchId): boolean {
    return Timeline.isStarting(this.#timeline, id) || this.#missed.has(id)
  }

  /** Keeps an event that must wait for earlier items of its dispatch; returns true if it waits. */
  #follows(event: DispatchEvent): boolean {
    const { id } = event.dispatch
    const followers = this.#followers.get(id)
    if (followers !== undefined) followers.push(event)
    else if (this.#isAwaited(id)) this.#followers.set(id, [event])
    else return false
    return true
  }

  /** Returns the events of a dispatch that need not wait any more. */
  #release(id: DispatchId): ReadonlyArray<DispatchEvent> {
    if (this.#missed.get(id) === 0) this.#missed.delete(id)
    const events = this.#followers.get(id)
    if (events === undefined || this.#isAwaited(id)) return []
    this.#followers.delete(id)
    return events
  }
}

/** True if a run missed in one version is told after all, since a later version still runs. */
const isAmong = (changes: ReadonlyArray<RunningStateChange>, run: MissedRun): boolean =>
  run.reason === "NotTold" &&
  run._tag === "MissedRun" &&
  changes.some(
    ({ dispatch, occurrence, state }) =>
      state === "Running" &&
      dispatch.id === run.dispatch.id &&
      occurrence.epochMilliseconds === run.occurrence.epochMilliseconds
  )

interface Held {
  readonly held: ReadonlyArray<Item>
  readonly free: ReadonlyArray<Item>
}

/** Holds the items of commands: those of one dispatch stay together, in their order. */
const commandsApart = (items: ReadonlyArray<Item>): Held => {
  const commands = new Set(
    items.flatMap((item) => (isChange(item) && isCommand(item) ? [item.dispatch.id] : []))
  )
  const isHeld = ({ dispatch }: Item) => commands.has(dispatch.id)
  return { held: items.filter(isHeld), free: items.filter((item) => !isHeld(item)) }
}

const isRun = (change: RunningStateChange): boolean => change.state === "Running" && !isCommand(change)
