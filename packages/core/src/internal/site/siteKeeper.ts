/**
 * Keeps records of what an actor knows and has announced in step with what it does (S10).
 *
 * What is about to be told is noted at once, many dispatches in one write. Everything else is written in the
 * background, group by group, always as it is at that moment; then the notes that these groups cover are removed.
 */
import { type Duration, Effect } from "effect"
import type { KeyValueStore } from "effect/persistence/KeyValueStore"
import type { DispatchId } from "../../DispatchId.ts"
import type { Fenced } from "../../SitePersistence.ts"
import type { Remembered } from "../../Timeline.ts"
import { awaitAtMost, GuardedStore } from "./guardedStore.ts"
import { groupOf, placeOf, RecordShelf, siteSlot } from "./recordShelf.ts"
import { type Recalled, type SiteFacts, SiteRecords } from "./siteRecords.ts"
import { elapsed, SiteWriter } from "./siteWriter.ts"
import { delayAfter, WritePlan } from "./writePlan.ts"

export type { Recalled, SiteFacts } from "./siteRecords.ts"

export interface SiteKeeperOptions {
  /** How a dispatch is at the moment of the call: it is asked again for each record. */
  readonly remember: (id: DispatchId) => Remembered
  /** How the site is at the moment of the call. */
  readonly facts: () => SiteFacts
  /** How long an operation of the store is waited for. */
  readonly recordTimeout: Duration.Duration
}

/** Keeps what is known of a site. All of it but `flush` fails once the store has refused for good. */
export class SiteKeeper {
  readonly #recordTimeout: Duration.Duration
  readonly #shelf = new RecordShelf()
  readonly #plan = new WritePlan()
  readonly #guarded: GuardedStore
  readonly #records: SiteRecords
  readonly #writer: SiteWriter
  /** What was recalled stays in the records as it was until it is touched. */
  readonly #untouched = new Map<DispatchId, Remembered>()
  #isRecalled = false

  constructor(store: KeyValueStore, options: SiteKeeperOptions) {
    const { recordTimeout } = options
    this.#recordTimeout = recordTimeout
    this.#guarded = new GuardedStore(store, { recordTimeout, returnedLate: (key) => this.#touchPlaceOf(key) })
    this.#records = new SiteRecords(this.#guarded, this.#shelf, () => this.#writer.writeSite)
    this.#writer = new SiteWriter(this.#guarded, this.#shelf, this.#plan, recordTimeout, {
      remember: (id) => this.#untouched.get(id) ?? options.remember(id),
      site: () => ({ listed: this.#records.hasListed, forgottenUpTo: options.facts().forgottenUpTo }),
      nextSequence: (now) => (this.#records.sequence = Math.max(this.#records.sequence + 1, Math.floor(now)))
    })
  }

  /** What an earlier process left behind, as far as it can be read within `recordTimeout` a read; once. */
  get recall(): Effect.Effect<Recalled | undefined, Fenced> {
    return Effect.suspend(() => {
      if (this.#isRecalled) return Effect.undefined
      this.#isRecalled = true
      return this.#read
    })
  }

  /**
   * Does what nobody waits for: sets aside what is damaged, repeats reads that failed, and hands over what they give at
   * last. Ends when nothing is left to read.
   */
  recallLate(found: (late: Recalled) => Effect.Effect<void>): Effect.Effect<void, Fenced> {
    return Effect.gen({ self: this }, function* () {
      yield* this.#setAside
      for (let failures = 0; this.#records.isWaiting; failures++) {
        yield* Effect.sleep(delayAfter(failures))
        const late = yield* this.#read
        yield* this.#setAside
        const isNews = late !== undefined && (late.remembered.length > 0 || !this.#records.isWaiting)
        if (isNews) yield* found(late)
      }
    })
  }

  /** Notes how these dispatches are now, in one write. Completes when it is noted, has failed, or was given up. */
  note(ids: Iterable<DispatchId>): Effect.Effect<void, Fenced> {
    const noted = [...ids]
    this.#touched(noted)
    return noted.length === 0 ? Effect.void : this.#writer.note(noted)
  }

  /** These dispatches are different now; written down in the background, nobody waits. */
  touch(ids: Iterable<DispatchId>): void {
    const changed = [...ids]
    this.#touched(changed)
    this.#plan.touchIds(changed)
  }

  /** What is kept of the site as a whole is different now. */
  touchSite(): void {
    this.#plan.touch(siteSlot)
  }

  /** Notes that the microgrid has been listed, in the background. */
  get listed(): Effect.Effect<void> {
    return Effect.sync(() => {
      if (this.#records.hasListed) return
      this.#records.hasListed = true
      this.#plan.touch(siteSlot)
    })
  }

  /** Writes in the background, for ever. */
  get run(): Effect.Effect<never, Fenced> {
    return Effect.raceFirst(this.#guarded.fenced, this.#writer.writeForEver)
  }

  /** Waits until what is touched is written, at most `recordTimeout`. */
  get flush(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const write = Effect.ignore(this.#writer.writeTouched)
      const writing = yield* Effect.forkDetach(write, { startImmediately: true })
      yield* awaitAtMost(writing, this.#recordTimeout)
      writing.interruptUnsafe()
    })
  }

  /** Reads; what was read is kept by this process from the same moment on. */
  get #read(): Effect.Effect<Recalled | undefined, Fenced> {
    return Effect.gen({ self: this }, function* () {
      const readable = yield* this.#records.read
      const now = yield* elapsed
      const recalled = this.#records.take(readable)
      const remembered = recalled?.remembered ?? []
      for (const one of remembered) {
        const { id } = one
        if (this.#untouched.has(id) || !this.#plan.idsOf(groupOf(id)).has(id)) this.#untouched.set(id, one)
      }
      this.#plan.knows(remembered.map(({ id }) => id))
      if (!this.#records.isWaiting) this.#plansAll(now)
      return recalled
    })
  }

  /** All is read: groups can be rewritten, so that notes and what lies beside become superfluous. */
  #plansAll(now: number): void {
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

  #touched(ids: Iterable<DispatchId>): void {
    if (this.#untouched.size > 0) for (const id of ids) this.#untouched.delete(id)
  }
}
