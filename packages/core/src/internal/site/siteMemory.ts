/** All that is to be kept of a site, as its timeline and the recovered stops say it is now (S10). Nothing is written here. */
import type { DispatchId } from "../../DispatchId.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import type { Remembered } from "../timeline/timeline.ts"
import { IdMap } from "../idMap.ts"
import type { DispatchMemory, Memory } from "../timeline/memory.ts"
import type { RecoveredStops } from "./recoveredStops.ts"

/** True if nothing is left to remember of a dispatch. */
export const isNothing = ({
  announced,
  executed,
  moved = [],
  version
}: Pick<Remembered, "announced" | "executed" | "moved" | "version">): boolean =>
  version === undefined && announced.length + moved.length === 0 && executed === undefined

/** The state to keep. */
export class SiteMemory {
  readonly #recoveredStops: Pick<RecoveredStops, "waitingOf">
  readonly #dispatches = new IdMap<DispatchMemory>()
  /** Recalled dispatches stay in the records as they were until they are touched. */
  readonly #untouched = new Map<DispatchId, Remembered>()
  #evaluatedAt = -Infinity
  #forgottenUpTo = -Infinity

  constructor(recoveredStops: Pick<RecoveredStops, "waitingOf">) {
    this.#recoveredStops = recoveredStops
  }

  /** Takes over what a step of the timeline left behind. */
  take({ dispatches, evaluatedAt, forgottenUpTo }: Memory): void {
    this.#evaluatedAt = evaluatedAt
    this.#forgottenUpTo = forgottenUpTo
    for (const one of dispatches) {
      if (isNothing(one)) this.#dispatches.delete(one.id)
      else this.#dispatches.set(one.id, one)
    }
  }

  /** A dispatch as it is now; recovered stops count as announced until somebody was told of them. */
  of(id: DispatchId): Remembered {
    const untouched = this.#untouched.get(id)
    if (untouched !== undefined) return untouched
    const own = this.#dispatches.get(id)
    const waiting = this.#recoveredStops.waitingOf(id)
    return {
      id,
      version: own?.version,
      announced: announcedOf(waiting.ended, own),
      moved: waiting.moved,
      executed: own?.executed,
      evaluatedAt: own?.evaluatedAt ?? this.#evaluatedAt
    }
  }

  /** For forgotten ids: no occurrence up to this instant (epoch milliseconds) is executed. */
  get forgottenUpTo(): number | undefined {
    return this.#forgottenUpTo === -Infinity ? undefined : this.#forgottenUpTo
  }

  isUntouched(id: DispatchId): boolean {
    return this.#untouched.has(id)
  }

  /** A dispatch was recalled. */
  recalled(one: Remembered): void {
    this.#untouched.set(one.id, one)
  }

  /** These dispatches have changed since they were recalled. */
  touched(ids: Iterable<DispatchId>): void {
    if (this.#untouched.size > 0) for (const id of ids) this.#untouched.delete(id)
  }
}

const announcedOf = (
  waiting: ReadonlyArray<RunningStateChange>,
  own: DispatchMemory | undefined
): ReadonlyArray<RunningStateChange> => {
  if (own === undefined) return waiting
  return waiting.length === 0 ? own.announced : [...waiting, ...own.announced]
}
