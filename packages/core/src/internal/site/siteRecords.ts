/** Reads the records that earlier processes wrote of a microgrid, and takes the newest of each dispatch (S10, R11). */
import { Effect, Metric, Result } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchId } from "../../DispatchId.ts"
import * as Metrics from "../../Metrics.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import type { Fenced } from "../../SitePersistence.ts"
import type { Remembered } from "../timeline/timeline.ts"
import { isAlike, isUnlike } from "../timeline/alike.ts"
import type { GuardedStore } from "./guardedStore.ts"
import * as Format from "./recordFormat.ts"
import { isNothing } from "./siteMemory.ts"
import type { ToldRun } from "./toldContents.ts"
import type { Note } from "./writeQueue.ts"
import {
  damagedKey,
  groupCount,
  groupOf,
  namesOf,
  placeOf,
  type RecordShelf,
  siteSlot,
  sequenceOf
} from "./recordShelf.ts"

/** The facts that are kept of a site as a whole. */
export interface SiteFacts {
  /** For forgotten ids: no occurrence up to this instant (epoch milliseconds) is executed. */
  readonly forgottenUpTo: number | undefined
}

/** The knowledge that an earlier process left behind. */
export interface Recalled {
  readonly remembered: ReadonlyArray<Remembered>
  /** True if all of it could be read, and the microgrid had been listed. */
  readonly isWhole: boolean
  readonly facts: SiteFacts | undefined
}

/** A record that was read. */
type Found =
  | { readonly _tag: "Site"; readonly record: Format.SiteRecord }
  | {
      readonly _tag: "Group"
      readonly group: number
      readonly isWhole: boolean
      readonly record: Format.DispatchesRecord
    }
  | { readonly _tag: "Note"; readonly key: string; readonly record: Format.DispatchesRecord }

