/** Drafts from an instant on: the part of them that is still to come. */
import * as Recurrence from "@effect-dispatch/core/Recurrence"
import { DateTime, Duration } from "effect"
import { unmatchedOf } from "../input/exceptions.ts"
import { type Draft, sameDraft, withSchedule } from "./draft.ts"
import { explicit, leapBefore, localTimeOf, localTimes, plainest, withCount, withExceptions } from "./rule.ts"

/**
 * The draft as it can be created now: a rule that has begun starts with its first occurrence to come. Nothing is left
 * of a draft whose last start has passed.
 */
export const fromNowOn = (draft: Draft, now: DateTime.Utc): Draft | undefined =>
  draft.startTime === "NOW" || DateTime.isGreaterThanOrEqualTo(draft.startTime, now)
    ? draft
    : toCome(draft, now)

/**
 * The draft from its first occurrence on that is not before an instant; its count is less by those that have passed.
 * Nothing is left once the last one has passed.
 */
export const toCome = (draft: Draft, from: DateTime.Utc): Draft | undefined => {
  const { recurrence, startTime, ...fields } = draft
  if (startTime === "NOW") return draft
  // Without an end it is one-off, whatever its rule says.
  if (recurrence === undefined || !Duration.isFinite(fields.duration)) {
    return DateTime.isGreaterThanOrEqualTo(startTime, from) ? { ...fields, startTime } : undefined
  }
  const left = restOf({ rule: recurrence, start: startTime }, DateTime.max(startTime, from))
  return left === undefined ? undefined : { ...fields, startTime: left.start, recurrence: left.rule }
}

/** A rule with its start. */
interface Anchored {
  readonly rule: Recurrence.Rule
  readonly start: DateTime.Utc
}

/** The rest of a rule, so that its occurrences from an instant on are the same. */
const restOf = ({ rule, start }: Anchored, from: DateTime.Utc): Anchored | undefined => {
  const first = Recurrence.next(Recurrence.compile(rule, seconds(start)), from)
  if (first === undefined) return undefined
  const anchor = anchorOf({ rule, start }, first, from)
  // Within the hour after a leap of the clock, no start can give the runs that it has put off.
  if (anchor === undefined) return restOf({ rule, start }, DateTime.add(first, { seconds: 1 }))
  const isMoved = !DateTime.Equivalence(anchor, first)
  const kept = isMoved ? explicit(rule, start) : rule
  const passed = countBefore(rule, start, anchor)
  const counted = withCount(kept, (count) => count - passed)
  return { rule: withMatching(counted, anchor), start: anchor }
}

/** The start of a rule that has `first` for its first occurrence: that itself, unless the clock leaps over a local time to come. */
const anchorOf = (
  { rule, start }: Anchored,
  first: DateTime.Utc,
  from: DateTime.Utc
): DateTime.Utc | undefined => {
  const local = rule.timeZone === undefined ? undefined : localTimes(rule, start)
  const leap = local && leapBefore(local.clock, first)
  if (local === undefined || leap === undefined) return first
  const reading = local.clock.reading(first)
  const leaptOver = Recurrence.nextSeconds(local.compiled, Math.max(leap.begin, reading - leap.length))
  if (!(leaptOver < leap.begin + leap.length)) return first
  // The last minute before the leap, at the second that all occurrences have.
  const second = (((seconds(start) - seconds(leap.at)) % 60) + 60) % 60
  const before = DateTime.add(leap.at, { seconds: second === 0 ? -60 : second - 60 })
  if (!DateTime.isLessThan(before, from)) return before
  return localTimeOf(local, first) === reading ? first : undefined
}

const seconds = ({ epochMilliseconds }: DateTime.Utc): number => epochMilliseconds / 1_000

/** Exceptions that are past, or match no occurrence, mean nothing. */
const withMatching = (rule: Recurrence.Rule, start: DateTime.Utc): Recurrence.Rule => {
  if (rule.timeZone === undefined || (rule.exceptions ?? []).length === 0) return rule
  const unmatched = new Set(unmatchedOf(rule, start).map(({ epochMilliseconds }) => epochMilliseconds))
  return withExceptions(
    rule,
    (rule.exceptions ?? []).filter(({ epochMilliseconds }) => !unmatched.has(epochMilliseconds))
  )
}

/** The number of occurrences that a count has counted before an instant; it counts local times, exceptions too. */
export const countBefore = (rule: Recurrence.Rule, start: DateTime.Utc, at: DateTime.Utc): number => {
  const local = rule.timeZone === undefined ? undefined : localTimes(rule, start)
  if (local === undefined) {
    const compiled = Recurrence.compile(rule, seconds(start))
    return Recurrence.count(compiled, start, DateTime.subtract(at, { seconds: 1 }))
  }
  const { clock, compiled } = local
  const counted = Recurrence.countSeconds(compiled, clock.reading(start), clock.reading(at) - 1)
  return Math.min(counted, rule.end?._tag === "Count" ? rule.end.count : Infinity)
}

/** True if two drafts have the same occurrences from now on. */
export const comesAlike = (one: Draft, other: Draft, now: DateTime.Utc): boolean => {
  const [left, right] = [canonical(one, now), canonical(other, now)]
  if (left === undefined || right === undefined) return left === right
  return sameDraft(left, withSchedule(left, right), now)
}

/** One form for all that run alike from an instant on. */
const canonical = (draft: Draft, now: DateTime.Utc): Draft | undefined => {
  const left = toCome(draft, now)
  const { recurrence, startTime } = left ?? draft
  if (left === undefined || recurrence === undefined || startTime === "NOW") return left
  return { ...left, recurrence: explicit(plainest(recurrence), startTime) }
}
