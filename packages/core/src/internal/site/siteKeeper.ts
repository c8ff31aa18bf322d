/**
 * Keeps the records of an actor's knowledge and announcements in step with it (S10).
 *
 * ```text
 *   store ── GuardedStore ──> SiteRecords ── Recalled ──> loop          what earlier processes left
 *   loop ── remember ──> SiteMemory ──┐
 *        ── touch ─────> WriteQueue ──┴─> SiteWriter ── GuardedStore ──> store
 * ```
 *
 * All look into one `RecordShelf`: which records there are, and which of them are still to be read.
 *
 * Starts and commands are noted before they are told, many in one write. Everything else is written in the background,
 * group by group, always as it is at that moment; then the notes that these groups cover are removed.
 */
import { Clock, type Duration, Effect } from "effect"
import type { KeyValueStore } from "effect/persistence/KeyValueStore"
import type { DispatchId } from "../../DispatchId.ts"
import type { Fenced } from "../../SitePersistence.ts"
import { isUnlike } from "../timeline/alike.ts"
import type { Memory } from "../timeline/memory.ts"
import type { Remembered } from "../timeline/timeline.ts"
import { awaitAtMost, GuardedStore } from "./guardedStore.ts"
import { groupOf, placeOf, RecordShelf, siteSlot } from "./recordShelf.ts"
import type { RecoveredStops } from "./recoveredStops.ts"
import { SiteMemory } from "./siteMemory.ts"
import { type Recalled, SiteRecords } from "./siteRecords.ts"
import { elapsed, SiteWriter } from "./siteWriter.ts"
import { delayAfter, WriteQueue } from "./writeQueue.ts"

export type { Recalled } from "./siteRecords.ts"

export interface SiteKeeperOptions {
  /** Stops that nobody was told of yet stay in the records. */
  readonly recoveredStops: Pick<RecoveredStops, "waitingOf">
  /** The longest wait for an operation of the store. */
  readonly recordTimeout: Duration.Duration
}

/** Keeps the records of a site. All of it but `flush` fails once the store has refused for good. */
export class SiteKeeper {
  readonly #shelf = new RecordShelf()
  readonly #plan = new WriteQueue()
  readonly #guarded: GuardedStore
  readonly #records: SiteRecords
  readonly #writer: SiteWriter
  readonly #memory: SiteMemory
  /** Readings that nobody has taken yet. */
  #readings: Array<Recalled> = []
  #isRecalled = false
  #hasRead = false
  /** The elapsed instant at which all was read, until groups are rewritten because of it. */
  #allReadAt: number | undefined