/** The newest state of a dispatch, and the record that has it. */
interface Newest {
  readonly found: Found
  readonly one: Remembered
  /** Present if the record has nothing of it any more. */
  readonly struck: { readonly isBlind: boolean } | undefined
  /** The runs told of by processes that had not read what is older. */
  readonly told: ReadonlyArray<ToldRun>
}

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
  /** True if the microgrid has been listed since the last loss of a record. */
  hasListed = false
  /** The greatest sequence number seen. */
  sequence = 0
  /** The versions in the newest record of each group. */
  versions: ReadonlyMap<number, ReadonlyMap<DispatchId, Dispatch>> = new Map()
  #found: Array<Found> = []
  /** The records of dispatches that were handed over while something is unread. */
  readonly #given = new Map<DispatchId, { readonly found: Found; readonly runs: number }>()
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

  get isWhole(): boolean {
    const { refusedNotes, slots } = this.shelf
    const isRefused = refusedNotes.size > 0 || slots.some(({ refused }) => refused.size > 0)
    return !this.isWaiting && !isRefused && !this.#isDamaged && this.hasListed
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
          if (Result.isSuccess(parsed)) this.sequence = Math.max(this.sequence, parsed.success.sequence)
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
        for (const key of keys) this.shelf.found(key)
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
    const isNoted = this.hasListed || (yield* this.#unlist())
    for (const { key, text, why } of damaged) {
      yield* failed
      yield* Effect.logError(`What was known is damaged and set aside as ${damagedKey(key)}`)
      // The reason may quote the record.
      yield* Effect.logDebug(`${key} is damaged: ${why}`)
      const aside = Effect.andThen(this.#store.put(damagedKey(key), text), this.#store.put(key, undefined))
      if (isNoted && Result.isSuccess(yield* Effect.result(aside))) this.shelf.restore(key)
    }
  })

  /** Takes in records, and returns what they newly tell; nothing if no records were left. */
  take(readable: ReadonlyArray<Readable>): Recalled | undefined {
    for (const { key, record } of readable) {
      this.shelf.markRead(key)
      const place = placeOf(key)
      if (!("dispatches" in record)) this.#found.push({ _tag: "Site", record })
      else if (place._tag === "Note") this.#found.push({ _tag: "Note", key, record })
      else if (place._tag === "Slot") {
        this.#found.push({ _tag: "Group", group: place.slot, isWhole: !place.isBeside, record })
      }
    }
    return this.#give()
  }

  #give(): Recalled | undefined {
    const remembered: Array<Remembered> = []
    // Possible executions are known only once the note is read.
    const lostAt = Math.max(this.#lostAt, ...[...this.shelf.unreadNotes].map(instantOf))
    for (const newest of this.#newest()) {
      for (const { found, one, struck, told } of newest.values()) {
        // It stays struck out while an older record may still have it.
        const slot = this.shelf.slot(groupOf(one.id))
        if (struck !== undefined) slot.strike(one.id, struck)
        for (const run of told) slot.told.add(run)
        const given = this.#given.get(one.id)
        const runs = runsOf(one).length
        const isKnown = given?.found === found && given.runs === runs
        if (isKnown || (given === undefined && isNothing(one))) continue
        if (this.isWaiting) this.#given.set(one.id, { found, runs })
        remembered.push({ ...one, evaluatedAt: Math.max(one.evaluatedAt, lostAt) })
      }
    }
    const sites = this.#found.flatMap((found) => (found._tag === "Site" ? [found.record] : []))
    const newest = sites.toSorted((left, right) => right.sequence - left.sequence)[0]
    this.hasListed ||= newest?.listed === true && !this.#isDamaged
    const forgotten = sites.flatMap(({ forgottenUpTo }) =>
      forgottenUpTo === undefined ? [] : [forgottenUpTo]
    )
    const leftNothing =
      this.#found.length === 0 && !this.isWaiting && !this.#isDamaged && this.#refusedNothing
    return leftNothing
      ? undefined
      : {
          remembered,
          isWhole: this.isWhole,
          facts: forgotten.length === 0 ? undefined : { forgottenUpTo: Math.max(...forgotten) }
        }
  }

  get #refusedNothing(): boolean {
    return this.shelf.refusedNotes.size === 0 && this.shelf.slots.every(({ refused }) => refused.size === 0)
  }

  /** The newest state of each dispatch, by group, and the record that has it. */
  #newest(): ReadonlyArray<ReadonlyMap<DispatchId, Newest>> {
    const groups = Array.from({ length: groupCount }, () => new Map<DispatchId, Newest>())
    const kept = new Map<number, Map<DispatchId, Dispatch>>()
    /** The records that announce the runs. */
    const sequences = new Map<RunningStateChange, number>()
    const records = this.#found.filter((found) => found._tag !== "Site")
    for (const found of records.toSorted((left, right) => left.record.sequence - right.record.sequence)) {
      if (found._tag === "Group" && found.isWhole) groups[found.group]?.clear()
      if (found._tag === "Group") kept.set(found.group, new Map())
      const { dispatches, evaluatedAt, sequence } = found.record
      for (const entry of dispatches) {
        const group = groupOf(entry.id)
        const keptVersion = kept.get(group)?.get(entry.id)
        // The entry says nothing before the record that it refers to is read.
        if (entry.asKept === true && keptVersion === undefined) continue
        const own = Format.fromKept(entry, evaluatedAt, keptVersion)
        for (const run of runsOf(own)) sequences.set(run, sequence)
        const isBlind = entry.blind === true
        const before = isBlind ? groups[group]?.get(entry.id) : undefined
        const told = Format.fromTold(entry, own.version, sequence)
        const isOver = (run: RunningStateChange) =>
          !isUnlike(own.announced)(run) ||
          told.some((one) => (sequences.get(run) ?? 0) < one.before && isAlike(one.run, run))
        const one = before === undefined ? own : withRuns(own, before.one, isOver)
        const struck = isNothing(own) ? { isBlind } : undefined
        groups[group]?.set(entry.id, { found, one, struck, told: [...(before?.told ?? []), ...told] })
        const { version } = one
        if (found._tag === "Group" && version !== undefined) kept.get(group)?.set(entry.id, version)
      }
    }
    this.versions = kept
    return groups
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

const runsOf = ({ announced, moved = [] }: Remembered): ReadonlyArray<RunningStateChange> => [
  ...announced,
  ...moved
]

/** `own`, plus the runs that only older records have, and that are not over. */
const withRuns = (
  own: Remembered,
  older: Remembered,
  isOver: (run: RunningStateChange) => boolean
): Remembered => ({
  ...own,
  announced: [...older.announced.filter((run) => !isOver(run)), ...own.announced],
  moved: [...(older.moved ?? []).filter((run) => !isOver(run)), ...(own.moved ?? [])]
})

/** The latest instant that a date can hold. */
const instantMax = 8.64e15

/** The instant at which a note was written, by its key. */
const instantOf = (key: string): number => Math.min(sequenceOf(key), instantMax)

const failed = Metric.update(Metrics.persistenceFailures.at(), 1)
