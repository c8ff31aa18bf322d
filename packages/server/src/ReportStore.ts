/**
 * The place of the runs that sites report: a port beside `DispatchStore`, in the same store. Rules J20 to J25.
 *
 * @since 0.1.0
 */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Reporter } from "@effect-dispatch/core/JournalStore"
import type { RunDay, Verdict } from "@effect-dispatch/core/ReportedRun"
import { Context, type DateTime, type Effect, Schema } from "effect"
import type { PruneTimes, StoreError } from "./DispatchStore.ts"

/**
 * There are as many reporters of a microgrid as there may be.
 *
 * @category errors
 * @since 0.1.0
 */
export class TooManyReporters extends Schema.TaggedError<TooManyReporters>()("TooManyReporters", {}) {}

/**
 * The place of a report in the order of its reporter: by the epoch, then by the number.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReportPlace {
  readonly epoch: bigint
  readonly number: bigint
}

/**
 * A report, with the values that it is found by. The bytes are read by nobody here.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredReport extends ReportPlace {
  readonly id: DispatchId
  /** The planned beginning. */
  readonly occurrence: DateTime.Utc
  /** The planned beginning of the last of several missed runs that are told as one. */
  readonly lastOccurrence?: DateTime.Utc | undefined
  /** Type, and if it has an effect. */
  readonly kind: string
  readonly verdict: Verdict
  readonly bytes: Uint8Array
}

/**
 * The answer to a report:
 *
 * - `New`: it tells more than what was known of its run;
 * - `Known`: it was taken before, or what is known is later;
 * - `Conflict`: its number was taken with another content.
 *
 * @category models
 * @since 0.1.0
 */
export type ReportAnswer = "New" | "Known" | "Conflict"

/**
 * The counts of a run, with the day and type that it counts in.
 *
 * @category models
 * @since 0.1.0
 */
export type RunCount = Omit<RunDay, "reporter">

/**
 * The counts of the run that bytes hold; none if it does not count.
 *
 * @category models
 * @since 0.1.0
 */
export type CountIn = (bytes: Uint8Array) => RunCount | undefined

/**
 * Reports of one reporter, in their order.
 *
 * @category models
 * @since 0.1.0
 */
export interface Reports {
  readonly microgridId: MicrogridId
  readonly reporter: Reporter
  readonly clockOffsetMillis: number | undefined
  /** The time of the service. */
  readonly arrivedAt: DateTime.Utc
  readonly reports: ReadonlyArray<StoredReport>
  /** The latest place that the store is thought to have taken; if it knows less, it takes nothing. */
  readonly after: ReportPlace | undefined
  readonly countIn: CountIn
}

/**
 * The knowledge of a run before a report of it: the report that is replaced, or how the run counts if its report went.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToldBefore {
  readonly bytes?: Uint8Array | undefined
  readonly gone?: RunCount | undefined
}

/**
 * The answers to a batch.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReportsTaken {
  /** The answer to each report. */
  readonly answers: ReadonlyArray<ReportAnswer>
  /** The knowledge of each run of which a report is new, before that. */
  readonly before: ReadonlyArray<ToldBefore>
  /** The place of the latest report of the reporter that was taken; none before the first. */
  readonly last: ReportPlace | undefined
  /** True if the store knows less than it is thought to: it was set back, and has taken nothing. */
  readonly isBehind: boolean
}

/**
 * A report in a listing.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListedReport {
  readonly reporter: Reporter
  readonly position: ReportPosition
  readonly bytes: Uint8Array
  readonly arrivedAt: DateTime.Utc
  readonly clockOffsetMillis: number | undefined
  /** True if another reporter has another verdict about the same run, and neither is open. */
  readonly contradicted: boolean
}

/**
 * The place of a report in a listing.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReportPosition {
  /** The planned beginning, in epoch milliseconds. */
  readonly occurrence: bigint
  readonly id: DispatchId
  readonly kind: string
  /** The number that the store gave to the reporter. */
  readonly reporter: bigint
}