  constructor(store: KeyValueStore, options: SiteKeeperOptions) {
    this.#memory = new SiteMemory(options.recoveredStops)
    this.#guarded = new GuardedStore(store, {
      recordTimeout: options.recordTimeout,
      returnedLate: (key) => this.#touchPlaceOf(key)
    })
    this.#records = new SiteRecords(this.#guarded, this.#shelf, () => this.#writer.writeSite)
    this.#writer = new SiteWriter(this.#guarded, this.#shelf, this.#plan, {
      memory: this.#memory,
      hasListed: () => this.#records.hasListed,
      nextSequence: (now) => this.#records.nextSequence(now)
    })
  }

  /** Reads the records of earlier processes, once, as far as they can be read within `recordTimeout` a read. */
  get recall(): Effect.Effect<void, Fenced> {
    return Effect.suspend(() => {
      if (this.#isRecalled) return Effect.void
      this.#isRecalled = true
      return this.#read
    })
  }

  /** Hands over the readings that nobody has taken yet. From now on groups may be written. */
  releaseReadings(): ReadonlyArray<Recalled> {
    this.#shelf.awaitsTaking = false
    this.#planAll()
    return this.#readings.splice(0)
  }

  /**
   * Leaves out runs like those that this process has told itself: they are over, or stand. A dispatch that it has let go
   * does not come back.
   */
  withoutOwn(one: Remembered): Remembered {
    const { letGo, told } = this.#shelf.slot(groupOf(one.id))
    const own = told.ownOf(one.id)
    const version = letGo.has(one.id) ? undefined : one.version
    if (own.length === 0) return { ...one, version }
    const { announced, moved = [] } = one
    return { ...one, version, announced: announced.filter(isUnlike(own)), moved: moved.filter(isUnlike(own)) }
  }

  /** True if there are readings that nobody has taken yet. */
  get hasReadings(): boolean {
    return this.#readings.length > 0
  }

  /**
   * Does what nobody waits for: sets damaged records aside, and repeats reads that failed so many times. Gives false once
   * nothing is left to read.
   */
  recallAgain(failures: number): Effect.Effect<boolean, Fenced> {
    return Effect.gen({ self: this }, function* () {
      yield* this.#setAside
      if (!this.#records.isWaiting) return false
      yield* Effect.sleep(delayAfter(failures))
      yield* this.#read
      return true
    })
  }

  /**
   * Takes over what a step of the timeline left behind. It is written once it is noted or touched; the instant up to
   * which executions are forgotten is written in the background.
   */
  remember(memory: Memory): void {
    for (const { id, version } of memory.dispatches) {
      if (version === undefined && this.#memory.isConfirmed(id)) this.#noteLetGo(id)
    }
    const { forgottenUpTo } = this.#memory
    this.#memory.take(memory)
    if (this.#memory.forgottenUpTo !== forgottenUpTo) this.#plan.touch(siteSlot)
    for (const run of memory.told) {
      const group = groupOf(run.dispatch.id)
      if (!this.#shelf.isOpen(group)) this.#shelf.slot(group).told.add({ run, before: Infinity })
    }
  }

  #noteLetGo(id: DispatchId): void {
    const group = groupOf(id)
    if (!this.#shelf.isOpen(group)) this.#shelf.slot(group).letGo.add(id)
  }

  /**
   * Notes the present state of these dispatches, in one write, and calls `begins` just before that. Completes when it is
   * done (true), failed, or given up.
   */
  note(ids: Iterable<DispatchId>, begins: () => void = () => {}): Effect.Effect<boolean, Fenced> {
    const noted = [...ids]
    this.#memory.touched(noted)
    return noted.length === 0 ? Effect.succeed(true) : this.#writer.note(noted, begins)
  }

  /** True if a write was given up, and none has returned since. */
  get isHanging(): boolean {
    return this.#guarded.isHanging
  }

  /** These dispatches have changed; they are written in the background, nobody waits. */
  touch(ids: Iterable<DispatchId>): void {
    const changed = [...ids]
    this.#memory.touched(changed)
    this.#plan.touchIds(changed)
  }

  /** Notes that the microgrid has been listed, in the background. */
  noteListed(): void {
    if (this.#records.noteListed()) this.#plan.touch(siteSlot)
  }

  /** Writes in the background, for ever. */
  get run(): Effect.Effect<never, Fenced> {
    return Effect.raceFirst(this.#guarded.fenced, this.#writer.writeForEver)
  }

  /** Waits until all touched records are written, at most `recordTimeout`. */
  get flush(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const write = Effect.ignore(this.#writer.writeTouched)
      const writing = yield* Effect.forkDetach(write, { startImmediately: true })
      yield* awaitAtMost(writing, this.#guarded.recordTimeout)
      writing.interruptUnsafe()
    })
  }

  /** Reads; from the same moment on, this process keeps what was read. */
  get #read(): Effect.Effect<void, Fenced> {
    return Effect.gen({ self: this }, function* () {
      const wasFirst = !this.#hasRead
      const readable = yield* this.#records.read
      // All that was read before is not gone through again for nothing: no stop could be told meanwhile.
      if (!wasFirst && readable.length === 0 && this.#records.isWaiting) return
      const now = yield* elapsed
      const recalled = this.#records.take(readable, Math.floor(yield* Clock.currentTimeMillis))
      this.#hasRead = true
      const remembered = recalled?.remembered ?? []
      for (const one of remembered) {
        if (this.#memory.isUntouched(one.id) || !this.#isOwn(one.id)) this.#memory.recalled(one)
      }
      this.#plan.addIds(remembered.map(({ id }) => id))
      const isNews = wasFirst || remembered.length > 0 || !this.#records.isWaiting
      if (recalled !== undefined && isNews) this.#readings.push(recalled)
      this.#shelf.awaitsTaking = this.#readings.length > 0
      if (!this.#records.isWaiting) this.#allReadAt = now
      if (recalled === undefined) this.#planAll()
    })
  }

  /** True if this process has known the dispatch, from the service or from records that were read before. */
  #isOwn(id: DispatchId): boolean {
    const group = groupOf(id)
    return this.#plan.idsOf(group).has(id) || this.#shelf.slot(group).letGo.has(id)
  }

  /** All is read: groups can be rewritten, so that notes and records beside become superfluous. */
  #planAll(): void {
    const now = this.#allReadAt
    if (now === undefined) return
    this.#allReadAt = undefined
    for (const [group, versions] of this.#records.versions) this.#writer.found(group, versions)
    for (const note of this.#records.notes) this.#plan.addNote(note, now)
    this.#touchBesides()
    this.#records.forget()
  }

  get #setAside(): Effect.Effect<void, Fenced> {
    return Effect.andThen(
      this.#records.setAside,
      Effect.sync(() => this.#touchBesides())
    )
  }

  #touchBesides(): void {
    for (const slot of this.#shelf.withBesides) this.#plan.touch(slot)
  }

  #touchPlaceOf(key: string): void {
    const place = placeOf(key)
    if (place._tag === "Slot") this.#plan.touch(place.slot)
  }
}
