/**
 * The newest version known of each dispatch, and what a record of the service changes about it. Rules S5, S6, S8.
 */
import type { Dispatch } from "../../Dispatch.ts"
import { type DispatchRecord, isReadable, type UnreadableDispatch } from "../../DispatchClient.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { Outcome } from "../../MirrorOutcome.ts"
import type { Cause } from "../../RunningStateChange.ts"
import type { IdMap } from "../idMap.ts"

/** Position in the order of inputs. */
export type Sequence = number

/** What is known of one dispatch. */
export interface Known {
  /** The newest version that could be read; absent if none ever could. */
  dispatch: Dispatch | undefined
  /** Present while the newest version cannot be read. */
  unreadable: UnreadableDispatch | undefined
  /** Orders versions: the newest known `updateTime`. */
  updateTime: bigint
  /** When this version became known. */
  since: Sequence
  /** The older version that the service showed when asked last, waiting to be shown a second time. */
  rolledBackTo: bigint | undefined
}

/** How many deletions are remembered; beyond, the oldest are forgotten. */
const tombstonesMax = 100_000

/** What is left of a deleted dispatch. */
export interface Tombstone {
  readonly since: Sequence
}

/** Of all dispatches of a mirror. */
export interface KnownVersions {
  readonly known: IdMap<Known>
  readonly tombstones: IdMap<Tombstone>
}

/** A listing, as far as it matters here. */
interface Since {
  readonly startedAt: Sequence
}

export const makeOutcome = (): Outcome => ({
  transitions: [],
  anomalies: [],
  unreadable: [],
  relist: false,
  relistLater: false,
  ask: []
})

export const report = (outcome: Outcome, record: UnreadableDispatch): void => {
  outcome.anomalies.push("unreadable")
  outcome.unreadable.push(record)
}

/**
 * Whether the service, asked for what it has, shows what had been replaced: an older version, or the one before a record
 * that could not be read and told no time.
 */
export const isOlder = (record: DispatchRecord, known: Known): boolean => {
  const { updateTime } = record
  if (updateTime === undefined) return false
  const isTimeless = known.unreadable !== undefined && known.unreadable.updateTime === undefined
  return (
    updateTime < known.updateTime || (isTimeless && isReadable(record) && updateTime === known.updateTime)
  )
}

/** Applies a version if it is newer than the known one (S5), unless the dispatch is deleted (S6). */
export const put = (
  versions: KnownVersions,
  record: DispatchRecord,
  since: Sequence,
  cause: Cause,
  late: boolean,
  outcome: Outcome,
  listing?: Since
): void => {
  const id = record.id as DispatchId
  const tombstone = versions.tombstones.get(id)
  if (tombstone !== undefined) {
    const listedAfter = listing !== undefined && tombstone.since < listing.startedAt
    outcome.anomalies.push(listedAfter ? "deletedButListed" : "staleVersion")
    if (listedAfter) outcome.relistLater = true
    return
  }
  const known = versions.known.get(id)
  if (known !== undefined) {
    known.rolledBackTo = undefined
    if (record.updateTime === undefined && saysTheSame(known, record)) return
    if (record.updateTime !== undefined && record.updateTime <= known.updateTime && !mends(known, record)) {
      dropVersion(known, record, listing, outcome)
      return
    }
  }
  adopt(versions, known, record, since, cause, late, outcome)
}

/** Whether a record cannot be read for the reason known already. */
const saysTheSame = ({ unreadable }: Known, record: DispatchRecord): boolean =>
  unreadable !== undefined &&
  !isReadable(record) &&
  record.path === unreadable.path &&
  record.message === unreadable.message

/** Whether the version known to be unreadable has now been read. */
const mends = (known: Known, record: DispatchRecord): boolean =>
  known.unreadable?.updateTime !== undefined && isReadable(record) && record.updateTime === known.updateTime

/** Counts a version that is not newer; content that differs under the same `updateTime` calls for a new listing. */
const dropVersion = (
  known: Known,
  record: DispatchRecord,
  listing: Since | undefined,
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

/** Asked after the known version was received, the service shows an older one: the second time it is believed. */
export const setBack = (known: Known, record: DispatchRecord, since: Sequence, outcome: Outcome): void => {
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
  versions: KnownVersions,
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
  versions.known.set(record.id as DispatchId, {
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
  const isNews = !saysTheSame(known, record)
  known.unreadable = record
  outcome.transitions.push({ _tag: "Unschedulable", id: record.id as DispatchId, cause })
  if (isNews) report(outcome, record)
  if (wasReadable) outcome.ask.push(record.id as DispatchId)
}

/** Deletion is final (S6): the id leaves a tombstone. */
export const remove = (
  versions: KnownVersions,
  id: DispatchId,
  since: Sequence,
  cause: Cause,
  outcome: Outcome
): void => {
  const known = versions.known.get(id)
  if (versions.tombstones.has(id)) {
    outcome.anomalies.push("duplicateVersion")
    return
  }
  versions.known.delete(id)
  versions.tombstones.set(id, { since })
  if (versions.tombstones.size > tombstonesMax) {
    for (const first of versions.tombstones.keys()) {
      versions.tombstones.delete(first)
      break
    }
    outcome.anomalies.push("forgottenDeletion")
  }
  if (known?.dispatch !== undefined) {
    outcome.transitions.push({ _tag: "Deleted", id, dispatch: known.dispatch.asDeleted(), cause })
  }
}
