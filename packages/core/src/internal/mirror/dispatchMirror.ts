/**
 * The mirror: versions and tombstones of a microgrid's dispatches, and how each event or listing changes them.
 *
 * A mirror is a deterministic state machine: it reads no clock and does no work of its own. Each step takes an input,
 * updates the state in place and returns the changes and the questions to ask the service. Rules S5 to S8, and the part
 * of S10 about an earlier process.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchRecord, StreamEvent, UnreadableDispatch } from "../../DispatchClient.ts"
import type { DispatchId } from "../../DispatchId.ts"
import { IdMap } from "../idMap.ts"
import { isIdentified } from "./identifiedRecord.ts"
import {
  adopt,
  confirmAsKept,
  type KnownVersions,
  makeOutcome,
  report,
  type Handling
} from "./knownVersions.ts"
import type { Sequence } from "./sequence.ts"
import { applyAbsence, applyShown, applyTold, newestOfEach, type Question, remove } from "./sightings.ts"
import { Tombstones } from "./tombstones.ts"
import { TwoStories } from "./twoStories.ts"
import type { Moment } from "../moment.ts"
import type { Outcome } from "./mirrorOutcome.ts"

/**
 * A listing under way: the instant of its beginning limits what it can tell.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listing {
  readonly startedAt: Sequence
  /** The beginning, in milliseconds of the monotonic clock. */
  readonly elapsed: number
  /**
   * The listing leaves out dispatches that ended before this instant (epoch milliseconds), and those that recur in local
   * time some hours later.
   */
  readonly endedSince: number
  /** True if it repeats a listing that contradicted what is known (S5). */
  readonly isRepetition: boolean
}

/**
 * The state of a mirror. It is changed in place by the functions of this module and by nothing else.
 *
 * @category models
 * @since 0.1.0
 */
export interface DispatchMirror extends KnownVersions {
  /** Whole listings applied so far, those of an earlier process among them. */
  listings: number
  /** True if the last listing applied was a repetition. */
  isRepeating: boolean
  /** The state of an earlier process's knowledge: it waits for a listing, or no longer does. */
  recovery: "None" | "Waiting" | "GivenUp" | "Listed"
  /** The position at which knowledge of an earlier process was last taken over. */
  recoveredAt: Sequence
  /** The beginning of the last whole listing: what it lacks of an earlier process's knowledge is in doubt. */
  listedSince: Sequence
}

/**
 * Makes a mirror that knows nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): DispatchMirror => ({
  known: new IdMap(),
  tombstones: new Tombstones(),
  stories: new TwoStories(),
  unconfirmed: 0,
  listings: 0,
  isRepeating: false,
  recovery: "None",
  recoveredAt: 0,
  listedSince: 0
})

/**
 * The newest readable version of every known dispatch; one from an earlier process must be confirmed.
 *
 * @category queries
 * @since 0.1.0
 */
