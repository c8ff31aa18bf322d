/**
 * Dispatches of which the service tells two stories: an older version than the known one, or other content under the
 * same `updateTime`. Rule S5.
 *
 * The first sight of another story asks for one repetition; the second is believed. Other content that was believed,
 * and is contradicted soon, is not decided again by listings until the period is over.
 */
import { Duration } from "effect"
import type { DispatchId } from "../../DispatchId.ts"
import { contradictionPeriod } from "../../SyncSettings.ts"
import { IdMap } from "../idMap.ts"
import type { Moment } from "../moment.ts"
import type { IdentifiedRecord } from "./identifiedRecord.ts"

/** Other content that was believed under the same `updateTime`. */
interface Belief {
  /** The one of the two that was not kept. */
  readonly rival: IdentifiedRecord
  /** The instant of the belief (elapsed milliseconds). */
  readonly since: number
}

/** Another story, and its source. */
export interface Answer {
  readonly moment: Moment
  /** True if it is older than the known version, and not of the same time. */
  readonly isOlder: boolean
  /** True if it was asked for because of another story: then it asks for no repetition of its own. */
  readonly isRepetition: boolean
}

/**
 * The outcome for another story: it waits for a second sight, or for a listing that is asked for; it is believed; or it
 * contradicts a belief, and takes its place or does not.
 */
export type Verdict = "Waits" | "IsRepeated" | "IsBelieved" | "Contradicts" | "IsContradicted"

const period = Duration.toMillis(contradictionPeriod)

/** The dispatches with two stories. Those with one, almost all, are not in here. */
export class TwoStories {
  /** The last other story of the service, waiting for a second sight. */
  readonly #shown = new IdMap<IdentifiedRecord>()
  readonly #believed = new IdMap<Belief>()
  /** Stories that were believed and then contradicted. */
  readonly #contradicted = new IdMap<Belief>()

  /** The dispatches with two stories of which neither can be trusted. */
  get contradicted(): IdMap<unknown> {
    return this.#contradicted
  }

  /** True if one of two contents of the known `updateTime` was believed, not long ago. */
  isDisputed(id: DispatchId): boolean {
    return (
      (this.#believed.size > 0 && this.#believed.has(id)) ||
      (this.#contradicted.size > 0 && this.#contradicted.has(id))
    )
  }

  /** The known version was shown again: the other story is in doubt no more. */
  confirmed(id: DispatchId): void {
    if (this.#shown.size > 0) this.#shown.delete(id)
  }

  /** A newer version settles everything, and so does the end. */
  forget(id: DispatchId): void {
    for (const map of [this.#shown, this.#believed, this.#contradicted]) if (map.size > 0) map.delete(id)
  }

  /** Forgets beliefs that are so old that they may be decided anew. */
  expire(elapsed: number): void {
    for (const beliefs of [this.#believed, this.#contradicted]) {
      for (const [id, { since }] of beliefs) if (elapsed - since >= period) beliefs.delete(id)
    }
  }

  /** The service, asked after the known version had arrived, tells another story; returns the verdict. */
  told(known: IdentifiedRecord, record: IdentifiedRecord, answer: Answer): Verdict {
    const { id } = record
    const isSameTime = !answer.isOlder
    const belief = this.#contradicted.get(id) ?? this.#believed.get(id)
    if (isSameTime && belief !== undefined && answer.moment.elapsed - belief.since < period) {
      return this.#contradict(known, record, belief, answer.moment.now)
    }
    const shown = this.#shown.get(id)
    if (shown === undefined || shown.updateTime !== record.updateTime || !saysTheSame(shown, record)) {
      this.#shown.set(id, record)
      return answer.isRepetition ? "Waits" : "IsRepeated"
    }
    this.forget(id)
    if (isSameTime) this.#believed.set(id, { rival: known, since: answer.moment.elapsed })
    return "IsBelieved"
  }

  /** Of two contents, the one that does not run is kept. */
  #contradict(known: IdentifiedRecord, record: IdentifiedRecord, belief: Belief, now: number): Verdict {
    const { id } = record
    if (this.#contradicted.has(id) && saysTheSame(belief.rival, record)) return "Waits"
    const isKept = isRunning(record, now) || !isRunning(known, now)
    this.#believed.delete(id)
    this.#contradicted.set(id, { rival: isKept ? record : known, since: belief.since })
    return isKept ? "IsContradicted" : "Contradicts"
  }
}

/** True if two records are of one version, with one content or one reason why it cannot be read. */
export const saysTheSame = (one: IdentifiedRecord, other: IdentifiedRecord): boolean => {
  switch (one._tag) {
    case "Dispatch":
      return other._tag === "Dispatch" && one.sameContent(other)
    case "UnreadableDispatch":
      return other._tag === "UnreadableDispatch" && one.path === other.path && one.message === other.message
  }
}

const isRunning = (record: IdentifiedRecord, now: number): boolean => {
  switch (record._tag) {
    case "Dispatch":
      return record.active && !Number.isNaN(record.schedule.runAt(now))
    case "UnreadableDispatch":
      return false
  }
}
