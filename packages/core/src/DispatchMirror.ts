/**
 * What is known of a microgrid's dispatches: versions, tombstones, and what each event or listing changes about them.
 *
 * A mirror is a deterministic state machine: it reads no clock and does no work of its own. Each step takes an input,
 * updates the state in place and says what changed and what to ask the service for. Rules S5 to S8.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "./Dispatch.ts"
import type { DispatchRecord, StreamEvent, UnreadableDispatch } from "./DispatchClient.ts"
import type { DispatchId } from "./DispatchId.ts"
import { IdMap } from "./internal/idMap.ts"
import {
  isOlder,
  type Known,
  type KnownVersions,
  makeOutcome,
  put,
  remove,
  report,
  type Sequence,
  setBack
} from "./internal/mirror/knownVersions.ts"
import type { Outcome } from "./MirrorOutcome.ts"

/**
 * A listing under way: what it can tell depends on when it began.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listing {
  readonly startedAt: Sequence
  /** The listing's filter leaves out what ended before this instant (epoch milliseconds). */
  readonly endedSince: number
}

/**
 * The state of a mirror. It is changed in place by the functions of this module and by nothing else.
 *
 * @category models
 * @since 0.1.0
 */
export interface DispatchMirror extends KnownVersions {
  /** Counts inputs, so that "before" and "after" never depend on a clock. */
  sequence: Sequence
  /** Whole listings applied so far. */
  listings: number
}

/**
 * Makes a mirror that knows nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): DispatchMirror => ({
  known: new IdMap(),
  tombstones: new IdMap(),
  sequence: 0,
  listings: 0
})

/**
 * The newest readable version of every dispatch known.
 *
 * @category queries
 * @since 0.1.0
 */
export const dispatches = (mirror: DispatchMirror): Array<Dispatch> => {
  const all: Array<Dispatch> = []
  for (const { dispatch, unreadable } of mirror.known.values()) {
    if (dispatch !== undefined && unreadable === undefined) all.push(dispatch)
  }
  return all
}

/**
 * The newest version of a dispatch, if it is known and can be read.
 *
 * @category queries
 * @since 0.1.0
 */
export const dispatch = (mirror: DispatchMirror, id: DispatchId): Dispatch | undefined => {
  const known = mirror.known.get(id)
  return known?.unreadable === undefined ? known?.dispatch : undefined
}

/**
 * The last version that could be read of every dispatch known: what subscribers of events have been told of.
 *
 * @internal
 * @category queries
 * @since 0.1.0
 */
export const lastReadable = (mirror: DispatchMirror): Array<Dispatch> => {
  const all: Array<Dispatch> = []
  for (const { dispatch } of mirror.known.values()) if (dispatch !== undefined) all.push(dispatch)
  return all
}

/**
 * What is known to exist but cannot be read.
 *
 * @category queries
 * @since 0.1.0
 */
export const unschedulable = (mirror: DispatchMirror): Array<UnreadableDispatch> => {
  const all: Array<UnreadableDispatch> = []
  for (const { unreadable } of mirror.known.values()) if (unreadable !== undefined) all.push(unreadable)
  return all
}

/**
 * Notes that an event stream was opened or a listing begins, and gives the position in the order of inputs.
 *
 * @category transitions
 * @since 0.1.0
 */
export const mark = (mirror: DispatchMirror): Sequence => ++mirror.sequence

/**
 * Begins a listing that leaves out what ended before `endedSince` (epoch milliseconds).
 *
 * @category transitions
 * @since 0.1.0
 */
export const beginListing = (mirror: DispatchMirror, endedSince: number): Listing => ({
  startedAt: mark(mirror),
  endedSince
})

/**
 * Goes on from what an earlier process knew. If that is the whole of it, the next listing is not the first one: what it
 * shows for the first time is new. Otherwise the process before may have seen it, and executed its command.
 *
 * @internal
 * @category transitions
 * @since 0.1.0
 */
export const recover = (mirror: DispatchMirror, versions: Iterable<Dispatch>, isWhole: boolean): void => {
  const since = mark(mirror)
  if (isWhole) mirror.listings += 1
  for (const dispatch of versions) {
    const { id, updateTime } = dispatch
    mirror.known.set(id, { dispatch, unreadable: undefined, updateTime, since, rolledBackTo: undefined })
  }
}

/**
 * Applies an event of the stream.
 *
 * @category transitions
 * @since 0.1.0
 */
