/** The facts behind the status of a site, and the way to draw it. Rule S9. */
import type { DateTime } from "effect"
import type { Fenced } from "../../SitePersistence.ts"
import { SyncStatus } from "../../SyncStatus.ts"

/** The facts behind the status. */
export interface Standing {
  /** The status as far as calls of the service tell. */
  base: SyncStatus
  /** The reason why dispatches in doubt cannot be asked for (S7). */
  doubt: string | undefined
  /** The reason why the actor has ended for good (S10). */
  fenced: Fenced | undefined
  /** The reasons, beyond the base, that are told at present. */
  reasons: ReadonlyArray<string>
}

export const make = (): Standing => ({
  base: SyncStatus.Connecting({}),
  doubt: undefined,
  fenced: undefined,
  reasons: []
})

/** The status that the standing gives. A stale site has been stale since the first reason. */
export const draw = (
  { base, fenced, reasons }: Standing,
  shown: SyncStatus,
  now: DateTime.Utc
): SyncStatus => {
  if (fenced === undefined && base._tag === "Connecting") return base
  if (base._tag !== "Stale" && reasons.length === 0) return base
  const causes = base._tag === "Stale" ? [base.cause, ...reasons] : reasons
  const since = shown._tag === "Stale" ? shown.since : base._tag === "Stale" ? base.since : now
  return SyncStatus.Stale({ since, cause: causes.join("; ") })
}

/** True if a status tells the same as the other. */
export const isSame = (one: SyncStatus, other: SyncStatus): boolean =>
  one._tag === other._tag &&
  ("cause" in one && one.cause) === ("cause" in other && other.cause) &&
  ("since" in one && one.since.epochMilliseconds) === ("since" in other && other.since.epochMilliseconds)
