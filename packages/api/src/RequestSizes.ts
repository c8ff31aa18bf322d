/**
 * The largest request of each method, computed from the limits of what it may hold.
 *
 * @since 0.1.0
 */
import { failuresMax, outcomeBytesMax, reasonLengthMax } from "@effect-dispatch/core/Run"
import * as WireLimits from "./WireLimits.ts"

/** Room for what the limits do not count: ids and times, a mask, a rule, and fields that a newer client adds. */
const otherBytes = 64 * 1_024

/** A number in a list takes two bytes of JSON, and eleven on the wire; nothing else grows as much. */
const payloadBytes = Math.ceil((WireLimits.payloadBytesMax * 11) / 2)

/** UTF-8 takes at most three bytes for a character as they are counted here. */
const textBytes = 3 * WireLimits.typeLengthMax

const idBytes = 11
const textPrefixBytes = 3
/** A category with its subtype, in a target of its own. */
const categoryBytes = 24

const dispatchBytes = textBytes + payloadBytes + WireLimits.targetsMax * Math.max(idBytes, categoryBytes)

const filterBytes = WireLimits.filterValuesMax * (textBytes + textPrefixBytes + idBytes + categoryBytes)

/** A token carries the request of the listing in base64. */
const pageTokenBytes = Math.ceil((filterBytes * 4) / 3)

/** A text with its prefix: type, name, the reasons of failures and of the last step. */
const reportBytes =
  2 * (textBytes + textPrefixBytes) +
  (failuresMax + 1) * (3 * reasonLengthMax + 32) +
  11 * outcomeBytesMax +
  256

const sizes: { readonly [method: string]: number } = {
  CreateMicrogridDispatch: dispatchBytes,
  UpdateMicrogridDispatch: dispatchBytes,
  ListMicrogridDispatches: filterBytes + pageTokenBytes,
  ReportRuns: WireLimits.reportsMax * reportBytes,
  ListRuns: WireLimits.reportIdsMax * idBytes,
  ListLastRuns: WireLimits.reportIdsMax * idBytes
}

/**
 * The largest request of a method, in bytes: what its limits allow. A larger one is refused with `ResourceExhausted`,
 * before it is in memory. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const bytesMaxOf = (method: string): number => (sizes[method] ?? 0) + otherBytes
