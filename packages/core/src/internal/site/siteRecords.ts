/** Reads the records that earlier processes wrote of a microgrid, and takes the newest of each dispatch (S10, R11). */
import { Effect, Metric, Result } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import * as Metrics from "../../Metrics.ts"
import type { Fenced } from "../../SitePersistence.ts"
import type { Remembered } from "../timeline/timeline.ts"
import type { GuardedStore } from "./guardedStore.ts"
import { type FoundDispatches, type Newest, NewestStates, runsOf } from "./newestStates.ts"
import * as Format from "./recordFormat.ts"
import { isNothing } from "./siteMemory.ts"
import type { Note } from "./writeQueue.ts"
import {
  damagedKey,
  groupOf,
  namesOf,
  placeOf,
  numberIn,
  type RecordShelf,
  siteSlot,
  type Slot,
  sequenceOf
} from "./recordShelf.ts"

/** The facts that are kept of a site as a whole. */
export interface SiteFacts {
  /** For forgotten ids: no occurrence up to this instant (epoch milliseconds) is executed. */
  readonly forgottenUpTo: number | undefined
}

/** The knowledge that an earlier process left behind. */
export interface Recalled {
  /** Each dispatch by all records that were read by now. */
  readonly remembered: ReadonlyArray<Remembered>
  /** The joins that it took to remember the executions of several records together. */
  readonly joined: number
  /** True if all of it could be read, and the microgrid had been listed. */
  readonly isWhole: boolean
  readonly facts: SiteFacts | undefined
}

/** A record that was read. */
type Found = FoundDispatches | { readonly _tag: "Site"; readonly record: Format.SiteRecord }

/** A record that can be read. */
export interface Readable {
  readonly key: string
  readonly record: Format.DispatchesRecord | Format.SiteRecord
}

interface Damaged {
  readonly key: string
  readonly text: string
  readonly why: string
}

const parse = (key: string, text: string): Result.Result<Readable["record"], Format.Unreadable> => {
  const place = placeOf(key)
  return place._tag === "Slot" && place.slot === siteSlot
    ? Format.parseSite(text)
    : Format.parseDispatches(text)
}

/** Reads records, also those that could not be read at first. */
export class SiteRecords {
  readonly shelf: RecordShelf
  /** The versions in the newest record of each group. */
  versions: ReadonlyMap<number, ReadonlyMap<DispatchId, Dispatch>> = new Map()
  /** True if the microgrid has been listed since the last loss of a record. */
  #hasListed = false
  /** The greatest sequence number seen or given. */
  #sequence = 0
  #found: Array<Found> = []
  /** The states that were handed over while something was unread. */
  readonly #given = new Map<DispatchId, Newest>()
  #isUnreadTold = false
  /** The latest instant of a lost note: commands due until then may have been executed. */
  #lostAt = -Infinity
  #isDamaged = false
  /** Damaged records that were not set aside yet. */
  #damaged: Array<Damaged> = []
  readonly #store: GuardedStore
  readonly #unlist: () => Effect.Effect<boolean, Fenced>

  /** `unlist` writes down that the microgrid no longer counts as listed; returns true if that is done. */
  constructor(store: GuardedStore, shelf: RecordShelf, unlist: () => Effect.Effect<boolean, Fenced>) {
    this.#store = store
    this.shelf = shelf
    this.#unlist = unlist
  }

  /** True if something may still be read. */
  get isWaiting(): boolean {
    return !this.shelf.isListed || this.shelf.unread.length > 0
  }

  /** True if the microgrid has been listed since the last loss of a record. */
  get hasListed(): boolean {
    return this.#hasListed
  }

  /** Notes that the microgrid has been listed; returns true if that is news. */
  noteListed(): boolean {
    const isNews = !this.#hasListed
    this.#hasListed = true
    return isNews
  }

