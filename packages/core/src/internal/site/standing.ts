/** What the status of a site is drawn from, and how. Rule S9. */
import type { DateTime } from "effect"
import { SyncStatus } from "../../SyncStatus.ts"

/** What the status is drawn from. */
export interface Standing {
  /** How well the site is in sync as far as calls of the service tell. */
  base: SyncStatus
  /** Why what is in doubt cannot be asked for (S7). */
  doubt: string | undefined
  /** Why the actor has ended for good (S10). */
  fenced: string | undefined
  /** The reasons, beyond the base, that are told at present. */
  reasons: ReadonlyArray<string>
}

export const make = (): Standing => ({
  base: SyncStatus.Connecting({}),
  doubt: undefined,
  fenced: undefined,
  reasons: []
})

/** What the standing amounts to. Whatever makes it stale, it has been so since the first reason. */
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

/** Whether a status tells nothing that the other does not. */
export const isSame = (one: SyncStatus, other: SyncStatus): boolean =>
  one._tag === other._tag &&
  ("cause" in one && one.cause) === ("cause" in other && other.cause) &&
  ("since" in one && one.since.epochMilliseconds) === ("since" in other && other.since.epochMilliseconds)
