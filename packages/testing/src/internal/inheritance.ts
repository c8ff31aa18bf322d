/**
 * The runs that an earlier process had announced and this one answers for (R11, S10). Instants are epoch milliseconds.
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as Oracle from "../Oracle.ts"
import { isSameKind } from "./sameness.ts"

/**
 * A subscriber may come this much later, in milliseconds elapsed, and still hears of a run that an earlier process
 * announced.
 */
export const inheritedStopPeriod = 600_000

/** A run that an earlier process announced and did not stop. */
interface Inherited {
  readonly change: RunningStateChange
  /** The kept version of it, if it is certain which one that is. */
  readonly kept: Dispatch | undefined
}

/** A stop of such a run, with the time (timers) at which it was told. */
export interface InheritedStop {
  readonly change: RunningStateChange
  readonly toldAt: number
}

/** The runs that are not stopped or started again yet, and the stops that were told. */
export class Inheritance {
  #runs = new Map<DispatchId, Inherited>()
  readonly stops: Array<InheritedStop> = []

  /**
   * A process begins: it answers for the announcements of the last one, and for those that one had not dealt with.
   * `kept` are the versions that are in the records for certain.
   */
  begin(
    told: ReadonlyMap<DispatchId, RunningStateChange>,
    kept: ReadonlyMap<DispatchId, Dispatch> = new Map()
  ): void {
    for (const [id, change] of told) this.#runs.set(id, { change, kept: kept.get(id) })
    this.stops.length = 0
  }

  /** Nothing outlives a process. */
  clear(): void {
    this.#runs.clear()
    this.stops.length = 0
  }

  get(id: DispatchId): RunningStateChange | undefined {
    return this.#runs.get(id)?.change
  }

  /** It is stopped, or runs on in this process. */
  settle(id: DispatchId): void {
    this.#runs.delete(id)
  }

  ids(): Iterable<DispatchId> {
    return this.#runs.keys()
  }

  /** The runs whose kept version does not call for them at an instant. */
  over(now: number): ReadonlyArray<DispatchId> {
    return [...this.#runs]
      .filter(([, { change, kept }]) => kept !== undefined && !callsOn(kept, change, now))
      .map(([id]) => id)
  }
}

const callsOn = (kept: Dispatch, { dispatch }: RunningStateChange, now: number): boolean =>
  isSameKind(kept, dispatch) && Oracle.runAt(kept, now) !== undefined