  /** The number of the next record: greater than all before, and no less than the wall clock. */
  nextSequence(now: number): number {
    return (this.#sequence = Math.max(this.#sequence + 1, Math.floor(now)))
  }

  get isWhole(): boolean {
    return !this.isWaiting && !this.shelf.hasRefused && !this.#isDamaged && this.#hasListed
  }

  /** Reads the unread records. Whole ones are for `take`; the rest is dealt with here. */
  readonly read: Effect.Effect<ReadonlyArray<Readable>, Fenced> = Effect.gen({ self: this }, function* () {
    if (!this.shelf.isListed) yield* this.#list()
    const all = yield* Effect.forEach(this.shelf.unread, (key) => this.#readOne(key), {
      concurrency: "unbounded"
    })
    const readable: Array<Readable> = []
    for (const one of all) {
      if (one === undefined) continue
      const { key, parsed, text } = one
      if (Result.isSuccess(parsed)) readable.push({ key, record: parsed.success })
      else if (parsed.failure._tag === "Newer") yield* this.#refuse(key, parsed.failure.version)
      else this.#foundDamaged({ key, text, why: parsed.failure.why })
    }
    const unread = this.shelf.unread.filter((key) => readable.every((one) => one.key !== key))
    if (unread.length > 0) yield* this.#tellUnread(unread)
    return readable
  })

  #tellUnread(unread: ReadonlyArray<string>): Effect.Effect<void> {
    if (this.#isUnreadTold) return Effect.void
    this.#isUnreadTold = true
    return Effect.logWarning(
      `Could not be read, so that it is left as it is, tried again, and gone on without: ${namesOf(unread)}`
    )
  }