export const dispatches = (mirror: DispatchMirror): Array<Dispatch> => {
  const all: Array<Dispatch> = []
  for (const { dispatch, unconfirmed, unreadable } of mirror.known.values()) {
    if (dispatch !== undefined && unreadable === undefined && !unconfirmed) all.push(dispatch)
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
  return known?.unreadable === undefined && known?.unconfirmed === false ? known.dispatch : undefined
}

/**
 * True if the service has told of a dispatch: that it exists, or that it is deleted.
 *
 * @internal
 * @category queries
 * @since 0.1.0
 */
export const isTold = (mirror: DispatchMirror, id: DispatchId): boolean =>
  mirror.known.get(id)?.unconfirmed === false || mirror.tombstones.has(id)

/**
 * The last readable version of every known dispatch: the one that subscribers of events were told of.
 *
 * @internal
 * @category queries
 * @since 0.1.0
 */
export const lastReadable = (mirror: DispatchMirror): Array<Dispatch> => {
  const all: Array<Dispatch> = []
  for (const { dispatch, unconfirmed } of mirror.known.values()) {
    if (dispatch !== undefined && !unconfirmed) all.push(dispatch)
  }
  return all
}

/**
 * The dispatches that exist but cannot be read.
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
 * True while what an earlier process knew waits to be confirmed: nothing has been listed since, and waiting was not
 * given up.
 *
 * @internal
 * @category queries
 * @since 0.1.0
 */
export const isWaiting = (mirror: DispatchMirror): boolean =>
  mirror.recovery === "Waiting" && mirror.unconfirmed > 0

type Input = Pick<Handling, "since" | "cause" | "late">

const begin = (mirror: DispatchMirror, input: Input): Handling => ({
  versions: mirror,
  outcome: makeOutcome(),
  ...input
})

/**
 * Takes over what an earlier process knew, to be confirmed; returns true if any of it waits for that. If it is
 * complete, the next listing is not the first: what it shows for the first time is new. Otherwise the earlier process
 * may have seen it, and executed its command. Dispatches that the service has told of or deleted stay as they are.
 *
 * Dispatches of a record that is read late wait as well, for a listing that begins later.
 *
 * @internal
 * @category transitions
 * @since 0.1.0
 */
export const recover = (
  mirror: DispatchMirror,
  versions: Iterable<Dispatch>,
  { at: since, isWhole }: { readonly at: Sequence; readonly isWhole: boolean }
): boolean => {
  const before = mirror.unconfirmed
  for (const dispatch of versions) {
    const { id, updateTime } = dispatch
    const known = mirror.known.get(id)
    if (known?.unconfirmed === true) {
      // Another record of the earlier process was read later.
      known.dispatch = dispatch
      known.updateTime = updateTime
    }
    if (known !== undefined || mirror.tombstones.has(id)) continue
    mirror.known.set(id, {
      dispatch,
      unreadable: undefined,
      updateTime,
      since,
      seenAt: since,
      unconfirmed: true
    })
    mirror.unconfirmed++
  }
  if (isWhole && mirror.listings === 0) mirror.listings = 1
  const waits = mirror.unconfirmed > before
  if (waits || mirror.recovery === "None") {
    mirror.recovery = "Waiting"
    mirror.recoveredAt = since
  }
  return waits
}

/**
 * Goes on from what an earlier process knew, without the service: all of it counts as confirmed. Dispatches that a
 * listing lacked are in doubt instead.
 *
 * @internal
 * @category transitions
 * @since 0.1.0
 */
export const confirmAll = (mirror: DispatchMirror, at: Sequence): Outcome => {
  const handling = begin(mirror, { since: at, cause: "Recovered", late: false })
  mirror.recovery = "GivenUp"
  if (mirror.unconfirmed === 0) return handling.outcome
  for (const known of mirror.known.values()) {
    if (known.since > mirror.listedSince) confirmAsKept(handling, known)
  }
  return handling.outcome
}

/**
 * Applies an event that arrived at position `at` of the inputs, from a stream that was opened at `openedAt`.
 *
 * @category transitions
 * @since 0.1.0
 */
export const applyEvent = (
  mirror: DispatchMirror,
  { at, event, openedAt }: { readonly event: StreamEvent; readonly openedAt: Sequence; readonly at: Sequence }
): Outcome => {
  const { kind, record } = event
  const handling = begin(mirror, {
    since: at,
    cause: kind === "Unknown" ? "Updated" : kind,
    late: kind === "Created"
  })
  const { outcome } = handling
  if (kind === "Unknown") {
    outcome.anomalies.push("unknownEvent")
    outcome.relist = true
  } else if (!isIdentified(record)) {
    report(outcome, record)
    outcome.relist = true
  } else if (mirror.tombstones.has(record.id)) {
    const { id, updateTime } = record
    mirror.tombstones.told({ id, updateTime, isDeletion: kind === "Deleted" }, openedAt, at, outcome)
  } else if (mirror.tombstones.isOutdated(record.id, openedAt)) {
    outcome.anomalies.push("staleVersion")
    // It may still be true: ask the service.
    const known = mirror.known.get(record.id)
    outcome.relist ||= kind === "Deleted" || (record.updateTime ?? 0n) > (known?.updateTime ?? 0n)
  } else if (kind === "Deleted") {
    remove(handling, record.id, record.updateTime)
  } else {
    applyTold(handling, record)
  }
  return outcome
}

/**
 * The result of a whole listing.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listed {
  readonly listing: Listing
  readonly records: Iterable<DispatchRecord>
  /** The position at which the oldest open event stream was opened. */
  readonly openStreamsSince: Sequence
  readonly at: Sequence
}

