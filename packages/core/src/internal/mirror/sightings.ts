/** The changes by a record that a stream told of, or that the service showed on request. Rules S5 to S8. */
import type { DispatchRecord } from "../../DispatchClient.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { Outcome } from "./mirrorOutcome.ts"
import { IdMap } from "../idMap.ts"
import {
  adopt,
  confirmAsKept,
  drop,
  type Known,
  type KnownVersions,
  newestOf,
  replace,
  report,
  type Standing,
  standingOf,
  type Step
} from "./knownVersions.ts"
import { type IdentifiedRecord, isIdentified } from "./identifiedRecord.ts"
import type { Sequence } from "./sequence.ts"
import type { Answer } from "./twoStories.ts"

/** The part of a question to the service that matters for another story. */
export type Question = Omit<Answer, "isOlder">

/** A stream tells of a version that is not deleted: only a newer one is applied (S5). */
export const applyTold = (step: Step, record: IdentifiedRecord): void => {
  const { outcome, versions } = step
  const { id } = record
  const known = versions.known.get(id)
  if (known === undefined) return adopt(step, record)
  switch (standingIn(versions, known, record)) {
    case "Newer":
    case "Mended":
      return replace(step, known, record)
    case "Same":
      versions.stories.confirmed(id)
      if (known.unconfirmed) return confirmAsKept(step, known)
      // A record that still cannot be read is no news.
      if (record.updateTime !== undefined) outcome.anomalies.push("duplicateVersion")
      return
    case "Older":
      outcome.anomalies.push("staleVersion")
      confirmAsKept(step, known)
      return
    case "Other":
      outcome.anomalies.push("divergentVersion")
      outcome.relist = true
      confirmAsKept(step, known)
  }
}

/** The relation of a record to the known version. Of two stories, the readable one is no better than the other. */
const standingIn = ({ stories }: KnownVersions, known: Known, record: IdentifiedRecord): Standing => {
  const standing = standingOf(known, record)
  return standing === "Mended" && stories.isDisputed(record.id) ? "Other" : standing
}

/** The service, asked at a position, shows a version of a dispatch that is not deleted. */
export const applyShown = (
  step: Step,
  record: IdentifiedRecord,
  askedAt: Sequence,
  question: Question
): void => {
  const { outcome, versions } = step
  const { id } = record
  const known = versions.known.get(id)
  if (known === undefined) return adopt(step, record)
  const standing = standingIn(versions, known, record)
  const isAnswer = known.since < askedAt
  known.seenAt = Math.max(known.seenAt, askedAt)
  switch (standing) {
    case "Newer":
    case "Mended":
      // A record without a time is newer only than a version from before the question.
      if (record.updateTime !== undefined || isAnswer) replace(step, known, record)
      else outcome.anomalies.push("staleVersion")
      return
    case "Same":
      if (isAnswer) versions.stories.confirmed(id)
      confirmAsKept(step, known)
      return
    case "Older":
      confirmAsKept(step, known)
      if (isAnswer) applyStory(step, known, record, { ...question, isOlder: true })
      else outcome.anomalies.push("staleVersion")
      return
    case "Other":
      outcome.anomalies.push("divergentVersion")
      confirmAsKept(step, known)
      if (isAnswer) applyStory(step, known, record, { ...question, isOlder: false })
  }
}

/** The service tells a story that differs from the known one. */
const applyStory = (step: Step, known: Known, record: IdentifiedRecord, answer: Answer): void => {
  const { outcome, versions } = step
  const verdict = versions.stories.told(newestOf(known), record, answer)
  if (verdict === "IsRepeated") outcome.relist = true
  if (verdict === "Contradicts" || verdict === "IsContradicted") outcome.anomalies.push("contradictedVersion")
  if (verdict === "IsBelieved") {
    outcome.anomalies.push(answer.isOlder ? "rolledBackVersion" : "correctedVersion")
  }
  if (verdict === "IsBelieved" || verdict === "Contradicts") {
    replace({ ...step, cause: "Resync" }, known, record)
  }
}

/** A dispatch that a listing shows twice, because its pages shifted, counts once: the newest; of equals, the later. */
export const newestOfEach = (
  records: Iterable<DispatchRecord>,
  outcome: Outcome
): IdMap<IdentifiedRecord> => {
  const newest = new IdMap<IdentifiedRecord>()
  for (const record of records) {
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
  { outcome, versions }: Step,
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
  const { lastEnd } = dispatch.schedule
  const listedEnd = dispatch.endTime?.epochMilliseconds ?? lastEnd
  if (listedEnd >= endedSince) {
    outcome.ask.push(id)
  } else if (!(lastEnd > now)) {
    drop(versions, id)
    outcome.transitions.push({ _tag: "Retired", id, dispatch, cause: "Resync" })
  }
}

/** Deletion leaves a tombstone (S6), also for a dispatch that was never known. */
export const remove = (
  { cause, outcome, since, versions }: Step,
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