export const applyEvent = (mirror: DispatchMirror, event: StreamEvent): Outcome => {
  const outcome = makeOutcome()
  const since = mark(mirror)
  const { kind, record } = event
  if (kind === "Unknown") {
    outcome.anomalies.push("unknownEvent")
    outcome.relist = true
    return outcome
  }
  if (record.id === undefined) {
    report(outcome, record as UnreadableDispatch)
    outcome.relist = true
    return outcome
  }
  if (kind === "Deleted") remove(mirror, record.id, since, "Deleted", outcome)
  else put(mirror, record, since, kind, kind === "Created", outcome)
  return outcome
}

/**
 * Applies a listing, which must be whole. Dispatches that are over and absent are forgotten. What it should have shown,
 * as far as is known, and did not, is either deleted or has changed unnoticed: that is asked for (`ask`).
 *
 * `openStreamsSince` is the position at which the oldest open event stream was opened, `now` is in epoch milliseconds.
 *
 * @category transitions
 * @since 0.1.0
 */
export const applyListing = (
  mirror: DispatchMirror,
  listing: Listing,
  records: Iterable<DispatchRecord>,
  openStreamsSince: Sequence,
  now: number
): Outcome => {
  const outcome = makeOutcome()
  const since = mark(mirror)
  const first = mirror.listings++ === 0
  const listed = new Set<DispatchId>()
  for (const record of records) {
    if (record.id === undefined) {
      report(outcome, record as UnreadableDispatch)
      continue
    }
    listed.add(record.id)
    const known = mirror.known.get(record.id)
    if (known !== undefined && isOlder(record, known)) {
      if (known.since < listing.startedAt) setBack(known, record, since, outcome)
      else outcome.anomalies.push("staleVersion")
    } else {
      put(mirror, record, since, known === undefined ? "Created" : "Updated", !first, outcome, listing)
    }
  }
  for (const [id, known] of mirror.known) {
    if (!listed.has(id) && known.since < listing.startedAt) forget(mirror, id, known, listing, now, outcome)
  }
  for (const [id, tombstone] of mirror.tombstones) {
    const over = tombstone.since < listing.startedAt && tombstone.since < openStreamsSince
    if (over && !listed.has(id)) mirror.tombstones.delete(id)
  }
  return outcome
}

/**
 * Applies what the service, asked at position `askedAt` of the inputs, has of one dispatch. As with listings, a version
 * older than the known one is believed the second time.
 *
 * @category transitions
 * @since 0.1.0
 */
export const applyRead = (mirror: DispatchMirror, record: DispatchRecord, askedAt: Sequence): Outcome => {
  const outcome = makeOutcome()
  const since = mark(mirror)
  if (record.id === undefined) return outcome
  const known = mirror.known.get(record.id)
  // What was asked about is gone since: nothing that was on its way brings it back (S6).
  if (known === undefined) return outcome
  if (known.since < askedAt && isOlder(record, known)) {
    setBack(known, record, since, outcome)
  } else {
    put(mirror, record, since, "Updated", false, outcome)
  }
  return outcome
}

/**
 * Applies that the service, asked at position `askedAt` of the inputs, does not have a dispatch: it is deleted, unless
 * something else became known of it since.
 *
 * @category transitions
 * @since 0.1.0
 */
export const applyMissing = (mirror: DispatchMirror, id: DispatchId, askedAt: Sequence): Outcome => {
  const outcome = makeOutcome()
  const since = mark(mirror)
  const known = mirror.known.get(id)
  if (known !== undefined && known.since < askedAt) remove(mirror, id, since, "Deleted", outcome)
  return outcome
}

/** A known dispatch is absent from a listing (S7): perhaps deleted if the listing would have shown it, else perhaps over. */
const forget = (
  mirror: DispatchMirror,
  id: DispatchId,
  known: Known,
  listing: Listing,
  now: number,
  outcome: Outcome
): void => {
  const { dispatch } = known
  if (dispatch === undefined || known.unreadable !== undefined) {
    // Whether the filter could have matched is not known, so nothing final is said.
    mirror.known.delete(id)
    if (dispatch !== undefined) outcome.transitions.push({ _tag: "Retired", id, dispatch, cause: "Resync" })
    return
  }
  const { lastEnd } = dispatch.schedule
  const listedEnd = dispatch.endTime?.epochMilliseconds ?? lastEnd
  if (listedEnd >= listing.endedSince) {
    outcome.ask.push(id)
  } else if (!(lastEnd > now)) {
    mirror.known.delete(id)
    outcome.transitions.push({ _tag: "Retired", id, dispatch, cause: "Resync" })
  }
}
export const isWaiting = (_: DispatchMirror): boolean => false
export const kept = (m: DispatchMirror, id: DispatchId): Dispatch | undefined => dispatch(m, id)
