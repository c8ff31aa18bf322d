/**
 * What is known of a microgrid's dispatches: versions, tombstones, and what each event or listing changes about them.
 *
 * A mirror is a deterministic state machine: it reads no clock and does no work of its own. Each step takes an input,
 * updates the state in place and says what changed and what to ask the service for. Rules S5 to S8, and of S10 what is
 * known from an earlier process.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "./Dispatch.ts"
import type { DispatchRecord, StreamEvent, UnreadableDispatch } from "./DispatchClient.ts"
import type { DispatchId } from "./DispatchId.ts"
import { IdMap } from "./internal/idMap.ts"
import {
  adopt,
  confirm,
  type KnownVersions,
  makeOutcome,
  report,
  type Step
} from "./internal/mirror/knownVersions.ts"
import type { Sequence } from "./internal/mirror/sequence.ts"
import {
  applyAbsence,
  applyShown,
  applyTold,
  newestOfEach,
  type Question,
  remove
} from "./internal/mirror/sightings.ts"
import { Tombstones } from "./internal/mirror/tombstones.ts"
import { TwoStories } from "./internal/mirror/twoStories.ts"
import type { Moment } from "./internal/moment.ts"
import type { Outcome } from "./MirrorOutcome.ts"
import type { ChangeCause } from "./RunningStateChange.ts"
import { defaultSettings, type SyncSettings } from "./SyncSettings.ts"

/**
 * A listing under way: what it can tell depends on when it began.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listing {
  readonly startedAt: Sequence
  /** When it began, in milliseconds of the monotonic clock. */
  readonly elapsed: number
  /** The listing's filter leaves out what ended before this instant (epoch milliseconds). */
  readonly endedSince: number
  /** Whether it repeats a listing that told another story than what is known (S5). */
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
  /** Whether the last listing applied was a repetition. */
  isRepeating: boolean
  /** What has become of what an earlier process knew: it waits for a listing, or does not any more. */
  recovery: "None" | "Waiting" | "GivenUp" | "Listed"
  /** When something was taken over last of what an earlier process knew. */
  recoveredAt: Sequence
  /** When the last whole listing began: what an earlier process knew and it lacks is in doubt. */
  listedAt: Sequence
}

/**
 * Makes a mirror that knows nothing.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  settings: Pick<SyncSettings, "contradictionPeriod" | "reappearanceDelay"> = defaultSettings
): DispatchMirror => ({
  known: new IdMap(),
  tombstones: new Tombstones(settings),
  stories: new TwoStories(settings),
  unconfirmed: 0,
  listings: 0,
  isRepeating: false,
  recovery: "None",
  recoveredAt: 0,
  listedAt: 0
})

/**
 * The newest readable version of every dispatch known, and confirmed if an earlier process knew it.
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
 * What is kept of a dispatch across processes: its newest version, if it can be read, confirmed or not.
 *
 * @internal
 * @category queries
 * @since 0.1.0
 */