/**
 * Applies a listing, which must be whole. Dispatches that are over and absent are forgotten. Other absent dispatches
 * that it should have shown are deleted or have changed unnoticed: they are asked for (`ask`).
 *
 * `openStreamsSince` is the position at which the oldest open event stream was opened, `at` that of the answer.
 *
 * @category transitions
 * @since 0.1.0
 */
export const applyListing = (mirror: DispatchMirror, listed: Listed, moment: Moment): Outcome => {
  const { at, listing, openStreamsSince, records } = listed
  const first = mirror.listings++ === 0
  const handling = begin(mirror, { since: at, cause: "Updated", late: !first })
  const { outcome } = handling
  const { isRepetition, startedAt } = listing
  // A listing that began before a record was read late proves nothing by lacking it.
  if (mirror.recoveredAt < startedAt) mirror.recovery = "Listed"
  mirror.listedSince = startedAt
  outcome.settledUpTo = startedAt
  mirror.isRepeating = isRepetition
  mirror.stories.expire(moment.elapsed)
  const newest = newestOfEach(records, listing.endedSince, outcome)
  const question: Question = { isRepetition, moment }
  for (const [id, record] of newest) {
    if (mirror.tombstones.has(id)) mirror.tombstones.listed(id, listing, handling.since, outcome)
    else applyShown(handling, record, startedAt, question)
  }
  for (const known of mirror.known) {
    const [id, { seenAt }] = known
    if (!newest.has(id) && seenAt < startedAt) applyAbsence(handling, known, listing.endedSince, moment.now)
  }
  mirror.tombstones.bearOut(startedAt, openStreamsSince, (id) => newest.has(id))
  return outcome
}

/**
 * The service's answer about one dispatch that it was asked for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Read {
  readonly record: DispatchRecord
  readonly askedAt: Sequence
  readonly by: "get" | "ids"
  readonly at: Sequence
}

/**
 * Applies the service's answer about one dispatch, asked for at position `askedAt` of the inputs: by `get`, or in a
 * listing of ids. As with listings, an answer that contradicts what is known is believed the second time.
 *
 * @category transitions
 * @since 0.1.0
 */
export const applyRead = (
  mirror: DispatchMirror,
  { askedAt, at, by, record }: Read,
  moment: Moment
): Outcome => {
  const handling = begin(mirror, { since: at, cause: "Updated", late: false })
  if (!isIdentified(record)) return handling.outcome
  const { id } = record
  if (mirror.tombstones.has(id)) {
    if (by === "get" && mirror.tombstones.given(id, askedAt)) {
      handling.outcome.anomalies.push("undoneDeletion")
      adopt({ ...handling, cause: "Resync" }, record)
    }
  } else if (mirror.known.has(id)) {
    // The dispatch may be gone since: no answer that was on its way brings it back (S6).
    applyShown(handling, record, askedAt, { moment, isRepetition: mirror.isRepeating })
  }
  return handling.outcome
}

/**
 * Applies that the service, asked at position `askedAt` of the inputs, does not have a dispatch: it is deleted, unless
 * something else became known of it since, or the service, asked later, has shown it.
 *
 * @category transitions
 * @since 0.1.0
 */
export const applyMissing = (
  mirror: DispatchMirror,
  { askedAt, at, id }: { readonly id: DispatchId; readonly askedAt: Sequence; readonly at: Sequence }
): Outcome => {
  const handling = begin(mirror, { since: at, cause: "Deleted", late: false })
  const known = mirror.known.get(id)
  if (known !== undefined && known.seenAt < askedAt) remove(handling, id, undefined)
  return handling.outcome
}
