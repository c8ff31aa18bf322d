/**
 * Puts runs together from the entries of a journal. Section "Journal and reports" of the behaviour.
 *
 * @since 0.1.0
 */
import { DateTime } from "effect"
import type { Dispatch } from "./Dispatch.ts"
import type { DispatchId } from "./DispatchId.ts"
import { IdMap } from "./internal/idMap.ts"
import * as Fates from "./internal/journal/fates.ts"
import type { JournalEntry, JournalEvent } from "./JournalEntry.ts"
import { failuresMax, keyOf, type Run, type RunDispatch, runDispatchOf, type RunReport } from "./Run.ts"

export { ofChange as eventOfChange } from "./internal/journal/journalEvents.ts"

/**
 * The number of runs that are over and still kept, for what may yet be told of them. Beyond, those that changed least
 * lately are let go. Set by `endedMax`.
 *
 * @category limits
 * @since 0.1.0
 */
export const defaultEndedMax = 10_000

/**
 * The number of times of which nothing is told that are kept, for the runs that were due in them. Beyond, the oldest are let
 * go, and nothing is told of those runs. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const gapsMax = 1_000

/** A time of which nothing is told. */
interface Gap {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
}

/** An event that tells of one run. */
type EventOfRun = Extract<JournalEvent, { readonly occurrence: DateTime.Utc }>

/**
 * The runs of a microgrid, put together from entries in their order. It knows no clock: the same entries always make
 * the same runs.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { JournalEntry, RunBook } from "@effect-dispatch/core"
 * import { Schema } from "effect"
 *
 * const entry = (number: number, at: string, event: object) =>
 *   Schema.decodeUnknownSync(JournalEntry.JournalEntry)({
 *     epoch: "0",
 *     number: String(number),
 *     at: `2026-11-23T${at}.000Z`,
 *     status: "Synchronised",
 *     event
 *   })
 * const about = {
 *   dispatch: { id: "7", type: "CHARGE", dryRun: false, updateTime: "1" },
 *   occurrence: "2026-11-23T12:00:00.000Z",
 *   until: "2026-11-23T12:20:00.000Z"
 * }
 * const book = new RunBook.RunBook()
 * const plannedAt = about.occurrence
 * book.add(entry(1, "12:00:00", { _tag: "Running", ...about, plannedAt, cause: "Scheduled" }))
 * book.add(entry(2, "12:10:00", { _tag: "Stopped", ...about, plannedAt: "2026-11-23T12:10:00.000Z", cause: "Deleted" }))
 * const [run] = book.runs
 * assert.ok(run?.fate._tag === "Ran" && run.fate.stoppedBy === "Deleted" && run.fate.onMillis === 600_000)
 * ```
 *
 * @see BEHAVIOUR J1
 * @category models
 * @since 0.1.0
 */
export class RunBook {
  readonly #endedMax: number
  /** The runs that are over, by their names: the one that changed last is the last. */
  readonly #ended = new Map<string, Run>()
  /** The runs that are on, or of which nothing is known since. */
  readonly #open = new IdMap<Map<string, Run>>()
  #gaps: ReadonlyArray<Gap> = []
  #lastAt: DateTime.Utc | undefined

  constructor({ endedMax = defaultEndedMax }: { readonly endedMax?: number } = {}) {
    this.#endedMax = endedMax
  }