export const kept = (mirror: DispatchMirror, id: DispatchId): Dispatch | undefined => {
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
  for (const { dispatch, unconfirmed } of mirror.known.values()) {
    if (dispatch !== undefined && !unconfirmed) all.push(dispatch)
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
 * Whether what an earlier process knew waits to be confirmed: nothing has been listed since, and waiting was not given
 * up.
 *
 * @internal
 * @category queries
 * @since 0.1.0
 */
export const isWaiting = (mirror: DispatchMirror): boolean =>
  mirror.recovery === "Waiting" && mirror.unconfirmed > 0

/**
 * Begins a listing at a position in the order of inputs. It leaves out what ended before `endedSince` (epoch
 * milliseconds, `-Infinity` if it leaves out nothing). `elapsed` are milliseconds of the monotonic clock.
 *
 * @category transitions
 * @since 0.1.0
 */
export const beginListing = (
  mirror: DispatchMirror,
  begun: Pick<Listing, "startedAt" | "elapsed" | "endedSince">
): Listing => ({ ...begun, isRepetition: mirror.stories.takeRepetition() })

const begin = (mirror: DispatchMirror, at: Sequence, cause: ChangeCause, late = false): Step => ({
  versions: mirror,
  outcome: makeOutcome(),
  since: at,
  cause,
  late
})

/**
 * Takes over what an earlier process knew, to be confirmed; gives whether any of it waits for that. If that is the whole
 * of it, the next listing is not the first one: what it shows for the first time is new. Otherwise the process before may
 * have seen it, and executed its command. What the service has told of, or deleted, stays as it is.
 *
 * What is found late waits as well, for a listing that begins after that.
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
    mirror.known.set(id, { dispatch, unreadable: undefined, updateTime, since, unconfirmed: true })
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
 * Goes on from what an earlier process knew, without the service: all of it counts as confirmed, but for what a listing
 * lacked, which is in doubt.
 *
 * @internal
 * @category transitions
 * @since 0.1.0
 */
export const confirmAll = (mirror: DispatchMirror, at: Sequence): Outcome => {
  const step = begin(mirror, at, "Recovered")
  mirror.recovery = "GivenUp"
  if (mirror.unconfirmed === 0) return step.outcome
  for (const known of mirror.known.values()) {
    if (known.unconfirmed && known.since > mirror.listedAt) confirm(step, known, known.dispatch as Dispatch)
  }
  return step.outcome
}

/**
 * Applies an event that was told at position `at` of the inputs, by a stream that was opened at `openedAt`.
 *
 * @category transitions
 * @since 0.1.0
 */
export const applyEvent = (
  mirror: DispatchMirror,
  { at, event, openedAt }: { readonly event: StreamEvent; readonly openedAt: Sequence; readonly at: Sequence }
): Outcome => {
  const { kind, record } = event
  const step = begin(mirror, at, kind === "Unknown" ? "Updated" : kind, kind === "Created")
  const { outcome } = step
  if (kind === "Unknown") {
    outcome.anomalies.push("unknownEvent")
    outcome.relist = true
  } else if (record.id === undefined) {
    report(outcome, record as UnreadableDispatch)
    outcome.relist = true
  } else if (mirror.tombstones.has(record.id)) {
    mirror.tombstones.told(event, openedAt, step.since, outcome)
  } else if (mirror.tombstones.isOutdated(record.id, openedAt)) {
    outcome.anomalies.push("staleVersion")
    // It may be true all the same: the service is asked.
    const known = mirror.known.get(record.id)
    outcome.relist ||= kind === "Deleted" || (record.updateTime ?? 0n) > (known?.updateTime ?? 0n)
  } else if (kind === "Deleted") {
    remove(step, record.id, record.updateTime)
  } else {
    applyTold(step, record)
  }
  return outcome
}

/**
 * What a whole listing has given.
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
 * Applies a listing, which must be whole. Dispatches that are over and absent are forgotten. What it should have shown,
 * as far as is known, and did not, is either deleted or has changed unnoticed: that is asked for (`ask`).
 *
 * `openStreamsSince` is the position at which the oldest open event stream was opened, `at` that of the answer.
 *
 * @category transitions
 * @since 0.1.0
 */
export const applyListing = (mirror: DispatchMirror, listed: Listed, moment: Moment): Outcome => {
  const { at, listing, openStreamsSince, records } = listed
  const first = mirror.listings++ === 0
  const step = begin(mirror, at, "Updated", !first)
  const { outcome } = step
  const { isRepetition, startedAt } = listing
  // One that began before something was read late says nothing of what it lacks of that.
  if (mirror.recoveredAt < startedAt) mirror.recovery = "Listed"
  mirror.listedAt = startedAt
  mirror.isRepeating = isRepetition
  mirror.stories.expire(moment.elapsed)
  const newest = newestOfEach(records, outcome)
  const question: Question = { isRepetition, moment }
  for (const record of newest.values()) {
    const id = record.id as DispatchId
    if (mirror.tombstones.has(id)) mirror.tombstones.listed(id, listing, step.since, outcome)
    else applyShown(step, record, startedAt, question)
  }
  for (const [id, known] of mirror.known) {
    if (!newest.has(id) && known.since < startedAt) applyAbsence(step, id, listing.endedSince, moment.now)
  }
  mirror.tombstones.bearOut(startedAt, openStreamsSince, (id) => newest.has(id))
  return outcome
}

/**
 * What the service has of one dispatch that it was asked for.
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
 * Applies what the service, asked at position `askedAt` of the inputs, has of one dispatch: by `get`, or in a listing of
 * ids. As with listings, another story than the known one is believed the second time.
 *
 * @category transitions
 * @since 0.1.0
 */
export const applyRead = (
  mirror: DispatchMirror,
  { askedAt, at, by, record }: Read,
  moment: Moment
): Outcome => {
  const step = begin(mirror, at, "Updated")
  const { id } = record
  if (id === undefined) return step.outcome
  if (mirror.tombstones.has(id)) {
    if (by === "get" && mirror.tombstones.given(id, askedAt)) {
      step.outcome.anomalies.push("undoneDeletion")
      adopt({ ...step, cause: "Resync" }, record)
    }
  } else if (mirror.known.has(id)) {
    // What was asked about may be gone since: nothing that was on its way brings it back (S6).
    applyShown(step, record, askedAt, { moment, isRepetition: mirror.isRepeating })
  }
  return step.outcome
}

/**
 * Applies that the service, asked at position `askedAt` of the inputs, does not have a dispatch: it is deleted, unless
 * something else became known of it since.
 *
 * @category transitions
 * @since 0.1.0
 */
export const applyMissing = (
  mirror: DispatchMirror,
  { askedAt, at, id }: { readonly id: DispatchId; readonly askedAt: Sequence; readonly at: Sequence }
): Outcome => {
  const step = begin(mirror, at, "Deleted")
  const known = mirror.known.get(id)
  if (known !== undefined && known.since < askedAt) remove(step, id, undefined)
  return step.outcome
}
