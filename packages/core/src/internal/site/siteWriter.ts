/** Writes the records of a microgrid: notes at once, everything else in the background, always as it is then (S10). */
import { Clock, Effect, Latch, Metric, Semaphore } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import * as Metrics from "../../Metrics.ts"
import type { Fenced } from "../../SitePersistence.ts"
import { awaitAtMost, type GuardedStore, NotDone } from "./guardedStore.ts"
import * as Format from "./recordFormat.ts"
import { groupOf, noteKey, type RecordShelf, siteSlot, struckMax } from "./recordShelf.ts"
import { isNothing, type SiteMemory } from "./siteMemory.ts"
import type { ToldRun } from "./toldContents.ts"
import type { Work, WriteQueue } from "./writeQueue.ts"

/** The state to write. */
export interface Truth {
  readonly memory: Pick<SiteMemory, "forgottenUpTo" | "of">
  /** True if the microgrid has been listed. */
  readonly hasListed: () => boolean
  /** The number of the next record: greater than all before, also of earlier processes. */
  readonly nextSequence: (now: number) => number
}

export class SiteWriter {
  readonly #guarded: GuardedStore
  readonly #shelf: RecordShelf
  readonly #plan: WriteQueue
  readonly #truth: Truth
  /** The versions that the record of each group has for certain. */
  readonly #kept = new Map<number, ReadonlyMap<DispatchId, Dispatch>>()
  readonly #written = new Set<number>()
  /** Open while no note is being written. */
  readonly #noNotes = Latch.makeUnsafe(true)
  readonly #oneAtATime = Semaphore.makeUnsafe(1)
  #notesUnderWay = 0

  constructor(guarded: GuardedStore, shelf: RecordShelf, plan: WriteQueue, truth: Truth) {
    this.#guarded = guarded
    this.#shelf = shelf
    this.#plan = plan
    this.#truth = truth
  }

  /** Notes the present state of these dispatches; `begins` is called just before the write. True if it was done. */
  note(noted: ReadonlyArray<DispatchId>, begins: () => void): Effect.Effect<boolean, Fenced> {
    return Effect.gen({ self: this }, function* () {
      const plan = this.#plan
      plan.addIds(noted)
      if (!(yield* this.#hasRoom())) {
        plan.touchIds(noted)
        return false
      }
      const sequence = this.#truth.nextSequence(yield* Clock.currentTimeMillis)
      const key = noteKey(sequence)
      const text = Format.printDispatches(
        sequence,
        noted.map((id) => this.#entryOf(id))
      )
      plan.addNote({ key, sequence, groups: new Set(noted.map(groupOf)) }, yield* elapsed)
      this.#shelf.written.add(key)
      if (this.#notesUnderWay++ === 0) this.#noNotes.closeUnsafe()
      begins()
      return yield* this.#guarded.put(key, text).pipe(
        Effect.as(true),
        Effect.catchTag("NotDone", () => Effect.sync(() => (plan.touchIds(noted), false))),
        Effect.ensuring(
          Effect.sync(() => {
            if (--this.#notesUnderWay === 0) this.#noNotes.openUnsafe()
          })
        )
      )
    })
  }

  /** True if another note may be written. Waits for the background, but not for long. */
  #hasRoom(): Effect.Effect<boolean> {
    return Effect.gen({ self: this }, function* () {
      const plan = this.#plan
      if (plan.hasRoom) return true
      plan.compact()
      // While a store fails or hangs, no note is removed, so do not wait for that.
      if (!this.#guarded.isFailing && !this.#guarded.isHanging) {
        const removal = yield* Effect.forkDetach(plan.noteRemoved.await, { startImmediately: true })
        yield* awaitAtMost(removal, this.#guarded.recordTimeout)
        removal.interruptUnsafe()
      }
      if (!plan.hasRoom) yield* Metric.update(Metrics.notesRefused.at(), 1)
      return plan.hasRoom
    })
  }

  /** A note does not repeat the version that the record of the group has. */
  #entryOf(id: DispatchId): Format.Kept {
    const remembered = this.#truth.memory.of(id)
    const group = groupOf(id)
    const kept = this.#kept.get(group)?.get(id)
    const isKept = kept !== undefined && isSame(kept, remembered.version)
    return Format.toKept(remembered, { isKept, blind: this.#toldBlindly(id) })
  }

  /** Notes the versions found in the record of a group, unless it has been written since. */
  found(group: number, versions: ReadonlyMap<DispatchId, Dispatch>): void {
    if (!this.#written.has(group)) this.#kept.set(group, versions)
  }

  /** Writes when there is something to write and no note waits. */
  readonly writeForEver: Effect.Effect<never, Fenced> = Effect.gen({ self: this }, function* () {
    const plan = this.#plan
    for (;;) {
      yield* Effect.yieldNow
      yield* this.#noNotes.await
      plan.changed.closeUnsafe()
      const now = yield* elapsed
      const work = plan.next(now)
      if (work !== undefined) yield* this.#do(work)
      else if (plan.dueAt === Infinity) yield* plan.changed.await
      else yield* Effect.timeoutOption(plan.changed.await, plan.dueAt - now)
    }
  })

  /** Writes all touched records now, also one whose write was interrupted in the background. */
  readonly writeTouched: Effect.Effect<void, Fenced> = Effect.gen({ self: this }, function* () {
    while (!this.#guarded.isHanging) {
      const slot = this.#plan.nextTouched()
      if (slot !== undefined) yield* this.#do({ _tag: "Write", slot })
      else if (this.#guarded.isIdle) return
      else yield* this.#guarded.nextReturn
    }
  })

  /** Writes the record of the site at once; returns true if that was done. */
  get writeSite(): Effect.Effect<boolean, Fenced> {
    return this.#oneAtATime.withPermit(this.#attempt({ _tag: "Write", slot: siteSlot }))
  }

  #do(work: Work): Effect.Effect<void, Fenced> {
    return Effect.asVoid(this.#oneAtATime.withPermit(Effect.suspend(() => this.#attempt(work))))
  }

  /** Does the work, or leaves it for later; returns true if it is done. */
  #attempt(work: Work): Effect.Effect<boolean, Fenced> {
    return (work._tag === "Remove" ? this.#remove(work.key) : this.#write(work.slot)).pipe(
      Effect.as(true),
      Effect.catchTag("NotDone", () =>
        Effect.map(elapsed, (now) => {
          this.#plan.failed(work, now)
          return false
        })
      )
    )
  }

  #remove(key: string) {
    return Effect.map(this.#guarded.put(key, undefined), () => {
      this.#plan.removed(key)
      this.#shelf.removed(key)
    })
  }

  #write(slot: number) {
    return Effect.gen({ self: this }, function* () {
      const sequence = this.#truth.nextSequence(yield* Clock.currentTimeMillis)
      const isOpen = this.#shelf.isOpen(slot)
      const key = isOpen ? this.#shelf.slot(slot).key : this.#shelf.slot(slot).keyBeside(sequence)
      // It is touched when the write under way returns.
      if (!this.#guarded.isFree(key)) return yield* new NotDone()
      if (slot === siteSlot) {
        yield* this.#guarded.put(key, this.#siteAsItIs(sequence))
        return this.#plan.written(slot, {
          sequence,
          isEmpty: false,
          superfluous: this.#shelf.slot(slot).superfluous(key)
        })
      }
      const { entries, versions } = this.#groupAsItIs(slot)
      yield* this.#tellOfForgotten(slot)
      // An older note must not bring back a struck dispatch.
      const isGone = isOpen && entries.length === 0 && !this.#plan.hasNotes
      this.#kept.delete(slot)
      this.#written.add(slot)
      yield* this.#guarded.put(key, isGone ? undefined : Format.printDispatches(sequence, entries))
      this.#kept.set(slot, versions)
      if (isOpen) this.#shelf.slot(slot).settle()
      const isEmpty = isOpen && entries.length === 0 && !isGone
      this.#plan.written(slot, { sequence, isEmpty, superfluous: this.#shelf.slot(slot).superfluous(key) })
    })
  }

  #tellOfForgotten(slot: number): Effect.Effect<void> {
    const contents = this.#shelf.slot(slot).told.takeForgotten()
    const counted = contents === 0 ? Effect.void : Metric.update(Metrics.contentsForgotten.at(), contents)
    return Effect.andThen(counted, this.#tellOfStrikes(this.#shelf.slot(slot).takeForgotten()))
  }

  #tellOfStrikes(forgotten: number): Effect.Effect<void> {
    if (forgotten === 0) return Effect.void
    const those = forgotten === 1 ? "1 dispatch that is gone" : `${forgotten} dispatches that are gone`
    return Effect.andThen(
      Metric.update(Metrics.strikesForgotten.at(), forgotten),
      Effect.logWarning(
        `Beside records that were not read at most ${struckMax} dispatches of a group are remembered as gone: ${those} may be recalled once more`
      )
    )
  }

