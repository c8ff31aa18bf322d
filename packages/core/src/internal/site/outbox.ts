/**
 * What is decided and not told yet. Commands and starts wait, in their order, until a slice of them is noted (S10); the
 * missed runs and lifecycle events that must come after them wait with them. Stops never wait.
 */
import type { DispatchEvent } from "../../DispatchEvent.ts"
import type { DispatchId } from "../../DispatchId.ts"
import { isCommand, type MissedRun, type RunningStateChange } from "../../RunningStateChange.ts"
import * as Timeline from "../../Timeline.ts"
import { IdMap } from "../idMap.ts"
import type { Publisher } from "./publisher.ts"

/**
 * How many starts are noted by one write and told together.
 *
 * @category limits
 * @since 0.1.0
 */
export const sliceMax = 1_000

type Item = RunningStateChange | MissedRun

/** Items that are told together, and the dispatches that are noted before. */
export interface Slice {
  readonly items: ReadonlyArray<Item>
  readonly noted: ReadonlyArray<DispatchId>
}

const isMissed = (item: Item): item is MissedRun => "_tag" in item
const isChange = (item: Item): item is RunningStateChange => !isMissed(item)

/** Tells what was decided, in order. */
export class Outbox {
  readonly #timeline: Timeline.Timeline
  readonly #publisher: Publisher
  readonly #isKept: boolean
  #items: Array<Item> = []
  /** How many missed runs wait of a dispatch. */
  readonly #missed = new IdMap<number>()
  /** Lifecycle events that wait for what is to be told of their dispatch before. */
  readonly #followers = new IdMap<Array<DispatchEvent>>()
  /** The slice that is being noted. */
  #slice: Slice | undefined
  /** Whether it is noted, or there was nothing to note. */
  isReady = false

  /** `isKept`: what is told is noted before, so that nobody else tells it as well. */
  constructor(timeline: Timeline.Timeline, publisher: Publisher, isKept: boolean) {
    this.#isKept = isKept
    this.#timeline = timeline
    this.#publisher = publisher
  }

  /** Takes over what was decided: tells what need not wait. */
  add(evaluation: Timeline.Evaluation, events: ReadonlyArray<DispatchEvent>): void {
    const { missed, starts, stops, withdrawn } = evaluation
    this.#publisher.changes({
      evaluatedAt: this.#timeline.evaluatedAt,
      changes: stops,
      upcoming: starts.filter(isRun),
      withdrawn
    })
    for (const item of starts) this.#items.push(item)
    if (!this.#isKept && this.isEmpty) this.#publisher.missed(missed)
    else for (const item of missed) this.#awaitMissed(item)
    this.#publisher.events(events.filter((event) => !this.#follows(event)))
  }

  /** Tells all that was decided at once: nothing waits, and nothing is to be noted. */
  tell(evaluation: Timeline.Evaluation, events: ReadonlyArray<DispatchEvent>, now: number): void {
    const { missed, starts, stops, withdrawn } = evaluation
    const changes =
      starts.length === 0 ? stops : stops.concat(Timeline.tell(this.#timeline, starts, now).changes)
    this.#publisher.changes({ evaluatedAt: this.#timeline.evaluatedAt, changes, upcoming: [], withdrawn })
    this.#publisher.missed(missed)
    this.#publisher.events(events)
  }

  /** How many items wait. */
  get length(): number {
    return this.#items.length + (this.#slice?.items.length ?? 0)
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#isIdle && this.#slice === undefined
  }

  /** The next slice, if one is to be begun: one at a time. What does not stand any more takes up no room in it. */
  beginSlice(): Slice | undefined {
    if (this.#slice !== undefined || this.#isIdle) return undefined
    const noted: Array<DispatchId> = []
    let starts = 0
    let length = 0
    for (const item of this.#items) {
      const isStart = isChange(item) && item.state === "Running" && this.#stands(item)
      if (isStart && starts === sliceMax) break
      if (isStart) starts += 1
      if (isStart || isMissed(item)) noted.push(item.dispatch.id)
      length += 1
    }
    const items = this.#items.slice(0, length)
    this.#items = this.#items.slice(length)
    return (this.#slice = { items, noted })
  }

  /** Tells the slice that was begun, as far as it still stands; gives its dispatches. */
  tellSlice(now: number): ReadonlyArray<DispatchId> {
    if (this.#slice === undefined) return []
    const { items } = this.#slice
    this.#slice = undefined
    this.isReady = false
    const { changes, missed: tooLate } = Timeline.tell(this.#timeline, items.filter(isChange), now)
    this.#publisher.changes({ evaluatedAt: this.#timeline.evaluatedAt, changes, upcoming: [], withdrawn: [] })
    const missed = items.filter(isMissed)
    for (const { dispatch } of missed) this.#missed.set(dispatch.id, (this.#missed.get(dispatch.id) ?? 1) - 1)
    this.#publisher.missed([...tooLate, ...missed.filter((run) => !isAmong(changes, run))])
    this.#publisher.events(items.flatMap((item) => this.#release(item.dispatch.id)))
    return items.map(({ dispatch }) => dispatch.id)
  }

  /** What is decided and not told of runs with a length, in order. */
  get upcoming(): ReadonlyArray<RunningStateChange> {
    const items = [...(this.#slice?.items ?? []), ...this.#items]
    return items.filter(isChange).filter((change) => isRun(change) && this.#stands(change))
  }

  /** The first lifecycle event of a dispatch that waits, if one does. */
  firstWaitingEvent(id: DispatchId): DispatchEvent | undefined {
    return this.#followers.get(id)?.[0]
  }

  /** Every first event that waits. */
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

  /** Whether something is to be told of a dispatch before its events. */
  #isAwaited(id: DispatchId): boolean {
    return Timeline.isStarting(this.#timeline, id) || this.#missed.has(id)
  }

  /** Whether an event must wait for what waits of its dispatch; then it does. */
  #follows(event: DispatchEvent): boolean {
    const { id } = event.dispatch
    const followers = this.#followers.get(id)
    if (followers !== undefined) followers.push(event)
    else if (this.#isAwaited(id)) this.#followers.set(id, [event])
    else return false
    return true
  }

  /** Gives the events of a dispatch that wait for nothing any more. */
  #release(id: DispatchId): ReadonlyArray<DispatchEvent> {
    if (this.#missed.get(id) === 0) this.#missed.delete(id)
    const events = this.#followers.get(id)
    if (events === undefined || this.#isAwaited(id)) return []
    this.#followers.delete(id)
    return events
  }
}

/** Whether what was missed in one version is told after all, since a later one still runs. */
const isAmong = (changes: ReadonlyArray<RunningStateChange>, run: MissedRun): boolean =>
  run.reason === "NotTold" &&
  run._tag === "MissedRun" &&
  changes.some(
    ({ dispatch, occurrence, state }) =>
      state === "Running" &&
      dispatch.id === run.dispatch.id &&
      occurrence.epochMilliseconds === run.occurrence.epochMilliseconds
  )

const isRun = (change: RunningStateChange): boolean => change.state === "Running" && !isCommand(change)
