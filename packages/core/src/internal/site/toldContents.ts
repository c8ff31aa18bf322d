/** The runs that were told of while older records are unread: an announcement of the like in those is over, or repeated (S10). */
import type { DispatchId } from "../../DispatchId.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import { isUnlike } from "../timeline/alike.ts"

/**
 * The number of contents of one dispatch that are remembered as told while a record cannot be read. Beyond, the oldest
 * is forgotten: its `Stopped` may be told once more. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const toldMax = 16

/** Runs of one group, those of one content once. */
export class ToldContents {
  readonly #runs = new Map<DispatchId, ReadonlyArray<RunningStateChange>>()
  readonly #earlier = new Map<DispatchId, ReadonlyArray<RunningStateChange>>()

  of(id: DispatchId): ReadonlyArray<RunningStateChange> {
    return [...(this.#earlier.get(id) ?? []), ...this.ownOf(id)].slice(-toldMax)
  }

  /** Those that this process has told itself. */
  ownOf(id: DispatchId): ReadonlyArray<RunningStateChange> {
    return this.#runs.get(id) ?? []
  }

  add(run: RunningStateChange): void {
    const { id } = run.dispatch
    this.#earlier.set(id, (this.#earlier.get(id) ?? []).filter(isUnlike([run])))
    this.#runs.set(id, [...this.ownOf(id).filter(isUnlike([run])), run].slice(-toldMax))
  }

  /** Adds runs that an earlier process had told. */
  inherit(id: DispatchId, runs: ReadonlyArray<RunningStateChange>): void {
    if (runs.length > 0) this.#earlier.set(id, runs.filter(isUnlike(this.ownOf(id))).slice(-toldMax))
  }

  forget(id: DispatchId): void {
    this.#runs.delete(id)
    this.#earlier.delete(id)
  }

  clear(): void {
    this.#runs.clear()
    this.#earlier.clear()
  }
}
