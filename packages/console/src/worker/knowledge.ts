/** The quality of the knowledge of the service, as pages are told. */
import * as ClockOffset from "@effect-dispatch/core/ClockOffset"
import type { CopyStatus } from "@effect-dispatch/client/ServiceConsole"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { type DateTime, Option } from "effect"
import type { Knowledge } from "./protocol.ts"

/** Facts beside the status. */
export interface Facts {
  readonly lastSign: Option.Option<DateTime.Utc>
  readonly offset: Option.Option<ClockOffset.ClockOffset>
  /** The certainty with which the service knows its original, if it is a copy. */
  readonly copy: Option.Option<CopyStatus>
}

/** The knowledge after a change of the status. */
export const after = (
  before: Knowledge,
  status: SyncStatus,
  { copy, lastSign, offset }: Facts
): Knowledge => {
  const lead = Option.filter(offset, (known) => ClockOffset.atLeast(known) > ClockOffset.offsetMillisMax)
  return {
    ...standing(before, status, { copy, lastSign }),
    clockLead: Option.getOrNull(Option.map(lead, ClockOffset.middle)),
    isCopy: Option.isSome(copy),
    size: before.size
  }
}

/** A copy that is in sync with a site is as stale as the site is. */
const standing = (
  before: Knowledge,
  status: SyncStatus,
  { copy, lastSign }: Omit<Facts, "offset">
): Pick<Knowledge, "status" | "since" | "cause"> => {
  if (status._tag === "Synchronised" && Option.isSome(copy) && copy.value.isStale) {
    const { cause, since } = copy.value
    return { status: "Stale", since: since?.epochMilliseconds ?? null, cause: `at the site: ${cause}` }
  }
  return {
    status: status._tag,
    since: sinceOf(before, status, lastSign),
    cause: status._tag === "Synchronised" ? null : (status.cause ?? null)
  }
}

/** Knowledge is stale from the last sign of life on: nobody tells what was lost until the silence was noticed. */
const sinceOf = (before: Knowledge, status: SyncStatus, lastSign: Facts["lastSign"]): number | null => {
  if (status._tag === "Connecting") return null
  const noticed = status.since.epochMilliseconds
  if (status._tag === "Synchronised") return noticed
  if (before.status === "Stale") return before.since
  return Math.min(noticed, Option.getOrElse(lastSign, () => status.since).epochMilliseconds)
}
