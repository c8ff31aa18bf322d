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
 * True if a listing shows a record only because its filter cannot tell rules in local time from others. A service that
 * gives no end filters by none.
 */
export const isLeftOut = (record: DispatchRecord, endedSince: number): boolean =>
  isReadable(record) &&
  record.endTime !== undefined &&
  listedEnd(record) < leftOutBefore(record, endedSince) &&
  !(record.schedule.lastEnd > endedSince)