  /** The runs told of while an older record of the group is unread; nothing if all was read. */
  #toldBlindly(id: DispatchId): ReadonlyArray<ToldRun> | undefined {
    const group = groupOf(id)
    return this.#shelf.isOpen(group) ? undefined : this.#shelf.slot(group).told.of(id)
  }

  #siteAsItIs(sequence: number): string {
    const { hasListed, memory } = this.#truth
    return Format.printSite({ sequence, listed: hasListed(), forgottenUpTo: memory.forgottenUpTo })
  }

  /** All dispatches of a group; also gone ones that an unread record may still have. */
  #groupAsItIs(group: number) {
    const isOpen = this.#shelf.isOpen(group)
    const ids = this.#plan.idsOf(group)
    const slot = this.#shelf.slot(group)
    const entries: Array<Format.Kept> = []
    const versions = new Map<DispatchId, Dispatch>()
    for (const id of ids) {
      const remembered = this.#truth.memory.of(id)
      if (isNothing(remembered)) {
        ids.delete(id)
        if (!isOpen) slot.strike(id, { isBlind: true })
        continue
      }
      slot.struck.delete(id)
      entries.push(Format.toKept(remembered, { blind: this.#toldBlindly(id) }))
      if (remembered.version !== undefined) versions.set(id, remembered.version)
    }
    if (isOpen) return { entries, versions }
    for (const [id, { isBlind }] of slot.struck) {
      entries.push(Format.toGone(id, isBlind ? slot.told.of(id) : undefined))
    }
    return { entries, versions }
  }
}

const isSame = (kept: Dispatch, version: Dispatch | undefined): boolean =>
  kept === version ||
  (version !== undefined && kept.updateTime === version.updateTime && kept.sameContent(version))

/** Elapsed milliseconds. */
export const elapsed: Effect.Effect<number> = Effect.clockWith((clock) =>
  Effect.sync(() => Number(clock.monotonicTimeNanosUnsafe()) / 1e6)
)
