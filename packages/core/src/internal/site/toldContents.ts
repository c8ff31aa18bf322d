/** The runs that were told of while older records are unread: an announcement of the like in those is over, or repeated (S10). */
import type { DispatchId } from "../../DispatchId.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import { isAlike } from "../timeline/alike.ts"

/**
 * The number of contents of one dispatch that are remembered as told while a record cannot be read. Beyond, the oldest
 * is forgotten: its `Stopped` may be told once more. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const toldMax = 16

/** A run that was told of, and the records for which that counts: those of a lower number. */
export interface ToldRun {
  readonly run: RunningStateChange
  /** `Infinity` if this process told of it, since all that it has not read is older. */
  readonly before: number
}

/** Runs of one group, those of one content once. */
export class ToldContents {
  readonly #runs = new Map<DispatchId, ReadonlyArray<ToldRun>>()

  of(id: DispatchId): ReadonlyArray<ToldRun> {
    return this.#runs.get(id) ?? []
  }

  /** Those that this process has told itself. */
  ownOf(id: DispatchId): ReadonlyArray<RunningStateChange> {
    return this.of(id).flatMap(({ before, run }) => (before === Infinity ? [run] : []))
  }

  add({ before, run }: ToldRun): void {
    const { id } = run.dispatch
    const isOther = ({ run: other }: ToldRun) => !isAlike(other, run)
    const others = this.of(id).filter(isOther)
    const latest = this.of(id).reduce(
      (most, one) => (isOther(one) ? most : Math.max(most, one.before)),
      before
    )
    this.#runs.set(id, [...others, { run, before: latest }].slice(-toldMax))
  }

  forget(id: DispatchId): void {
    this.#runs.delete(id)
  }

  clear(): void {
    this.#runs.clear()
  }
}