/**
 * A part of a listing, the latest planned beginning first.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReportQuery {
  readonly microgridId: MicrogridId
  /** Of one dispatch alone. */
  readonly id?: DispatchId | undefined
  /** Planned to begin at or after this; of several runs that are told as one, the last. */
  readonly from?: DateTime.Utc | undefined
  /** Planned to begin before this. */
  readonly to?: DateTime.Utc | undefined
  readonly missed?: boolean | undefined
  readonly after?: ReportPosition | undefined
  readonly limit: number
}

/**
 * The place of the counts of a day in a listing.
 *
 * @category models
 * @since 0.1.0
 */
export interface DayPosition {
  readonly day: number
  readonly type: string
  /** The number that the store gave to the reporter. */
  readonly reporter: bigint
}

/**
 * The counts of a day, in a listing.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListedDay extends RunDay {
  readonly position: DayPosition
}

/**
 * A part of the counts of days, the earliest first.
 *
 * @category models
 * @since 0.1.0
 */
export interface DayQuery {
  readonly microgridId: MicrogridId
  readonly from: number
  /** Days before this. */
  readonly to: number
  readonly after?: DayPosition | undefined
  readonly limit: number
}

/**
 * The kinds of records about runs: the reports, and the counts of days, which outlive them.
 *
 * @category models
 * @since 0.1.0
 */
export type RetainedReports = "reports" | "days"

/**
 * The place of reported runs.
 *
 * Of each run there is one row a reporter: the report with the highest place. Counts of days follow from what is
 * written, in the same transaction, and stay when reports are removed: how such a run counts is remembered, so that a
 * later report of it counts instead.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId } from "@effect-dispatch/core"
 * import { DispatchStoreMemory, ReportStore } from "@effect-dispatch/server"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const store = yield* ReportStore.ReportStore
 *   assert.deepStrictEqual(yield* store.page({ microgridId: MicrogridId.make(1n), limit: 10 }), [])
 * })
 * await Effect.runPromise(Effect.provide(program, DispatchStoreMemory.layer))
 * ```
 *
 * @see BEHAVIOUR J20
 * @category services
 * @since 0.1.0
 */
export class ReportStore extends Context.Service<
  ReportStore,
  {
    /** Takes reports, all in one transaction. */
    readonly report: (reports: Reports) => Effect.Effect<ReportsTaken, StoreError | TooManyReporters>
    readonly page: (query: ReportQuery) => Effect.Effect<ReadonlyArray<ListedReport>, StoreError>
    /** All reports of the last runs of at most so many dispatches with a higher id, by id. */
    readonly last: (
      microgridId: MicrogridId,
      after: bigint,
      limit: number
    ) => Effect.Effect<ReadonlyArray<ListedReport>, StoreError>
    /** All reports of the last run of each of these dispatches. */
    readonly lastOf: (
      microgridId: MicrogridId,
      ids: ReadonlyArray<DispatchId>
    ) => Effect.Effect<ReadonlyArray<ListedReport>, StoreError>
    /** The counts of days, of which there are some for each type and reporter. */
    readonly days: (query: DayQuery) => Effect.Effect<ReadonlyArray<ListedDay>, StoreError>
    /**
     * Removes the oldest records before an instant by their arrival, at most `limit`; gives the number removed. The counts
     * of a day stay until the reports that came before it was counted last are gone.
     */
    readonly pruneReports: (
      what: RetainedReports,
      times: PruneTimes,
      limit: number,
      countIn: CountIn
    ) => Effect.Effect<number, StoreError>
    /**
     * Removes the oldest records of microgrids that have more than so many, in the same way, at most `limit` of each. Of
     * reports that went, as many again are remembered; a run that was still on then leaves the counts.
     */
    readonly trimReports: (
      what: RetainedReports,
      most: number,
      limit: number,
      countIn: CountIn
    ) => Effect.Effect<number, StoreError>
  }
>()("@effect-dispatch/server/ReportStore") {}
