/**
 * The ends up to which a listing shows dispatches. Service and site may have different zone data, so that they find
 * different ends for one rule in local time: such a dispatch is listed for longer.
 */
import { isReadable, type DispatchRecord } from "../../DispatchCalls.ts"
import type { Dispatch } from "../../Dispatch.ts"

/** No two versions of the zone data differ by more in one zone. */
export const zoneSlackMillis = 26 * 3_600_000

/** The instant before which a dispatch must have ended to be left out of a listing. Epoch milliseconds. */
export const leftOutBefore = ({ recurrence }: Dispatch, endedSince: number): number =>
  recurrence?.timeZone === undefined ? endedSince : endedSince - zoneSlackMillis

/** The end by which a service lists a dispatch; `NaN` for a rule that never matches. Epoch milliseconds. */
export const listedEnd = ({ endTime, schedule }: Dispatch): number =>
  endTime?.epochMilliseconds ?? schedule.lastEnd

/**
 * True if a listing shows a record only because its filter, which has the slack, cannot tell rules in local time from
 * others. What ended before that is shown by a service that knows no such filter, and counts.
 */
export const isLeftOut = (record: DispatchRecord, endedSince: number): boolean => {
  if (!isReadable(record) || record.recurrence?.timeZone !== undefined) return false
  const end = listedEnd(record)
  return end < endedSince && end >= endedSince - zoneSlackMillis && !(record.schedule.lastEnd > endedSince)
}