  /** All runs that are kept: those that are over, then those that are on. */
  get runs(): ReadonlyArray<Run> {
    return [...this.#ended.values(), ...this.#openRuns()]
  }

  /** The instant of the last entry. */
  get lastAt(): DateTime.Utc | undefined {
    return this.#lastAt
  }

  /** The run of a name, if it is kept. */
  run(key: string, id: DispatchId): Run | undefined {
    return this.#open.get(id)?.get(key) ?? this.#ended.get(key)
  }

  /** Takes the next entry; gives the runs that it changed. */
  add(entry: JournalEntry): ReadonlyArray<RunReport> {
    const changed = this.#changedBy(entry)
    for (const run of changed) this.#keep(run)
    this.#lastAt = entry.at
    const { epoch, number } = entry
    return changed.map((run) => ({ epoch, number, run }))
  }

  /**
   * The runs of a dispatch in an interval that the journal does not tell of: those that are still to come, and those that
   * were due at a time of which nothing is told.
   */
  *expected(dispatch: Dispatch, from: DateTime.Utc, to: DateTime.Utc): Generator<Run, void, void> {
    if (!dispatch.active || dispatch.deleted === true) return
    const over = [...this.#ended.values()].filter(
      (run) => run.dispatch.id === dispatch.id && isSameKind(run.dispatch, dispatch)
    )
    for (const { occurrence, until } of dispatch.runs(from, to)) {
      const about = {
        dispatch: runDispatchOf(dispatch),
        occurrence,
        ...(until === undefined ? {} : { until })
      }
      if (this.run(keyOf(about), dispatch.id) !== undefined || over.some(countsIn(occurrence))) continue
      const isAhead =
        this.#lastAt === undefined || occurrence.epochMilliseconds > this.#lastAt.epochMilliseconds
      if (!isAhead && !this.#isInGap(occurrence)) continue
      yield {
        ...about,
        fate: isAhead ? { _tag: "Planned" } : Fates.unknown(occurrence),
        failures: [],
        failuresTotal: 0
      }
    }
  }

  #isInGap({ epochMilliseconds }: DateTime.Utc): boolean {
    return this.#gaps.some(
      ({ from, to }) =>
        from.epochMilliseconds < epochMilliseconds && epochMilliseconds <= to.epochMilliseconds
    )
  }

  *#openRuns(): Generator<Run, void, void> {
    for (const runs of this.#open.values()) yield* runs.values()
  }

  #keep(run: Run): void {
    const key = keyOf(run)
    const { id } = run.dispatch
    const open = this.#open.get(id)
    this.#ended.delete(key)
    if (isOpen(run)) {
      if (open === undefined) this.#open.set(id, new Map([[key, run]]))
      else open.set(key, run)
      return
    }
    if (open?.delete(key) === true && open.size === 0) this.#open.delete(id)
    this.#ended.set(key, run)
    const [oldest] = this.#ended.keys()
    if (this.#ended.size > this.#endedMax && oldest !== undefined) this.#ended.delete(oldest)
  }

  #changedBy({ at, event }: JournalEntry): ReadonlyArray<Run> {
    switch (event._tag) {
      case "Began":
      case "Lost":
        return this.#leave(at)
      case "Alive":
      case "Amended":
        return []
      case "Running":
        return [...this.#passOn(event, at), this.#told(event, at)]
      case "Stopped":
        return [...this.#stopAll(event, at), this.#told(event, at)]
      case "Missed":
      case "Actor":
      case "Reported":
        return [this.#told(event, at)]
    }
  }

  /** Nothing was told since the last entry: nothing is known of the runs that were on. */
  #leave(now: DateTime.Utc): ReadonlyArray<Run> {
    if (this.#lastAt === undefined) return []
    // The last entry may be later: by a clock that was set back, or by an owner that had been replaced.
    const since = DateTime.min(this.#lastAt, now)
    this.#gaps = [...this.#gaps, { from: since, to: now }].slice(-gapsMax)
    return [...this.#openRuns()]
      .filter(({ fate }) => fate._tag === "Running")
      .map((run) => ({ ...run, fate: Fates.lost(run.fate, since) }))
  }

  /** The other open runs of the same kind of a dispatch. */
  #others({ dispatch, occurrence }: EventOfRun): ReadonlyArray<Run> {
    const key = keyOf({ dispatch, occurrence })
    return [...(this.#open.get(dispatch.id) ?? [])]
      .filter(([name, run]) => name !== key && isSameKind(run.dispatch, dispatch))
      .map(([, run]) => run)
  }

  /** A run begins, or is told anew: earlier ones of the dispatch go on until their ends, unless the version lacks them. */
  #passOn(event: Extract<JournalEvent, { readonly _tag: "Running" }>, at: DateTime.Utc): ReadonlyArray<Run> {
    const { cause, earliest, plannedAt, until } = event
    const length = until && until.epochMilliseconds - event.occurrence.epochMilliseconds
    return this.#others(event).flatMap((run) => {
      if (isOver(run, plannedAt)) return endedAsPlanned(run)
      if (earliest === undefined) return []
      if (run.occurrence.epochMilliseconds < earliest.epochMilliseconds) {
        return [{ ...run, fate: Fates.stopped(run.fate, { at, cause, plannedAt }, run.until) }]
      }
      return [{ ...run, ...untilOf(run.occurrence, length), dispatch: event.dispatch }]
    })
  }

  /** A dispatch stops: so do all its runs that are not over yet. */
  #stopAll(event: Extract<JournalEvent, { readonly _tag: "Stopped" }>, at: DateTime.Utc): ReadonlyArray<Run> {
    const { cause, plannedAt } = event
    return this.#others(event).flatMap((run) =>
      isOver(run, plannedAt)
        ? endedAsPlanned(run)
        : [{ ...run, fate: Fates.stopped(run.fate, { at, cause, plannedAt }, run.until) }]
    )
  }

