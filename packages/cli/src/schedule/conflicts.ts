/**
 * Conflicts: two active dispatches of one type, neither of them a dry run, that act upon a component in common and run
 * at the same time. Commands conflict with nothing.
 *
 * One sweep over time: runs begin in order, and those that are over leave before the next one begins.
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { Run } from "@effect-dispatch/core/Recurrence"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime, Duration } from "effect"
import { Heap } from "./heap.ts"

/** Two dispatches that conflict, the one with the smaller id first, and when they do so for the first time. */
export interface Conflict {
  readonly one: Dispatch
  readonly other: Dispatch
  readonly from: DateTime.Utc
  /** Absent if neither run ends. */
  readonly to: DateTime.Utc | undefined
}

/** A span of time, half open. */
export interface Span {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
}

/** Conflicts of a span. */
export interface Conflicts {
  /** In the order in which they begin, each pair once. */
  readonly found: ReadonlyArray<Conflict>
  /** All before this instant have been found; the end of the span, unless there was too much to look at. */
  readonly reached: DateTime.Utc
}

/** The bounds of a search. */
export interface Limits {
  /** Most pairs that are found. */
  readonly pairsMax: number
  /** Most steps that are taken: a run, a part of its target, and another run there are one each. */
  readonly stepsMax: number
}

/** Bounds that a person at a terminal does not notice. */
export const limitsDefault: Limits = { pairsMax: 1_000, stepsMax: 2_000_000 }

/** The conflicts of dispatches whose runs overlap within the span. */
export const find = (
  dispatches: ReadonlyArray<Dispatch>,
  span: Span,
  limits: Limits = limitsDefault
): Conflicts => {
  const sweep = new Sweep(span, limits)
  for (const dispatch of withCompany(dispatches.filter(mayConflict))) sweep.add(dispatch)
  return sweep.run()
}

/** True if a dispatch may conflict with another one at all. */
export const mayConflict = ({ active, dryRun, duration }: Dispatch): boolean =>
  active && !dryRun && !Duration.isZero(duration)

/** The places at which a dispatch meets others: its type at each part of its target. */
const placesOf = ({ target, type }: Dispatch): ReadonlyArray<string> =>
  Target.parts(target).map((part) => `${part} ${type}`)

/** The places at which others are met: where it has a category, they may have a subtype of it, or it one of theirs. */
const placesAround = ({ target, type }: Dispatch): ReadonlyArray<string> =>
  [...Target.partsOverlapping([target])].map((part) => `${part} ${type}`)

/** A dispatch with the places at which it stands, and those at which it meets others. */
interface Member {
  readonly dispatch: Dispatch
  readonly places: ReadonlySet<string>
  readonly around: ReadonlyArray<string>
}

/** The dispatches that share a place with another one; the runs of all others need not be looked at. */
const withCompany = (dispatches: ReadonlyArray<Dispatch>): ReadonlyArray<Member> => {
  const members = dispatches.map((dispatch) => ({
    dispatch,
    places: new Set(placesOf(dispatch)),
    around: placesAround(dispatch)
  }))
  const standing = new Map<string, number>()
  for (const { places } of members) {
    for (const place of places) standing.set(place, (standing.get(place) ?? 0) + 1)
  }
  // A member stands at its own places itself.
  return members.filter(({ around, places }) =>
    around.some((place) => (standing.get(place) ?? 0) > (places.has(place) ? 1 : 0))
  )
}

/** A run, in epoch milliseconds. */
interface RunOf {
  readonly member: Member
  readonly begin: number
  /** Infinite without an end. */
  readonly end: number
  /** The runs of the dispatch that come after it. */
  readonly later: Iterator<Run, void>
}

/** The state of one sweep. */
class Sweep {
  readonly #coming = new Heap<RunOf>((one, other) => one.begin - other.begin)
  readonly #leaving = new Heap<RunOf>((one, other) => one.end - other.end)
  /** The runs that are on, by place. */
  readonly #present = new Map<string, Set<RunOf>>()
  readonly #pairs = new Map<string, Conflict>()
  readonly #span: Span
  readonly #limits: Limits
  #steps = 0

  constructor(span: Span, limits: Limits) {
    this.#span = span
    this.#limits = limits
  }

  add(member: Member): void {
    this.#come(member, member.dispatch.runs(this.#span.from, this.#span.to))
  }

  run(): Conflicts {
    const { pairsMax, stepsMax } = this.#limits
    for (;;) {
      const run = this.#coming.pop()
      if (run === undefined) return this.#result(this.#span.to)
      if (this.#steps >= stepsMax || this.#pairs.size >= pairsMax) {
        return this.#result(DateTime.makeUnsafe(this.#inSpan(run.begin)))
      }
      this.#leaveUntil(run.begin)
      this.#meet(run)
      this.#enter(run)
      this.#come(run.member, run.later)
    }
  }

  #result(reached: DateTime.Utc): Conflicts {
    return { found: [...this.#pairs.values()].slice(0, this.#limits.pairsMax), reached }
  }

  #inSpan(millis: number): number {
    return Math.max(millis, this.#span.from.epochMilliseconds)
  }

  /** Awaits the next run of a dispatch, if there is one. */
  #come(member: Member, runs: Iterator<Run, void>): void {
    const next = runs.next()
    if (next.done === true) return
    const { occurrence, until } = next.value
    const end = until?.epochMilliseconds ?? Infinity
    this.#coming.push({ member, begin: occurrence.epochMilliseconds, end, later: runs })
  }

  #leaveUntil(now: number): void {
    for (
      let first = this.#leaving.peek();
      first !== undefined && first.end <= now;
      first = this.#leaving.peek()
    ) {
      this.#leaving.pop()
      for (const place of first.member.places) this.#present.get(place)?.delete(first)
    }
  }

  #meet(run: RunOf): void {
    this.#steps += 1 + run.member.around.length
    for (const place of run.member.around) {
      for (const other of this.#present.get(place) ?? []) {
        this.#steps += 1
        if (other.member !== run.member) this.#note(other, run)
        if (this.#pairs.size >= this.#limits.pairsMax) return
      }
    }
  }

  #enter(run: RunOf): void {
    if (run.end !== Infinity) this.#leaving.push(run)
    for (const place of run.member.places) {
      const present = this.#present.get(place)
      if (present === undefined) this.#present.set(place, new Set([run]))
      else present.add(run)
    }
  }

  /** The later run begins while the earlier one is on. */
  #note(earlier: RunOf, later: RunOf): void {
    const [one, other] = inOrder(earlier.member.dispatch, later.member.dispatch)
    const key = `${one.id} ${other.id}`
    if (this.#pairs.has(key)) return
    const end = Math.min(earlier.end, later.end)
    this.#pairs.set(key, {
      one,
      other,
      from: DateTime.makeUnsafe(this.#inSpan(later.begin)),
      to: end === Infinity ? undefined : DateTime.makeUnsafe(end)
    })
  }
}

const inOrder = (one: Dispatch, other: Dispatch): readonly [Dispatch, Dispatch] =>
  one.id < other.id ? [one, other] : [other, one]