  /** Nothing if it cannot be read now; a record that is gone meanwhile counts as read. */
  #readOne(key: string) {
    return this.#store.get(key).pipe(
      Effect.map((text) => {
        if (text !== undefined) {
          const parsed = parse(key, text)
          if (Result.isSuccess(parsed)) this.#sequence = Math.max(this.#sequence, parsed.success.sequence)
          return { key, text, parsed }
        }
        this.shelf.markRead(key)
        return undefined
      }),
      Effect.catchTag("NotDone", () => Effect.undefined)
    )
  }

  #list(): Effect.Effect<void, Fenced> {
    return this.#store.keys.pipe(
      Effect.flatMap((keys) => {
        this.shelf.isListed = true
        for (const key of keys) {
          this.shelf.found(key)
          // So that no record that is not read yet is replaced by one of its number.
          this.#sequence = Math.max(this.#sequence, numberIn(key))
        }
        const foreign = keys.filter((key) => placeOf(key)._tag === "Foreign")
        if (foreign.length === 0) return Effect.void
        return Effect.logWarning(
          `Left alone, since it is none of what is kept of the microgrid: ${namesOf(foreign)}`
        )
      }),
      Effect.catchTag("NotDone", () => Effect.void)
    )
  }

  #refuse(key: string, version: number): Effect.Effect<void> {
    this.shelf.refuse(key)
    this.#lose(key)
    return Effect.andThen(
      failed,
      Effect.logError(
        `${key} was written in format ${version}, by a newer release: this one reads up to ${Format.formatNumber} and leaves it as it is`
      )
    )
  }

  #lose(key: string): void {
    this.#lostAt = Math.max(this.#lostAt, instantOf(key))
  }

  /** A damaged record is set aside before it is overwritten. */
  #foundDamaged(damaged: Damaged): void {
    this.#isDamaged = true
    this.#lose(damaged.key)
    this.shelf.refuse(damaged.key)
    this.#damaged.push(damaged)
  }

  /** Sets aside damaged records, so that their places can be written again. */
  readonly setAside: Effect.Effect<void, Fenced> = Effect.gen({ self: this }, function* () {
    const damaged = this.#damaged
    this.#damaged = []
    if (damaged.length === 0) return
    // It may have told of executions: the next listing counts as the first, also in another process.
    const isNoted = this.#hasListed || (yield* this.#unlist())
    for (const { key, text, why } of damaged) {
      yield* failed
      yield* Effect.logError(`What was known is damaged and set aside as ${damagedKey(key)}`)
      // The reason may quote the record.
      yield* Effect.logDebug(`${key} is damaged: ${why}`)
      const aside = Effect.andThen(this.#store.put(damagedKey(key), text), this.#store.put(key, undefined))
      if (isNoted && Result.isSuccess(yield* Effect.result(aside))) this.shelf.restore(key)
    }
  })

  /** Takes in records at an instant (epoch milliseconds). Returns what they newly tell; nothing if none were left. */
  take(readable: ReadonlyArray<Readable>, now: number): Recalled | undefined {
    for (const { key, record } of readable) {
      this.shelf.markRead(key)
      const place = placeOf(key)
      if (!("dispatches" in record)) this.#found.push({ _tag: "Site", record })
      else if (place._tag === "Note") this.#found.push({ _tag: "Note", key, record })
      else if (place._tag === "Slot") {
        this.#found.push({ _tag: "Group", group: place.slot, isWhole: !place.isBeside, record })
      }
    }
    return this.#give(now)
  }

  #give(now: number): Recalled | undefined {
    const remembered: Array<Remembered> = []
    let joined = 0
    // Possible executions are known only once the note is read.
    const lostAt = Math.max(this.#lostAt, ...[...this.shelf.unreadNotes].map(instantOf))
    const { groups, versions } = new NewestStates(this.#found.filter((found) => found._tag !== "Site"))
    this.versions = versions
    for (const states of groups) {
      for (const state of states.values()) {
        const { executions, one } = state
        const slot = this.shelf.slot(groupOf(one.id))
        const before = this.#given.get(one.id)
        if (this.isWaiting) this.#given.set(one.id, state)
        if (!tellsTheSame(before, state)) keepOn(slot, state)
        if (isSame(before, state) || (isNothing(before?.one ?? one) && isNothing(one))) continue
        joined += executions.joined
        // Another record of the group may tell of executions up to now.
        const dealtWithUntil = slot.unread.size + slot.refused.size > 0 ? now : lostAt
        const evaluatedAt = Math.max(one.evaluatedAt, dealtWithUntil)
        remembered.push({ ...one, evaluatedAt, repeated: before?.one })
      }
    }
    const sites = this.#found.flatMap((found) => (found._tag === "Site" ? [found.record] : []))
    const newest = sites.toSorted((left, right) => right.sequence - left.sequence)[0]
    this.#hasListed ||= newest?.listed === true && !this.#isDamaged
    const forgotten = sites.flatMap(({ forgottenUpTo }) =>
      forgottenUpTo === undefined ? [] : [forgottenUpTo]
    )
    const leftNothing =
      this.#found.length === 0 && !this.isWaiting && !this.#isDamaged && !this.shelf.hasRefused
    return leftNothing
      ? undefined
      : {
          remembered,
          joined,
          isWhole: this.isWhole,
          facts: forgotten.length === 0 ? undefined : { forgottenUpTo: Math.max(...forgotten) }
        }
  }

  /** Notes that were read, with their groups. */
  get notes(): ReadonlyArray<Note> {
    const notes = this.#found.filter((found) => found._tag === "Note")
    return notes.map(({ key, record: { dispatches, sequence } }) => ({
      key,
      sequence,
      groups: new Set(dispatches.map(({ id }) => groupOf(id)))
    }))
  }

  /** Lets go of the records once all were read. */
  forget(): void {
    this.#found = []
    this.#given.clear()
    this.versions = new Map()
  }
}

/** A dispatch stays struck out, and what was told of it counts, while an older record may still have it. */
const keepOn = (slot: Slot, { one, struck, told }: Newest): void => {
  if (struck !== undefined) slot.strike(one.id, struck)
  for (const run of told) slot.told.add(run)
}

const tellsTheSame = (before: Newest | undefined, { found, told }: Newest): boolean =>
  before?.found === found && before.told.length === told.length

const isSame = (before: Newest | undefined, { executions, found, one }: Newest): boolean =>
  before?.found === found &&
  runsOf(before.one).length === runsOf(one).length &&
  before.executions.states === executions.states

/** The latest instant that a date can hold. */
const instantMax = 8.64e15

/** The instant at which a note was written, by its key. */
const instantOf = (key: string): number => Math.min(sequenceOf(key), instantMax)

const failed = Metric.update(Metrics.persistenceFailures.at(), 1)
