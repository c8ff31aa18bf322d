/**
 * The records of a microgrid, and whether each may be overwritten (S10).
 *
 * Dispatches lie in groups by id, a group one record, so that a change rewrites little however many are known. A note
 * holds dispatches of any group as they were when a slice was told, until their groups have been rewritten. The
 * microgrid as a whole has a record of its own. A record that could not be read stays as it is, and newer ones lie
 * beside it under keys of their own.
 */
import type { DispatchId } from "../../DispatchId.ts"
import { invariant } from "../invariant.ts"
import { ToldContents } from "./toldContents.ts"

/** The number of groups into which dispatches are divided, by id. */
export const groupCount = 256

/** The group of a dispatch. */
export const groupOf = (id: DispatchId): number => Number(id % BigInt(groupCount))

/** The place of the record of the site, after the groups. */
export const siteSlot = groupCount

/** The place that a key gives its record. */
export type Place =
  | { readonly _tag: "Slot"; readonly slot: number; readonly isBeside: boolean }
  | { readonly _tag: "Note" }
  | { readonly _tag: "SetAside" }
  | { readonly _tag: "Foreign" }

const damagedSuffix = ".damaged"

/** The key under which a damaged record is set aside. */
export const damagedKey = (key: string): string => `${key}${damagedSuffix}`

/** The key of a note. */
export const noteKey = (sequence: number): string => `note-${sequence}`

/** The number of an unreadable note, from its key. Numbers are instants as well, of a clock that does not go back. */
export const sequenceOf = (key: string): number =>
  notePattern.test(key) ? Number(key.slice("note-".length)) : 0

/** An instant of a clock that shows four digits of a year is less. */
const numberMax = 253_402_300_800_000

/** The number of a record in its key; 0 if there is none, or none that a process has given. */
export const numberIn = (key: string): number => {
  const number = Number(/(?:^note-|\.)(\d+)$/.exec(key)?.[1] ?? 0)
  return number < numberMax && placeOf(key)._tag !== "Foreign" ? number : 0
}

const slotKey = (slot: number): string => (slot === siteSlot ? "site" : `group-${slot}`)

const slotPattern = /^(?:site|group-(0|[1-9]\d{0,2}))(\.\d+)?$/
const notePattern = /^note-\d+$/

/** The place of the record under a key. */
export const placeOf = (key: string): Place => {
  if (key.endsWith(damagedSuffix)) return { _tag: "SetAside" }
  if (notePattern.test(key)) return { _tag: "Note" }
  const [matches, group, beside] = slotPattern.exec(key) ?? []
  const slot = group === undefined ? siteSlot : Number(group)
  if (matches === undefined || (group !== undefined && slot >= groupCount)) return { _tag: "Foreign" }
  return { _tag: "Slot", slot, isBeside: beside !== undefined }
}

/** The number of names that are written out. */
const namesMax = 10

/** Names for the log. */
export const namesOf = (names: ReadonlyArray<string>): string =>
  names.length <= namesMax
    ? names.join(", ")
    : `${names.slice(0, namesMax).join(", ")} and ${names.length - namesMax} more`

/**
 * The number of dispatches of a group that are gone and remembered for records that were not read. Beyond, the oldest
 * are forgotten, counted and logged: they may be recalled once more. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const struckMax = 1_000

/** The records of one group, or those of the site. */
export class Slot {
  /** Keys that must not be overwritten: they were not read yet, or cannot be. */
  readonly unread = new Set<string>()
  readonly refused = new Set<string>()
  /** Keys beside the first whose content is known, so that they go once the first has it. */
  readonly besides = new Set<string>()
  /** Dispatches that are gone, but that an unread record may still have. */
  readonly struck = new Map<DispatchId, { readonly isBlind: boolean }>()
  /** Dispatches that this process has known and let go while records are unread. */
  readonly letGo = new Set<DispatchId>()
  /** Runs that were told of while records are unread. */
  readonly told = new ToldContents()
  #forgotten = 0
  #own: string | undefined
  readonly #key: string
  readonly #written: Set<string>

  constructor(slot: number, written: Set<string>) {
    this.#key = slotKey(slot)
    this.#written = written
  }

  /** The key for the present state, once all records are read. */
  get key(): string {
    return this.#key
  }

