/** The plan of writes for a microgrid. It writes nothing and reads no clock: times are elapsed milliseconds. */
import { Latch } from "effect"
import type { DispatchId } from "../../DispatchId.ts"
import { groupOf, siteSlot } from "./recordShelf.ts"

/** A note that is, or may be, in the store. */
export interface Note {
  readonly key: string
  readonly sequence: number
  /** Groups whose records are older than the note. */
  readonly groups: Set<number>
}

/** Something to do: write a record as it is now, or remove a superfluous one. */
export type Work =
  | { readonly _tag: "Write"; readonly slot: number }
  | { readonly _tag: "Remove"; readonly key: string }

/**
 * The largest number of notes in the store. At half of it, their groups are rewritten whatever else happens; beyond
 * it, starts are told without a note, which is counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const notesMax = 256

/** The groups of notes are rewritten when nothing has been noted for this long. */
const compactionDelay = 1_000

/** A failed write is tried again after this, which doubles up to the longest. */
const retryDelay = 1_000
const retryDelayMax = 60_000

/** A record that has been written. */
export interface Written {
  readonly sequence: number
  readonly isEmpty: boolean
  /** Keys of records that say nothing any more. */
  readonly superfluous: Iterable<string>
}

/** The delay after so many failures in a row, in milliseconds. */
export const delayAfter = (failures: number): number =>
  Math.min(retryDelay * 2 ** Math.min(failures, 16), retryDelayMax)

export class WriteQueue {
  /** Open when there may be something to do. */
  readonly changed = Latch.makeUnsafe(false)
  /** Open when a note has been removed. */
  readonly noteRemoved = Latch.makeUnsafe(false)
  readonly #ids = new Map<number, Set<DispatchId>>()
  readonly #touched = new Set<number>()
  readonly #removable = new Set<string>()
  readonly #notes = new Map<string, Note>()
  /** Groups whose records are older than a note. */
  readonly #noted = new Set<number>()
  readonly #failed = new Set<number>()
  readonly #failedRemovals = new Set<string>()
  /** Groups whose records say only that there is nothing. */
  readonly #empty = new Set<number>()
  #notedDueAt = Infinity
  #failedDueAt = Infinity
  #failures = 0

  /** The dispatches of a group in the records. */
  idsOf(group: number): Set<DispatchId> {
    let ids = this.#ids.get(group)
    if (ids === undefined) this.#ids.set(group, (ids = new Set()))
    return ids
  }

  get hasNotes(): boolean {
    return this.#notes.size > 0
  }

  get hasRoom(): boolean {
    return this.#notes.size < notesMax
  }

  addIds(ids: Iterable<DispatchId>): void {
    for (const id of ids) this.idsOf(groupOf(id)).add(id)
  }

  touch(slot: number): void {
    this.#touched.add(slot)
    this.changed.openUnsafe()
  }

  touchIds(ids: Iterable<DispatchId>): void {
    for (const id of ids) {
      const group = groupOf(id)
      this.idsOf(group).add(id)
      this.#touched.add(group)
    }
    this.changed.openUnsafe()
  }

  addNote(note: Note, now: number): void {
    this.#notes.set(note.key, note)
    for (const group of note.groups) this.#noted.add(group)
    this.#notedDueAt = now + compactionDelay
    if (this.#notes.size >= notesMax / 2) this.compact()
    this.changed.openUnsafe()
  }

  /** The groups of all notes must be rewritten now. */
  compact(): void {
    for (const group of this.#noted) this.#touched.add(group)
    this.#noted.clear()
    this.#notedDueAt = Infinity
    this.changed.openUnsafe()
  }

  /** The next work: groups, then the site, then removals. */
  next(now: number): Work | undefined {
    if (now >= this.#notedDueAt) this.compact()
    if (now >= this.#failedDueAt) this.#retry()
    const slot = this.nextTouched()
    if (slot !== undefined) return { _tag: "Write", slot }
    const [key] = this.#removable
    if (key !== undefined) {
      this.#removable.delete(key)
      return { _tag: "Remove", key }
    }
    const [empty] = this.hasNotes ? [] : this.#empty
    return empty === undefined ? undefined : { _tag: "Write", slot: empty }
  }

  nextTouched(): number | undefined {
    for (const slot of this.#touched) if (slot !== siteSlot) return this.#take(slot)
    return this.#touched.has(siteSlot) ? this.#take(siteSlot) : undefined
  }

  #take(slot: number): number {
    this.#touched.delete(slot)
    this.#noted.delete(slot)
    return slot
  }

  /** The instant at which there will be work without any change. */
  get dueAt(): number {
    return Math.min(this.#notedDueAt, this.#failedDueAt)
  }

  /** A record has been written: older notes say nothing new of its group. */
  written(slot: number, { isEmpty, sequence, superfluous }: Written): void {
    this.#failures = 0
    this.#failed.delete(slot)
    if (isEmpty) this.#empty.add(slot)
    else this.#empty.delete(slot)
    for (const note of this.#notes.values()) {
      if (note.sequence < sequence && note.groups.delete(slot) && note.groups.size === 0) {
        this.#removable.add(note.key)
      }
    }
    for (const key of superfluous) this.#removable.add(key)
  }

  /** A record is in the store no longer. */
  removed(key: string): void {
    this.#failedRemovals.delete(key)
    if (!this.#notes.delete(key)) return
    this.noteRemoved.openUnsafe()
    this.noteRemoved.closeUnsafe()
  }

  failed(work: Work, now: number): void {
    if (work._tag === "Write") this.#failed.add(work.slot)
    else this.#failedRemovals.add(work.key)
    if (this.#failedDueAt === Infinity) this.#failedDueAt = now + delayAfter(this.#failures++)
  }

  #retry(): void {
    for (const slot of this.#failed) this.#touched.add(slot)
    for (const key of this.#failedRemovals) this.#removable.add(key)
    this.#failed.clear()
    this.#failedRemovals.clear()
    this.#failedDueAt = Infinity
  }
}