  #told(event: EventOfRun, at: DateTime.Utc): Run {
    const { dispatch, occurrence, until } = event
    const before = this.run(keyOf({ dispatch, occurrence }), dispatch.id)
    const { until: _, ...rest } = before ?? { failures: [], failuresTotal: 0 }
    const about = { ...rest, dispatch, occurrence, ...(until === undefined ? undefined : { until }) }
    const fate = before?.fate
    switch (event._tag) {
      case "Running":
        return { ...about, fate: Fates.running(fate, { ...event, at }) }
      case "Stopped":
        return { ...about, fate: Fates.stopped(fate, { ...event, at }, until) }
      case "Missed":
        return { ...about, fate: Fates.missed(fate, event) }
      case "Actor":
        return { ...acted(about, event, at), fate: fate ?? Fates.unknown(at) }
      case "Reported":
        return { ...about, outcome: event.outcome, fate: fate ?? Fates.unknown(at) }
    }
  }
}

const isOpen = ({ fate }: Run): boolean =>
  fate._tag === "Running" || (fate._tag === "Unknown" && fate.from !== undefined)

/** True of a run that stands for several, if an occurrence is one of them. */
const countsIn =
  ({ epochMilliseconds }: DateTime.Utc) =>
  ({ fate, occurrence }: Run): boolean =>
    fate._tag === "Missed" &&
    fate.last !== undefined &&
    occurrence.epochMilliseconds <= epochMilliseconds &&
    epochMilliseconds <= fate.last.epochMilliseconds

const isSameKind = (
  left: Pick<RunDispatch, "type" | "dryRun">,
  right: Pick<RunDispatch, "type" | "dryRun">
): boolean => left.type === right.type && left.dryRun === right.dryRun

/** True if the planned end of a run has come, while a later one went on. */
const isOver = ({ until }: Run, at: DateTime.Utc): boolean =>
  until !== undefined && until.epochMilliseconds <= at.epochMilliseconds

/** Its planned end is none of which nothing is known. */
const endedAsPlanned = (run: Run): ReadonlyArray<Run> =>
  run.until === undefined || run.fate._tag === "Unknown"
    ? []
    : [{ ...run, fate: Fates.ended(run.fate, run.until) }]

/** The planned end of a run of a version, all of whose runs have this length. */
const untilOf = ({ epochMilliseconds }: DateTime.Utc, length: number | undefined): Pick<Run, "until"> =>
  length === undefined ? {} : { until: DateTime.makeUnsafe(epochMilliseconds + length) }

const acted = (
  run: Omit<Run, "fate">,
  { reason, step }: Extract<JournalEvent, { readonly _tag: "Actor" }>,
  at: DateTime.Utc
): Omit<Run, "fate"> => {
  const told = { ...run, actor: { step, at, ...(reason === undefined ? undefined : { reason }) } }
  if (step !== "Failed") return told
  const failures = [...run.failures, { at, reason: reason ?? "" }].slice(-failuresMax)
  return { ...told, failures, failuresTotal: run.failuresTotal + 1 }
}
