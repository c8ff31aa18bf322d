/**
 * Deleted dispatches: nothing that was on its way brings them back, and the service does only if it was set back. Rule S6.
 *
 * An id that is shown again is believed to exist when two listings, some time apart, have shown it, and the service
 * gives it when it is asked for it alone. What is on its way on streams from before the deletion is not believed even
 * then.
 */
import { Duration } from "effect"
import type { StreamEvent } from "../../DispatchClient.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { Outcome } from "../../MirrorOutcome.ts"
import { tombstonesMax, type SyncSettings } from "../../SyncSettings.ts"
import { IdMap } from "../idMap.ts"
import type { Sequence } from "./sequence.ts"

/** What is left of a deleted dispatch. */
interface Tombstone {
  /** When the deletion became known. */
  readonly since: Sequence
  /** Of the last version known. */
  readonly updateTime: bigint
}

/** A deleted dispatch is shown by listings. */
interface Reappearance {
  /** When the first of them began (elapsed milliseconds). */
  readonly shownAt: number
  /** When the second was applied: what is asked from then on decides. */
  believedFrom: Sequence | undefined
}

/** A whole listing, as far as it matters here. */
interface Shown {
  readonly startedAt: Sequence
  /** When it began (elapsed milliseconds). */
  readonly elapsed: number
}

/** The deleted dispatches of a mirror. */
export class Tombstones {
  readonly #tombstones = new IdMap<Tombstone>()
  readonly #reappearances = new IdMap<Reappearance>()
  /** When those were deleted whose deletion was undone; streams from before are not believed about them. */
  readonly #undone = new IdMap<Sequence>()
  readonly #delay: number

  constructor({ reappearanceDelay }: Pick<SyncSettings, "reappearanceDelay">) {
    this.#delay = Duration.toMillis(reappearanceDelay)
  }

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

  /** Whether an event of a stream is about a dispatch whose deletion was undone since the stream was opened. */
  isOutdated(id: DispatchId, openedAt: Sequence): boolean {
    if (this.#undone.size === 0) return false
    const deletedAt = this.#undone.get(id)
    return deletedAt !== undefined && openedAt <= deletedAt
  }

  /** An event about a deleted dispatch, of a stream opened at a position, arrived. */
  told({ kind, record }: StreamEvent, openedAt: Sequence, since: Sequence, outcome: Outcome): void {
    const id = record.id as DispatchId
    const tombstone = this.#tombstones.get(id) as Tombstone
    const isLater = openedAt > tombstone.since
    const updateTime = record.updateTime ?? 0n
    if (kind === "Deleted") {
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
    const tombstone = this.#tombstones.get(id) as Tombstone
    if (tombstone.since >= startedAt) {
      outcome.anomalies.push("staleVersion")
      return
    }
    outcome.anomalies.push("deletedButListed")
    const reappearance = this.#reappearances.get(id)
    if (reappearance === undefined) {
      this.#reappearances.set(id, { shownAt: elapsed, believedFrom: undefined })
      outcome.relistLater = true
    } else if (elapsed - reappearance.shownAt < this.#delay) {
      outcome.relistLater = true
    } else {
      reappearance.believedFrom ??= since
      outcome.verify.push(id)
      outcome.renewUpTo = Math.max(outcome.renewUpTo ?? 0, tombstone.since)
    }
  }

  /**
   * A whole listing is applied that showed these. A deletion that it bears out is in doubt no more, and is forgotten
   * once no stream from before is open (`openStreamsSince`).
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

  /** The service, asked at a position, gives a deleted dispatch: gives whether the deletion was undone. */
  given(id: DispatchId, askedAt: Sequence): boolean {
    const { believedFrom } = this.#reappearances.get(id) ?? {}
    if (believedFrom === undefined || believedFrom >= askedAt) return false
    this.#undone.set(id, (this.#tombstones.get(id) as Tombstone).since)
    this.#tombstones.delete(id)
    this.#reappearances.delete(id)
    return true
  }
}
