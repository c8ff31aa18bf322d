/**
 * The runs that an earlier process had announced and this one answers for (R11, S10). Instants are epoch milliseconds.
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as Oracle from "../Oracle.ts"
import { isSameKind, steersTheSame } from "./sameness.ts"

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
  readonly #runs = new Map<DispatchId, Inherited>()
  /** Runs that are only in records which may be read late. */
  readonly #unread = new Map<DispatchId, ReadonlyArray<RunningStateChange>>()
  /** Unread records may have older forms than those that were told. */
  #mayBeBehind = false
  readonly #readLate = new Set<RunningStateChange>()
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
    this.#unread.clear()
    this.#mayBeBehind = false
    this.stops.length = 0
  }

  /** A process begins that knows nothing of the last ones, until it reads their records, which may be behind. */
  beginUnread(
    told: ReadonlyMap<DispatchId, RunningStateChange>,
    records: "UpToDate" | "MayBeBehind" = "UpToDate"
  ): void {
    this.#mayBeBehind ||= records === "MayBeBehind"
    const inherited = [...this.#runs.values()].map(({ change }) => change)
    for (const change of [...inherited, ...told.values()]) {
      const { id } = change.dispatch
      this.#unread.set(id, [...(this.#unread.get(id) ?? []), change])
    }
    this.#runs.clear()
    this.stops.length = 0
  }

  /** Nothing outlives a process. */
  clear(): void {
    this.#runs.clear()
    this.#unread.clear()
    this.stops.length = 0
  }

  /** True, once, of a run that is told again since a record that was read late has it in another form (S10). */
  takeReadLate({ cause, dispatch, previous }: RunningStateChange): boolean {
    const unread = this.#unread.get(dispatch.id) ?? []
    if (previous === undefined) return false
    const isOther = (before: Dispatch) =>
      before.updateTime === previous.updateTime
        ? !steersTheSame(before, dispatch)
        : this.#mayBeBehind && previous.updateTime < before.updateTime
    return (
      cause === "Recovered" && unread.some((one) => isOther(one.dispatch)) && this.#unread.delete(dispatch.id)
    )
  }

  /** A run is stopped that this process has not announced itself. */
  stopped(change: RunningStateChange, toldAt: number): void {
    this.stops.push({ change, toldAt })
    if (this.#takeUnread(change)) this.#readLate.add(change)
  }

  /** True of the stop of a run that only a record had which was read late: no edge of what is known (S10). */
  isReadLate(change: RunningStateChange): boolean {
    return this.#readLate.has(change)
  }

  #takeUnread({ cause, dispatch, occurrence }: RunningStateChange): boolean {
    const unread = this.#unread.get(dispatch.id) ?? []
    const isNoted = (one: RunningStateChange) =>
      one.dispatch.updateTime === dispatch.updateTime
        ? one.occurrence.epochMilliseconds === occurrence.epochMilliseconds
        : this.#mayBeBehind && dispatch.updateTime < one.dispatch.updateTime
    const rest = unread.filter((one) => !isNoted(one))
    if (cause !== "Recovered" || rest.length === unread.length) return false
    this.#unread.set(dispatch.id, rest)
    return true
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
