/**
 * The edges of one activation: numbered in the order in which they are told, and kept with the records (F5).
 *
 * A start has its number when it is noted, so that its row is written by the statement of its note. If another edge is
 * told in between, it gets a new number, and the row of the old one goes with the next write.
 */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { isCommand, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import type { SiteFollower } from "@effect-dispatch/core/SitePersistence"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { Deferred, Effect } from "effect"
import { edgesUnwrittenMax } from "../../FleetLimits.ts"
import type { KeptEdge } from "../../FleetStore.ts"
import * as EdgeJson from "../edgeJson.ts"

/** An edge that was told. */
export interface ToldEdge {
  readonly number: bigint
  readonly change: RunningStateChange
}

/** The rows that go with one write: those to add, by number, and those to remove. */
export interface Rows {
  readonly added: ReadonlyMap<bigint, RunningStateChange>
  readonly removed: ReadonlySet<bigint>
}

/** All that was told up to now, for a reader of the table. */
export interface Present {
  readonly told: bigint
  readonly unwritten: ReadonlyArray<ToldEdge>
  readonly untold: ReadonlySet<bigint>
}

export interface EdgeLogOptions {
  readonly mayTellUnnoted: () => boolean
  /** Called with the number of rows that will never be written, because too many wait. */
  readonly onLost: (count: number) => void
}

export class EdgeLog implements SiteFollower {
  readonly #options: EdgeLogOptions
  readonly #caughtUp = Deferred.makeUnsafe<void>()
  readonly #listeners = new Set<(edges: ReadonlyArray<ToldEdge>) => void>()
  readonly #readers = new Set<() => void>()
  /** The last numbers that were given, and told. */
  #given = 0n
  #told = 0n
  /** Changes that are noted or about to be, and were not told yet. */
  readonly #noted = new Map<RunningStateChange, bigint>()
  readonly #running = new Map<DispatchId, ToldEdge>()
  #added = new Map<bigint, RunningStateChange>()
  #removed = new Set<bigint>()
  readonly #underWay = new Set<Rows>()
  /** Numbers of rows under way that must not stay: whichever write brings one, the next removes it. */
  readonly #unwanted = new Set<bigint>()
  /** Numbers of entries that are still to be written in another way. */
  readonly #held = new Set<bigint>()
  /** The quality of the actor's knowledge when a row was made. */
  readonly #statuses = new WeakMap<RunningStateChange, SyncStatus["_tag"]>()
  #status: () => SyncStatus["_tag"] = () => "Connecting"

  constructor(options: EdgeLogOptions) {
    this.#options = options
  }

  /** Takes a number for an edge to one reader alone: all that is told from now on has a higher one. */
  next(): bigint {
    return (this.#told = ++this.#given)
  }

  /** Takes a number for an entry of the journal, which is between those of edges. */
  numberOfEntry(): bigint {
    return ++this.#given
  }

  /** Takes a number for an entry that no reader goes past before it is released. */
  hold(): bigint {
    const number = this.numberOfEntry()
    this.#held.add(number)
    return number
  }

  /** The entry of a number is written. */
  release(number: bigint): void {
    this.#held.delete(number)
    this.#callReaders()
  }

  /** The quality of the actor's knowledge now. */
  get status(): SyncStatus["_tag"] {
    return this.#status()
  }

  /** Below this number all edges are told and written, or never will be. */
  get settledBelow(): bigint {
    const adding = [...this.#underWay].flatMap(({ added }) => [...added.keys()])
    const open = [...this.#untold, ...this.#added.keys(), ...adding, ...this.#held]
    return open.reduce((lowest, number) => (number < lowest ? number : lowest), this.#given + 1n)
  }

  /** Numbers of edges that are not told with them, and whose rows may be there, or come. */
  get #untold(): ReadonlySet<bigint> {
    const removing = [...this.#underWay].flatMap(({ removed }) => [...removed])
    return new Set([...this.#noted.values(), ...this.#removed, ...removing, ...this.#unwanted])
  }

  /** The rows to add as they are kept. */
  kept({ added }: Rows): ReadonlyArray<KeptEdge> {
    return [...added].map(([number, change]) => ({
      number,
      edge: EdgeJson.encode(change),
      plannedAt: change.at,
      decidedAt: change.decidedAt,
      status: this.#statuses.get(change)
    }))
  }

  readonly begin = (status: () => SyncStatus["_tag"]): void => {
    this.#status = status
  }

  /**
   * The number that was told last, the edges up to it that are not written yet, in their order, and the numbers with which
   * none was told, although the table may have their rows.
   */
  present(): Present {
    const untold = this.#untold
    const underWay = [...this.#underWay].flatMap(({ added }) => [...added])
    const unwritten = [...new Map([...underWay, ...this.#added])].filter(
      ([number]) => number <= this.#told && !untold.has(number)
    )
    return {
      told: this.#told,
      untold,
      unwritten: unwritten
        .map(([number, change]) => ({ number, change }))
        .sort((left, right) => (left.number < right.number ? -1 : 1))
    }
  }

  /** The edges that were told and are not written yet, as they are kept. */
  get unwritten(): ReadonlyArray<KeptEdge> {
    const added = new Map(this.present().unwritten.map(({ change, number }) => [number, change]))
    return this.kept({ added, removed: new Set() })
  }

  /** Completes when all that followed from the first knowledge of the service has been told. */
  get isCaughtUp(): Effect.Effect<void> {
    return Deferred.await(this.#caughtUp)
  }

  readonly caughtUp = (): void => void Deferred.doneUnsafe(this.#caughtUp, Effect.void)

  /** The edges that run, by the number with which they were told. */
  get running(): ReadonlyArray<ToldEdge> {
    return [...this.#running.values()]
  }

  /** Listens to edges from now on; the function that is given ends that. */
  listen(listener: (edges: ReadonlyArray<ToldEdge>) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Calls a reader of the journal when there may be more below `settledBelow`; the function that is given ends that. */
  whenSettled(reader: () => void): () => void {
    this.#readers.add(reader)
    return () => void this.#readers.delete(reader)
  }

  readonly mayTellUnnoted = (): boolean => this.#options.mayTellUnnoted()

  readonly noting = (changes: ReadonlyArray<RunningStateChange>): void => {
    for (const change of changes) {
      // Noted once more, its row goes once more: the first write failed, or has not returned.
      const number = this.#noted.get(change) ?? ++this.#given
      this.#noted.set(change, number)
      this.#add(number, change)
    }
  }

  readonly telling = (changes: ReadonlyArray<RunningStateChange>): void => {
    const edges = changes.map((change) => ({ number: this.#tell(change), change }))
    for (const listener of this.#listeners) listener(edges)
    this.#callReaders()
  }

  readonly dropping = (changes: ReadonlyArray<RunningStateChange>): void => {
    for (const change of changes) this.#forget(change)
  }

  /** The rows that wait; they go with a write that begins now. */
  takeRows(): Rows {
    const rows = { added: this.#added, removed: this.#removed }
    this.#added = new Map()
    this.#removed = new Set()
    this.#underWay.add(rows)
    return rows
  }

  /** They were written. */
  markWritten(rows: Rows): void {
    this.#returned(rows)
    this.#callReaders()
  }

  /** They were not written, as far as is known: they go with the next write, before those that wait. */
  giveBack(rows: Rows): void {
    const { added, removed } = rows
    this.#returned(rows)
    const later = [...this.#added]
    this.#added = new Map([...added].filter(([number]) => !this.#removed.has(number)))
    for (const [number, change] of later) this.#add(number, change)
    for (const number of removed) this.#removed.add(number)
  }

  /** A write has returned, perhaps long after it was given up: what it brought in vain goes with the next. */
  #returned(rows: Rows): void {
    this.#underWay.delete(rows)
    for (const number of rows.added.keys()) if (this.#unwanted.has(number)) this.#removed.add(number)
    if (this.#underWay.size === 0) this.#unwanted.clear()
  }

  #callReaders(): void {
    for (const reader of this.#readers) reader()
  }

  #tell(change: RunningStateChange): bigint {
    const { dispatch, state } = change
    let number = this.#noted.get(change)
    if (number === undefined || number <= this.#told) {
      if (number !== undefined) this.#forget(change)
      number = ++this.#given
      this.#add(number, change)
    }
    this.#noted.delete(change)
    this.#told = number
    if (state === "Stopped") this.#running.delete(dispatch.id)
    else if (!isCommand(change)) this.#running.set(dispatch.id, { number, change })
    return number
  }

  #add(number: bigint, change: RunningStateChange): void {
    this.#statuses.set(change, this.#status())
    this.#added.set(number, change)
    const [oldest] = this.#added.keys()
    if (this.#added.size <= edgesUnwrittenMax || oldest === undefined) return
    this.#added.delete(oldest)
    this.#options.onLost(1)
  }

  /** The row of a noted change goes, also if a write that was given up brings it. */
  #forget(change: RunningStateChange): void {
    const number = this.#noted.get(change)
    this.#noted.delete(change)
    if (number === undefined) return
    this.#added.delete(number)
    this.#removed.add(number)
    if (this.#underWay.size > 0) this.#unwanted.add(number)
  }
}
