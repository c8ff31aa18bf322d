/**
 * Keeps records of what an actor knows and has announced in step with what it does (S10).
 *
 * What is about to be told is noted at once, many dispatches in one write. Everything else is written in the
 * background, group by group, always as it is at that moment; then the notes that these groups cover are removed.
 */
import { Duration, Effect } from "effect"
import type { KeyValueStore } from "effect/persistence/KeyValueStore"
import type { DispatchId } from "../../DispatchId.ts"
import type { Fenced } from "../../SitePersistence.ts"
import type { Remembered } from "../../Timeline.ts"
import { awaitAtMost, make as makeGuarded } from "./guardedStore.ts"
import { groupOf, placeOf, RecordShelf, siteSlot } from "./recordShelf.ts"
import { type Recalled, type SiteFacts, SiteRecords } from "./siteRecords.ts"
import { elapsed, SiteWriter } from "./siteWriter.ts"
import { delayAfter, WritePlan } from "./writePlan.ts"

export type { Recalled, SiteFacts } from "./siteRecords.ts"

/** Keeps what is known of a site. All of it but `flush` fails once the store has refused for good. */
export interface SiteKeeper {
  /** What an earlier process left behind, as far as it can be read within `recordTimeout` a read; once. */
  readonly recall: Effect.Effect<Recalled | undefined, Fenced>
  /** Repeats reads that failed, hands over what they give at last, and ends when nothing is left to read. */
  readonly recallLate: (found: (late: Recalled) => Effect.Effect<void>) => Effect.Effect<void, Fenced>
  /** Notes how these dispatches are now, in one write. Completes when it is noted, has failed, or was given up. */
  readonly note: (ids: Iterable<DispatchId>) => Effect.Effect<void, Fenced>
  /** These dispatches are different now; written down in the background, nobody waits. */
  readonly touch: (ids: Iterable<DispatchId>) => void
  /** What is kept of the site as a whole is different now. */
  readonly touchSite: () => void
  /** Notes that the microgrid has been listed, in the background. */
  readonly listed: Effect.Effect<void>
  /** Writes in the background, for ever. */
  readonly run: Effect.Effect<never, Fenced>
  /** Waits until what is touched is written, at most `recordTimeout`. */
  readonly flush: Effect.Effect<void>
}

export interface SiteKeeperOptions {
  /** How a dispatch is at the moment of the call: it is asked again for each record. */
  readonly remember: (id: DispatchId) => Remembered
  /** How the site is at the moment of the call. */
  readonly facts: () => SiteFacts
  /** How long an operation of the store is waited for. */
  readonly recordTimeout: Duration.Duration
}

export const make = (store: KeyValueStore, options: SiteKeeperOptions): SiteKeeper => {
  const { recordTimeout, remember } = options
  const shelf = new RecordShelf()
  const plan = new WritePlan()
  const guarded = makeGuarded(store, {
    recordTimeout,
    returnedLate: (key) => {
      const place = placeOf(key)
      if (place._tag === "Slot") plan.touch(place.slot)
    }
  })
  const records = new SiteRecords(guarded, shelf, () => writer.writeSite)
  /** What was recalled stays in the records as it was until it is touched. */
  const untouched = new Map<DispatchId, Remembered>()
  const writer = new SiteWriter(guarded, shelf, plan, recordTimeout, {
    remember: (id) => untouched.get(id) ?? remember(id),
    site: () => ({ listed: records.hasListed, forgottenUpTo: options.facts().forgottenUpTo }),
    nextSequence: (now) => (records.sequence = Math.max(records.sequence + 1, Math.floor(now)))
  })
  const touched = (ids: Iterable<DispatchId>) => {
    if (untouched.size > 0) for (const id of ids) untouched.delete(id)
  }
  let isRecalled = false

  /** Reads; what was read is kept by this process from the same moment on. */
  const read = Effect.gen(function* () {
    const readable = yield* records.read
    const now = yield* elapsed
    const recalled = records.take(readable)
    for (const remembered of recalled?.remembered ?? []) {
      const { id } = remembered
      if (untouched.has(id) || !plan.idsOf(groupOf(id)).has(id)) untouched.set(id, remembered)
    }
    plan.knows((recalled?.remembered ?? []).map(({ id }) => id))
    if (records.isWaiting) return recalled
    for (const [group, versions] of records.versions) writer.found(group, versions)
    for (const note of records.notes) plan.addNote(note, now)
    for (const slot of shelf.withBesides) plan.touch(slot)
    records.forget()
    return recalled
  })

  /** Nobody waits for it: what was recalled is told before. */
  const setAside = Effect.andThen(
    records.setAside,
    Effect.sync(() => {
      for (const slot of shelf.withBesides) plan.touch(slot)
    })
  )

  return {
    recall: Effect.suspend(() => {
      if (isRecalled) return Effect.undefined
      isRecalled = true
      return read
    }),
    recallLate: (found) =>
      Effect.gen(function* () {
        yield* setAside
        for (let failures = 0; records.isWaiting; failures++) {
          yield* Effect.sleep(delayAfter(failures))
          const late = yield* read
          yield* setAside
          const isNews = late !== undefined && (late.remembered.length > 0 || !records.isWaiting)
          if (isNews) yield* found(late)
        }
      }),
    note: (ids) => {
      const noted = [...ids]
      touched(noted)
      return noted.length === 0 ? Effect.void : writer.note(noted)
    },
    touch: (ids) => {
      const changed = [...ids]
      touched(changed)
      plan.touchIds(changed)
    },
    touchSite: () => plan.touch(siteSlot),
    listed: Effect.sync(() => {
      if (records.hasListed) return
      records.hasListed = true
      plan.touch(siteSlot)
    }),
    run: Effect.raceFirst(guarded.fenced, writer.writeForEver),
    flush: Effect.gen(function* () {
      const writing = yield* Effect.forkDetach(Effect.ignore(writer.writeTouched), { startImmediately: true })
      yield* awaitAtMost(writing, recordTimeout)
      writing.interruptUnsafe()
    })
  }
}
