/**
 * Deleted dispatches: no late message brings them back; the service does only if it was set back. Rule S6.
 *
 * An id that is shown again is believed to exist when two listings, some time apart, have shown it, and the service
 * returns it when asked for it alone. Streams from before the deletion are not believed even then.
 */
import { Duration } from "effect"
import type { DispatchId } from "../../DispatchId.ts"
import type { Outcome } from "./mirrorOutcome.ts"
import { reappearanceDelay, tombstonesMax } from "../../SyncSettings.ts"
import { IdMap } from "../idMap.ts"
import { invariant } from "../invariant.ts"
import type { Sequence } from "./sequence.ts"

/** The rest of a deleted dispatch. */
interface Tombstone {
  /** The position at which the deletion became known. */
  readonly since: Sequence
  /** Of the last version known. */
  readonly updateTime: bigint
}

/** A deleted dispatch is shown by listings. */
interface Reappearance {
  /** The beginning of the first of them (elapsed milliseconds). */
  readonly shownAt: number
  /** The position at which the second was applied: questions from then on decide. */
  believedFrom: Sequence | undefined
}

/** The part of a whole listing that matters here. */
interface Shown {
  readonly startedAt: Sequence
  /** Its beginning (elapsed milliseconds). */
  readonly elapsed: number
}

/** The part of an event about a deleted dispatch that matters here. */
interface ToldAgain {
  readonly id: DispatchId
  readonly updateTime: bigint | undefined
  readonly isDeletion: boolean
}

const delay = Duration.toMillis(reappearanceDelay)

/** The deleted dispatches of a mirror. */
export class Tombstones {
  readonly #tombstones = new IdMap<Tombstone>()
  readonly #reappearances = new IdMap<Reappearance>()
  /** The positions of deletions that were undone; streams from before are not believed about them. */
  readonly #undone = new IdMap<Sequence>()

  get size(): number {
    return this.#tombstones.size
  }

  has(id: DispatchId): boolean {
    return this.#tombstones.size > 0 && this.#tombstones.has(id)
  }

  /** The deleted dispatches that listings show. */
  get reappeared(): IdMap<unknown> {
    return this.#reappearances
  }

  /** Remembers a deletion; beyond the limit, the oldest are forgotten. */
  add(id: DispatchId, since: Sequence, updateTime: bigint, outcome: Outcome): void {
    this.#undone.delete(id)
    this.#tombstones.set(id, { since, updateTime })
    if (this.#tombstones.size <= tombstonesMax) return
    for (const first of this.#tombstones.keys()) {
      this.#tombstones.delete(first)
      this.#reappearances.delete(first)
      break
    }
    outcome.anomalies.push("forgottenDeletion")
  }

  /** True if a stream's event is about a dispatch whose deletion was undone since the stream was opened. */
  isOutdated(id: DispatchId, openedAt: Sequence): boolean {
    if (this.#undone.size === 0) return false
    const deletedAt = this.#undone.get(id)
    return deletedAt !== undefined && openedAt <= deletedAt
  }

  /** An event about a deleted dispatch, of a stream opened at a position, arrived. */
  told(
    { id, isDeletion, updateTime = 0n }: ToldAgain,
    openedAt: Sequence,
    since: Sequence,
    outcome: Outcome
  ): void {
    const tombstone = this.#of(id)
    const isLater = openedAt > tombstone.since
    if (isDeletion) {
      outcome.anomalies.push("duplicateVersion")
      if (!isLater) return
      // Deleted once more: whatever was shown and asked before is settled by that.
      this.#reappearances.delete(id)
      const latest = updateTime > tombstone.updateTime ? updateTime : tombstone.updateTime
      this.#tombstones.set(id, { since, updateTime: latest })
    } else if (isLater && updateTime > tombstone.updateTime) {
      outcome.anomalies.push("deletedButTold")
      outcome.relist = true
    } else {
      outcome.anomalies.push("staleVersion")
    }
  }

  /** A whole listing showed a deleted dispatch at a position. */
  listed(id: DispatchId, { elapsed, startedAt }: Shown, since: Sequence, outcome: Outcome): void {
    const tombstone = this.#of(id)
    if (tombstone.since >= startedAt) {
      outcome.anomalies.push("staleVersion")
      return
    }
    outcome.anomalies.push("deletedButListed")
    const reappearance = this.#reappearances.get(id)
    if (reappearance === undefined) {
      this.#reappearances.set(id, { shownAt: elapsed, believedFrom: undefined })
      outcome.relistLater = true
    } else if (elapsed - reappearance.shownAt < delay) {
      outcome.relistLater = true
    } else {
      reappearance.believedFrom ??= since
      outcome.verify.push(id)
      outcome.renewUpTo = Math.max(outcome.renewUpTo ?? 0, tombstone.since)
    }
  }

  /**
   * A whole listing that showed these is applied. A deletion that it bears out is no longer in doubt. The deletion is
   * forgotten once no stream from before is open (`openStreamsSince`).
   */
  bearOut(startedAt: Sequence, openStreamsSince: Sequence, isListed: (id: DispatchId) => boolean): void {
    for (const [id, { since }] of this.#tombstones) {
      if (since >= startedAt || isListed(id)) continue
      this.#reappearances.delete(id)
      if (since < openStreamsSince) this.#tombstones.delete(id)
    }
    for (const [id, deletedAt] of this.#undone) {
      if (deletedAt < openStreamsSince) this.#undone.delete(id)
    }
  }

  /** The service, asked at a position, returns a deleted dispatch; the result is true if the deletion was undone. */
  given(id: DispatchId, askedAt: Sequence): boolean {
    const { believedFrom } = this.#reappearances.get(id) ?? {}
    if (believedFrom === undefined || believedFrom >= askedAt) return false
    this.#undone.set(id, this.#of(id).since)
    this.#tombstones.delete(id)
    this.#reappearances.delete(id)
    return true
  }

  #of(id: DispatchId): Tombstone {
    const tombstone = this.#tombstones.get(id)
    invariant(tombstone !== undefined, "only a deleted dispatch is looked up among the deleted")
    return tombstone
  }
}