  /** The key for the present state until then: one beside the records that were not read. */
  keyBeside(sequence: number): string {
    this.#own ??= `${this.#key}.${sequence}`
    this.besides.add(this.#own)
    this.#written.add(this.#own)
    return this.#own
  }

  /** Keys that have become superfluous, now that another has been written. */
  superfluous(written: string): ReadonlyArray<string> {
    return [...this.besides].filter((key) => key !== written)
  }

  strike(id: DispatchId, how: { readonly isBlind: boolean }): void {
    this.struck.delete(id)
    this.struck.set(id, how)
    for (const oldest of this.struck.keys()) {
      if (this.struck.size <= struckMax) return
      this.struck.delete(oldest)
      this.letGo.delete(oldest)
      this.told.forget(oldest)
      this.#forgotten++
    }
  }

  /** All records have been read and replaced. */
  settle(): void {
    this.struck.clear()
    this.letGo.clear()
    this.told.clear()
  }

  /** The number of struck dispatches that were forgotten since it was last asked for. */
  takeForgotten(): number {
    const forgotten = this.#forgotten
    this.#forgotten = 0
    return forgotten
  }
}

/** All records of a microgrid. */
export class RecordShelf {
  /** Keys of notes and of records beside the first that this process wrote: it need not read them. */
  readonly written = new Set<string>()
  /** Those of which there was something to know: most groups of a small site have no dispatch. */
  readonly #slots = new Map<number, Slot>()
  /** Notes, which may be about any group, that were not read yet or cannot be. */
  readonly unreadNotes = new Set<string>()
  readonly refusedNotes = new Set<string>()
  /** True if the keys have been read. */
  isListed = false
  /** True while nobody has taken what was read: no record may be replaced before. */
  awaitsTaking = false

  slot(slot: number): Slot {
    const known = this.#slots.get(slot)
    if (known !== undefined) return known
    invariant(slot >= 0 && slot <= siteSlot, "a slot is that of a group or of the site")
    const made = new Slot(slot, this.written)
    this.#slots.set(slot, made)
    return made
  }

  /** True if all records of this place have been read, so that they may be replaced. */
  isOpen(slot: number): boolean {
    const { refused, unread } = this.slot(slot)
    const notesAreRead = slot === siteSlot || this.unreadNotes.size + this.refusedNotes.size === 0
    return !this.awaitsTaking && this.isListed && notesAreRead && unread.size + refused.size === 0
  }

  /** Places that may be written as a whole now, and still have records beside. */
  get withBesides(): ReadonlyArray<number> {
    return [...this.#slots].flatMap(([slot, { besides }]) =>
      besides.size > 0 && this.isOpen(slot) ? [slot] : []
    )
  }

  get unread(): ReadonlyArray<string> {
    return [...this.unreadNotes, ...[...this.#slots.values()].flatMap(({ unread }) => [...unread])]
  }

  /** True if the content of some key stays unknown for good. */
  get hasRefused(): boolean {
    return this.refusedNotes.size > 0 || [...this.#slots.values()].some(({ refused }) => refused.size > 0)
  }

  /** Takes in a key found in the store. */
  found(key: string): void {
    if (this.written.has(key)) return
    const place = placeOf(key)
    if (place._tag === "Note") this.unreadNotes.add(key)
    if (place._tag === "Slot") this.slot(place.slot).unread.add(key)
  }

  /** The content of a key is known, or there is none any more. */
  markRead(key: string): void {
    const place = placeOf(key)
    if (place._tag === "Note") this.unreadNotes.delete(key)
    if (place._tag !== "Slot") return
    const slot = this.slot(place.slot)
    slot.unread.delete(key)
    if (place.isBeside) slot.besides.add(key)
  }

  /** The value of a key is gone. */
  removed(key: string): void {
    this.written.delete(key)
    const place = placeOf(key)
    if (place._tag === "Slot") this.slot(place.slot).besides.delete(key)
  }

  /** A refused record is gone from its key. */
  restore(key: string): void {
    const place = placeOf(key)
    this.refusedNotes.delete(key)
    if (place._tag === "Slot") this.slot(place.slot).refused.delete(key)
  }

  /** The content of a key stays unknown for good. */
  refuse(key: string): void {
    const place = placeOf(key)
    if (place._tag === "Note" && this.unreadNotes.delete(key)) this.refusedNotes.add(key)
    if (place._tag !== "Slot") return
    const slot = this.slot(place.slot)
    slot.unread.delete(key)
    slot.refused.add(key)
  }
}
