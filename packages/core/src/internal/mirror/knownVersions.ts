/** The newest version known of each dispatch, and how a record of the service replaces it. Rules S5, S8, S10. */
import type { Dispatch } from "../../Dispatch.ts"
import type { UnreadableDispatch } from "../../DispatchClient.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { Outcome } from "./mirrorOutcome.ts"
import type { ChangeCause } from "../../RunningStateChange.ts"
import type { IdMap } from "../idMap.ts"
import { invariant } from "../invariant.ts"
import type { IdentifiedRecord, IdentifiedUnreadable } from "./identifiedRecord.ts"
import type { Sequence } from "./sequence.ts"
import type { Tombstones } from "./tombstones.ts"
import { saysTheSame, type TwoStories } from "./twoStories.ts"

/** The knowledge about one dispatch. */
export interface Known {
  /** The newest version that could be read; absent if none ever could. */
  dispatch: Dispatch | undefined
  /** Present while the newest version cannot be read. */
  unreadable: IdentifiedUnreadable | undefined
  /** Orders versions: the newest known `updateTime`. */
  updateTime: bigint
  /** The position at which this version became known. */
  since: Sequence
  /** The dispatch existed at this position, or later: the service was asked then and showed it, or told of the version. */
  seenAt: Sequence
  /** True if only an earlier process has seen it (S10). */
  unconfirmed: boolean
}

/** Of all dispatches of a mirror. */
export interface KnownVersions {
  readonly known: IdMap<Known>
  readonly tombstones: Tombstones
  readonly stories: TwoStories
  /** The number of unconfirmed dispatches. */
  unconfirmed: number
}

/** An input on its way through the mirror. */
export interface Handling {
  readonly versions: KnownVersions
  readonly outcome: Outcome
  /** Its position in the order of inputs. */
  readonly since: Sequence
  readonly cause: ChangeCause
  /** True if a command that has just passed may be executed if the dispatch is new. */
  readonly late: boolean
}

export const makeOutcome = (): Outcome => ({
  transitions: [],
  anomalies: [],
  unreadable: [],
  relist: false,
  repeat: false,
  relistLater: false,
  settledUpTo: undefined,
  ask: [],
  verify: [],
  renewUpTo: undefined
})

export const report = (outcome: Outcome, record: UnreadableDispatch): void => {
  outcome.anomalies.push("unreadable")
  outcome.unreadable.push(record)
}

/** The newest version known, readable or not. */
export const newestOf = ({ dispatch, unreadable }: Known): IdentifiedRecord => {
  const newest = unreadable ?? dispatch
  invariant(newest !== undefined, "a known dispatch has a version, readable or not")
  return newest
}

/**
 * The relation of a record to the known version: `Newer`, the `Same` again, an `Older` version, `Other` content under
 * the same `updateTime`, or the readable form of a version that could not be read (`Mended`).
 */
export type Relation = "Newer" | "Same" | "Older" | "Other" | "Mended"

/** Compares a record with the known version. A record without a time cannot be read, and is taken for newer. */
export const relationOf = (
  { dispatch, unreadable, updateTime }: Known,
  record: IdentifiedRecord
): Relation => {
  const time = record.updateTime
  if (time === undefined) {
    return unreadable !== undefined && saysTheSame(unreadable, record) ? "Same" : "Newer"
  }
  if (time !== updateTime) return time > updateTime ? "Newer" : "Older"
  if (record._tag === "UnreadableDispatch") return unreadable === undefined ? "Other" : "Same"
  if (unreadable === undefined) return dispatch?.sameContent(record) === true ? "Same" : "Other"
  // The known version cannot be read and had no time: then this is the version before it.
  return unreadable.updateTime === undefined ? "Older" : "Mended"
}

/** A dispatch becomes known. */
export const adopt = (
  { cause, late, outcome, since, versions }: Handling,
  record: IdentifiedRecord
): void => {
  const { id, updateTime = 0n } = record
  switch (record._tag) {
    case "Dispatch": {
      versions.known.set(id, {
        dispatch: record,
        unreadable: undefined,
        updateTime,
        since,
        seenAt: since,
        unconfirmed: false
      })
      // First sight is a creation, whatever the wire said.
      const why = cause === "Resync" ? cause : "Created"
      outcome.transitions.push({ _tag: "Created", dispatch: record, cause: why, late })
      return
    }
    case "UnreadableDispatch":
      versions.known.set(id, {
        dispatch: undefined,
        unreadable: record,
        updateTime,
        since,
        seenAt: since,
        unconfirmed: false
      })
      outcome.transitions.push({ _tag: "Unschedulable", id, cause })
      report(outcome, record)
  }
}

/** A record replaces the known version. One of another time settles any doubt about that version. */
export const replace = (handling: Handling, known: Known, record: IdentifiedRecord): void => {
  if (record.updateTime !== known.updateTime) handling.versions.stories.forget(record.id)
  known.since = handling.since
  known.seenAt = handling.since
  known.updateTime = record.updateTime ?? known.updateTime
  switch (record._tag) {
    case "Dispatch":
      return replaceByReadable(handling, known, record)
    case "UnreadableDispatch":
      return replaceByUnreadable(handling, known, record)
  }
}

const replaceByReadable = (handling: Handling, known: Known, dispatch: Dispatch): void => {
  if (known.unconfirmed) return confirm(handling, known, dispatch)
  const previous = known.dispatch
  known.dispatch = dispatch
  known.unreadable = undefined
  handling.outcome.transitions.push(
    previous === undefined
      ? { _tag: "Created", dispatch, cause: "Created", late: false }
      : { _tag: "Updated", dispatch, previous, cause: handling.cause }
  )
}

const replaceByUnreadable = (
  { cause, outcome, versions }: Handling,
  known: Known,
  record: IdentifiedUnreadable
): void => {
  const { id } = record
  const { unreadable } = known
  known.unreadable = record
  if (known.unconfirmed) {
    // Nobody was told of the kept version.
    known.dispatch = undefined
    known.unconfirmed = false
    versions.unconfirmed--
    outcome.transitions.push({ _tag: "Vanished", id, cause })
  } else {
    outcome.transitions.push({ _tag: "Unschedulable", id, cause })
  }
  if (unreadable === undefined) outcome.ask.push(id)
  if (unreadable === undefined || !saysTheSame(unreadable, record)) report(outcome, record)
}

/** The service knows a dispatch that only an earlier process knew, perhaps in a newer version. */
export const confirm = ({ outcome, versions }: Handling, known: Known, dispatch: Dispatch): void => {
  const kept = known.dispatch
  invariant(kept !== undefined, "an earlier process kept a version of a dispatch that waits to be confirmed")
  known.dispatch = dispatch
  known.unconfirmed = false
  versions.unconfirmed--
  outcome.transitions.push({ _tag: "Confirmed", dispatch, kept, cause: "Recovered" })
}

/** An earlier process's dispatch exists, and goes on as that process knew it. */
export const confirmAsKept = (handling: Handling, known: Known): void => {
  if (known.unconfirmed && known.dispatch !== undefined) confirm(handling, known, known.dispatch)
}

/** A dispatch is known no longer: deleted, or retired. Returns its last entry. */
export const drop = (versions: KnownVersions, id: DispatchId): Known | undefined => {
  const known = versions.known.get(id)
  versions.known.delete(id)
  versions.stories.forget(id)
  if (known?.unconfirmed === true) versions.unconfirmed--
  return known
}
