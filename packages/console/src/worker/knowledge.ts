/** The quality of the knowledge of the service, as pages are told. */
import * as ClockOffset from "@effect-dispatch/core/ClockOffset"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { type DateTime, Option } from "effect"
import type { Knowledge } from "./protocol.ts"

/** Facts beside the status. */
export interface Facts {
  readonly lastSign: Option.Option<DateTime.Utc>
  readonly offset: Option.Option<ClockOffset.ClockOffset>
}

/** The knowledge after a change of the status. */
export const after = (before: Knowledge, status: SyncStatus, { lastSign, offset }: Facts): Knowledge => {
  const lead = Option.filter(offset, (known) => ClockOffset.atLeast(known) > ClockOffset.offsetMillisMax)
  return {
    status: status._tag,
    since: sinceOf(before, status, lastSign),
    cause: status._tag === "Synchronised" ? null : (status.cause ?? null),
    clockLead: Option.getOrNull(Option.map(lead, ClockOffset.middle))
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
