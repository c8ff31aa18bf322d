/** The faults of a bad network: part of `FaultyNetwork`. */

/**
 * The kinds of faults.
 *
 * - `delay`: a call or an event takes up to five seconds.
 * - `refuse`: a call fails at once, with any error.
 * - `breakListing`: a listing fails after some records.
 * - `die`: a call ends in a defect.
 * - `closeAtOnce`: a stream ends cleanly as soon as it stands.
 * - `cut`: a stream fails, with any error, instead of delivering an event.
 * - `end`: a stream ends cleanly instead of delivering an event.
 * - `halfOpen`: a stream delivers nothing any more and does not end.
 * - `duplicate`: an event is delivered twice.
 * - `reorder`: an event is delivered after the next one of the same dispatch.
 * - `replay`: an old event of the same dispatch is delivered again.
 * - `lateHeaders`, `noHeaders`: the subscription stands, and is confirmed, up to ten seconds late; or it is
 *   never confirmed.
 * - `refuseIds`: a listing of ids is refused for good, as by a service that does not know that filter.
 * - `unknownEvent`: an event of a kind that this client does not know comes on top.
 *
 * @category models
 * @since 0.1.0
 */
export const faultKinds = [
  "delay",
  "refuse",
  "breakListing",
  "die",
  "closeAtOnce",
  "cut",
  "end",
  "halfOpen",
  "duplicate",
  "reorder",
  "replay",
  "lateHeaders",
  "noHeaders",
  "refuseIds",
  "unknownEvent"
] as const

/**
 * One kind of fault.
 *
 * @category models
 * @since 0.1.0
 */
export type FaultKind = (typeof faultKinds)[number]

/**
 * The probability of each fault, from 0 (or absent: never) to 1, wherever it can happen.
 *
 * @category models
 * @since 0.1.0
 */
export type Faults = { readonly [kind in FaultKind]?: number }
