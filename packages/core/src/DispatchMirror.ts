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
import type { Outcome } from "./MirrorOutcome.ts"
import type { Cause } from "./RunningStateChange.ts"

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

/** Position in the order of inputs. */
type Sequence = number

interface Known {
  /** The newest version that could be read; absent if none ever could. */
  dispatch: Dispatch | undefined
  /** Present while the newest version cannot be read. */
  unreadable: UnreadableDispatch | undefined
  /** Orders versions: the newest known `updateTime`. */
  updateTime: bigint
  /** When this version became known. */
  since: Sequence
  /** The older version that a whole listing showed last, waiting for a second listing to confirm it. */
  rolledBackTo: bigint | undefined
}

interface Tombstone {
  readonly since: Sequence
}

/**
 * The state of a mirror. It is changed in place by the functions of this module and by nothing else.
 *
 * @category models
 * @since 0.1.0
 */
export interface DispatchMirror {
  readonly known: Map<DispatchId, Known>
  readonly tombstones: Map<DispatchId, Tombstone>
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
  known: new Map(),
  tombstones: new Map(),
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
 * Goes on from what an earlier process knew. The next listing is not the first one then: what it shows for the first
 * time is new.
 *
 * @category transitions
 * @since 0.1.0
 */
export const recover = (mirror: DispatchMirror, versions: Iterable<Dispatch>): void => {
  const since = mark(mirror)
  mirror.listings += 1
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
 * as far as is known, and did not, is either deleted or has changed unnoticed: that is asked for (`confirm`).
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
    if (known !== undefined && record.updateTime !== undefined && record.updateTime < known.updateTime) {
      if (known.since < listing.startedAt) setBack(known, record, since, outcome)
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

const makeOutcome = (): Outcome => ({
  transitions: [],
  anomalies: [],
  unreadable: [],
  relist: false,
  refetch: [],
  confirm: []
})

const report = (outcome: Outcome, record: UnreadableDispatch): void => {
  outcome.anomalies.push("unreadable")
  outcome.unreadable.push(record)
}

const isReadable = (record: DispatchRecord): record is Dispatch => !("_tag" in record)

/** Applies a version if it is newer than the known one (S5), unless the dispatch is deleted (S6). */
const put = (
  mirror: DispatchMirror,
  record: DispatchRecord,
  since: Sequence,
  cause: Cause,
  late: boolean,
  outcome: Outcome,
  listing?: Listing
): void => {
  const id = record.id as DispatchId
  const tombstone = mirror.tombstones.get(id)
  if (tombstone !== undefined) {
    const listedAfter = listing !== undefined && tombstone.since < listing.startedAt
    outcome.anomalies.push(listedAfter ? "deletedButListed" : "staleVersion")
    return
  }
  const known = mirror.known.get(id)
  if (known !== undefined) {
    known.rolledBackTo = undefined
    if (record.updateTime !== undefined && record.updateTime <= known.updateTime && !mends(known, record)) {
      dropVersion(known, record, listing, outcome)
      return
    }
  }
  adopt(mirror, known, record, since, cause, late, outcome)
}

/** Whether the version known to be unreadable has now been read. */
const mends = (known: Known, record: DispatchRecord): boolean =>
  known.unreadable !== undefined && isReadable(record) && record.updateTime === known.updateTime

/** Counts a version that is not newer; content that differs under the same `updateTime` calls for a new listing. */
const dropVersion = (
  known: Known,
  record: DispatchRecord,
  listing: Listing | undefined,
  outcome: Outcome
): void => {
  if ((record.updateTime as bigint) < known.updateTime) {
    outcome.anomalies.push("staleVersion")
  } else if (isReadable(record) ? !known.dispatch?.sameContent(record) : known.unreadable === undefined) {
    outcome.anomalies.push("divergentVersion")
    if (listing === undefined) outcome.relist = true
  } else if (listing === undefined) {
    outcome.anomalies.push("duplicateVersion")
  }
}

/** A whole listing begun after the known version was received shows an older one: the second time it is believed. */
const setBack = (known: Known, record: DispatchRecord, since: Sequence, outcome: Outcome): void => {
  if (known.rolledBackTo !== record.updateTime) {
    known.rolledBackTo = record.updateTime
    outcome.relist = true
    return
  }
  known.rolledBackTo = undefined
  outcome.anomalies.push("rolledBackVersion")
  replace(known, record, since, "Resync", outcome)
}

const adopt = (
  mirror: DispatchMirror,
  known: Known | undefined,
  record: DispatchRecord,
  since: Sequence,
  cause: Cause,
  late: boolean,
  outcome: Outcome
): void => {
  if (known !== undefined) {
    replace(known, record, since, cause, outcome)
    return
  }
  const readable = isReadable(record)
  mirror.known.set(record.id as DispatchId, {
    dispatch: readable ? record : undefined,
    unreadable: readable ? undefined : record,
    updateTime: record.updateTime ?? 0n,
    since,
    rolledBackTo: undefined
  })
  if (readable) {
    // First sight is a creation whatever the wire said.
    outcome.transitions.push({ _tag: "Created", dispatch: record, cause: "Created", late })
  } else {
    outcome.transitions.push({ _tag: "Unschedulable", id: record.id as DispatchId, cause })
    report(outcome, record)
  }
}

const replace = (
  known: Known,
  record: DispatchRecord,
  since: Sequence,
  cause: Cause,
  outcome: Outcome
): void => {
  const previous = known.dispatch
  known.since = since
  known.updateTime = record.updateTime ?? known.updateTime
  if (isReadable(record)) {
    known.dispatch = record
    known.unreadable = undefined
    outcome.transitions.push(
      previous === undefined
        ? { _tag: "Created", dispatch: record, cause: "Created", late: false }
        : { _tag: "Updated", dispatch: record, previous, cause }
    )
    return
  }
  const wasReadable = known.unreadable === undefined
  const isNews = known.unreadable?.message !== record.message || known.unreadable.path !== record.path
  known.unreadable = record
  outcome.transitions.push({ _tag: "Unschedulable", id: record.id as DispatchId, cause })
  if (isNews) report(outcome, record)
  if (wasReadable) outcome.refetch.push(record.id as DispatchId)
}

/** Deletion is final (S6): the id leaves a tombstone. */
const remove = (
  mirror: DispatchMirror,
  id: DispatchId,
  since: Sequence,
  cause: Cause,
  outcome: Outcome
): void => {
  const known = mirror.known.get(id)
  if (mirror.tombstones.has(id)) {
    outcome.anomalies.push("duplicateVersion")
    return
  }
  mirror.known.delete(id)
  mirror.tombstones.set(id, { since })
  if (known?.dispatch !== undefined) {
    outcome.transitions.push({ _tag: "Deleted", id, dispatch: known.dispatch.asDeleted(), cause })
  }
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
    outcome.confirm.push(id)
  } else if (!(lastEnd > now)) {
    mirror.known.delete(id)
    outcome.transitions.push({ _tag: "Retired", id, dispatch, cause: "Resync" })
  }
}
