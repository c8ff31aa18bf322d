/** The changes by a record that a stream told of, or that the service showed on request. Rules S5 to S8. */
import type { DispatchRecord } from "../../DispatchClient.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { Outcome } from "./mirrorOutcome.ts"
import { IdMap } from "../idMap.ts"
import { isLeftOut, leftOutBefore, listedEnd } from "./listedEnd.ts"
import {
  adopt,
  confirmAsKept,
  drop,
  type Known,
  type KnownVersions,
  newestOf,
  replace,
  report,
  type Relation,
  relationOf,
  type Handling
} from "./knownVersions.ts"
import { type IdentifiedRecord, isIdentified } from "./identifiedRecord.ts"
import type { Sequence } from "./sequence.ts"
import type { Answer } from "./twoStories.ts"

/** The part of a question to the service that matters for another story. */
export type Question = Omit<Answer, "isOlder">

/** A stream tells of a version that is not deleted: only a newer one is applied (S5). */
export const applyTold = (handling: Handling, record: IdentifiedRecord): void => {
  const { outcome, versions } = handling
  const { id } = record
  const known = versions.known.get(id)
  if (known === undefined) return adopt(handling, record)
  switch (relationIn(versions, known, record)) {
    case "Newer":
    case "Mended":
      return replace(handling, known, record)
    case "Same":
      versions.stories.confirmed(id)
      if (known.unconfirmed) return confirmAsKept(handling, known)
      // A record that still cannot be read is no news.
      if (record.updateTime !== undefined) outcome.anomalies.push("duplicateVersion")
      return
    case "Older":
      outcome.anomalies.push("staleVersion")
      confirmAsKept(handling, known)
      return
    case "Other":
      outcome.anomalies.push("divergentVersion")
      outcome.relist = true
      confirmAsKept(handling, known)
  }
}

/** While two stories are disputed, a readable record does not replace an unreadable one. */
const relationIn = ({ stories }: KnownVersions, known: Known, record: IdentifiedRecord): Relation => {
  const relation = relationOf(known, record)
  return relation === "Mended" && stories.isDisputed(record.id) ? "Other" : relation
}

/** The service, asked at a position, shows a version of a dispatch that is not deleted. */
export const applyShown = (
  handling: Handling,
  record: IdentifiedRecord,
  askedAt: Sequence,
  question: Question
): void => {
  const { outcome, versions } = handling
  const { id } = record
  const known = versions.known.get(id)
  if (known === undefined) return adopt(handling, record)
  const relation = relationIn(versions, known, record)
  const isAnswer = known.since < askedAt
  known.seenAt = Math.max(known.seenAt, askedAt)
  switch (relation) {
    case "Newer":
    case "Mended":
      // A record without a time is newer only than a version from before the question.
      if (record.updateTime !== undefined || isAnswer) replace(handling, known, record)
      else outcome.anomalies.push("staleVersion")
      return
    case "Same":
      if (isAnswer) versions.stories.confirmed(id)
      confirmAsKept(handling, known)
      return
    case "Older":
      confirmAsKept(handling, known)
      if (isAnswer) applyStory(handling, known, record, { ...question, isOlder: true })
      else outcome.anomalies.push("staleVersion")
      return
    case "Other":
      outcome.anomalies.push("divergentVersion")
      confirmAsKept(handling, known)
      if (isAnswer) applyStory(handling, known, record, { ...question, isOlder: false })
  }
}

/** The service tells a story that differs from the known one. */
const applyStory = (handling: Handling, known: Known, record: IdentifiedRecord, answer: Answer): void => {
  const { outcome, versions } = handling
  const verdict = versions.stories.told(newestOf(known), record, answer)
  if (verdict === "IsRepeated") outcome.relist = outcome.repeat = true
  if (verdict === "Contradicts" || verdict === "IsContradicted") outcome.anomalies.push("contradictedVersion")
  if (verdict === "IsBelieved") {
    outcome.anomalies.push(answer.isOlder ? "rolledBackVersion" : "correctedVersion")
  }
  if (verdict === "IsBelieved" || verdict === "Contradicts") {
    replace({ ...handling, cause: "Resync" }, known, record)
  }
}

/**
 * The records of a listing. A dispatch that it shows twice, because its pages shifted, counts once: the newest; of
 * equals, the later.
 */
export const newestOfEach = (
  records: Iterable<DispatchRecord>,
  endedSince: number,
  outcome: Outcome
): IdMap<IdentifiedRecord> => {
  const newest = new IdMap<IdentifiedRecord>()
  for (const record of records) {
    if (isLeftOut(record, endedSince)) continue
    if (!isIdentified(record)) {
      report(outcome, record)
      continue
    }
    const before = newest.get(record.id)
    if (before === undefined || !((record.updateTime ?? 0n) < (before.updateTime ?? 0n))) {
      newest.set(record.id, record)
    }
  }
  return newest
}

/** A known dispatch is absent from a listing (S7): perhaps deleted if the listing should show it, else perhaps over. */
export const applyAbsence = (
  { outcome, versions }: Handling,
  [id, { dispatch, unconfirmed, unreadable }]: readonly [DispatchId, Known],
  endedSince: number,
  now: number
): void => {
  if (unconfirmed) {
    // Also if it seems over: its missed runs are told once it is confirmed.
    outcome.ask.push(id)
    return
  }
  if (dispatch === undefined || unreadable !== undefined) {
    // It is unknown whether the filter could have matched, so nothing final is said.
    drop(versions, id)
    if (dispatch !== undefined) outcome.transitions.push({ _tag: "Retired", id, dispatch, cause: "Resync" })
    return
  }
  if (listedEnd(dispatch) >= leftOutBefore(dispatch, endedSince)) {
    outcome.ask.push(id)
  } else if (!(dispatch.schedule.lastEnd > now)) {
    drop(versions, id)
    outcome.transitions.push({ _tag: "Retired", id, dispatch, cause: "Resync" })
  }
}

/** Deletion leaves a tombstone (S6), also for a dispatch that was never known. */
export const remove = (
  { cause, outcome, since, versions }: Handling,
  id: DispatchId,
  updateTime: bigint | undefined
): void => {
  const known = drop(versions, id)
  const [one, other] = [known?.updateTime ?? 0n, updateTime ?? 0n]
  versions.tombstones.add(id, since, one > other ? one : other, outcome)
  if (known?.unconfirmed === true) outcome.transitions.push({ _tag: "Vanished", id, cause })
  else if (known?.dispatch !== undefined) {
    outcome.transitions.push({ _tag: "Deleted", id, dispatch: known.dispatch.asDeleted(), cause })
  }
}
