/**
 * The service for reports of runs: its use cases, for any store behind it and any wire before it. Rules J20 to J25.
 *
 * @since 0.1.0
 */
import type { CodecError } from "@effect-dispatch/api/CodecError"
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type {
  BatchTaken,
  ListRunsRequest,
  ReportBatch,
  ReportedRun,
  RunDay
} from "@effect-dispatch/core/ReportedRun"
import type { Run, RunReport } from "@effect-dispatch/core/Run"
import { inOneLine } from "@effect-dispatch/core/Refusal"
import * as RunTally from "@effect-dispatch/core/RunTally"
import { Array as Arr, Context, DateTime, Effect, Layer, Metric, Option, Result } from "effect"
import { Caller } from "./Caller.ts"
import type { StoreError } from "./DispatchStore.ts"
import { Lanes } from "./internal/lanes.ts"
import * as MeasuredStore from "./internal/measuredStore.ts"
import * as PositionToken from "./internal/reports/positionToken.ts"
import { countIn, runIn, storedOf } from "./internal/reports/reportFormat.ts"
import * as UnseenSpans from "./internal/unseenSpans.ts"
import { checkIds } from "./internal/validation.ts"
import { listingsPerKeyMax } from "./ListingLimits.ts"
import * as Metrics from "./Metrics.ts"
import {
  type DayPosition,
  type ListedReport,
  type ReportAnswer,
  type ReportPosition,
  type ReportsTaken,
  ReportStore,
  type ToldBefore
} from "./ReportStore.ts"
import { reportersMax, reportsAtOnce, reportsReadMax, storiesMax } from "./ServiceLimits.ts"

/**
 * A report as the store has kept it.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeptRun extends Omit<ReportedRun, keyof RunReport> {
  /** The message that the API has of it, to be passed on as it is. */
  readonly bytes: Uint8Array
}

/**
 * A page of runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunPage {
  readonly runs: ReadonlyArray<KeptRun>
  /** Absent on the last page. */
  readonly nextPageToken: string | undefined
}

/**
 * A page of counts of days.
 *
 * @category models
 * @since 0.1.0
 */
export interface DayPage {
  readonly days: ReadonlyArray<RunDay>
  /** Absent on the last page. */
  readonly nextPageToken: string | undefined
}

/**
 * The last runs of some dispatches.
 *
 * @category models
 * @since 0.1.0
 */
export interface LastRuns {
  readonly runs: ReadonlyArray<KeptRun>
  /** True if there may be more dispatches after the last one. */
  readonly hasMore: boolean
}

/**
 * The service for reports of runs.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId } from "@effect-dispatch/core"
 * import { DispatchStoreMemory, ReportService } from "@effect-dispatch/server"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { list } = yield* ReportService.ReportService
 *   const request = { microgridId: MicrogridId.make(1n), filter: { missed: true }, pageSize: 0, pageToken: "" }
 *   assert.deepStrictEqual(yield* list(request), { runs: [], nextPageToken: undefined })
 * })
 * const layer = Layer.provide(ReportService.layer, DispatchStoreMemory.layer)
 * await Effect.runPromise(Effect.provide(program, layer))
 * ```
 *
 * @see BEHAVIOUR J20
 * @category services
 * @since 0.1.0
 */
export class ReportService extends Context.Service<
  ReportService,
  {
    /** Takes reports. */
    readonly report: (batch: ReportBatch) => Effect.Effect<BatchTaken, DispatchError.DispatchError>
    /** The runs of a microgrid by their planned beginning, the latest first. */
    readonly list: (request: ListRunsRequest) => Effect.Effect<RunPage, DispatchError.DispatchError>
    /** The last run of each of these dispatches, or of the next ones by id. */
    readonly last: (
      microgridId: MicrogridId,
      of: { readonly ids: ReadonlyArray<DispatchId> } | { readonly after: bigint }
    ) => Effect.Effect<LastRuns, DispatchError.DispatchError>
    /** The counts of days from one on and before another, the earliest first. */
    readonly days: (
      microgridId: MicrogridId,
      days: { readonly from: number; readonly to: number },
      pageToken: string
    ) => Effect.Effect<DayPage, DispatchError.DispatchError>
  }
>()("@effect-dispatch/server/ReportService") {}

/**
 * The service over a store.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<ReportService, never, ReportStore> = Layer.effect(
  ReportService,
  Effect.map(ReportStore, (unmeasured) => {
    const store = MeasuredStore.measureReports(unmeasured)
    return ReportService.of({
      report: report(store),
      list: list(store),
      last: last(store),
      days: days(store)
    })
  })
)

type Store = ReportStore["Service"]
type Service = ReportService["Service"]

const report = (store: Store): Service["report"] =>
  Effect.fnUntraced(
    function* ({ after, clockOffsetMillis, microgridId, reporter, reports }) {
      yield* checkIds({ microgridId })
      const arrivedAt = yield* DateTime.now
      const stored = yield* Effect.fromResult(Result.all(reports.map(storedOf)))
      const answers: Array<ReportAnswer> = []
      const before: Array<ToldBefore> = []
      let last = after
      // Others write between the parts. If one fails, all are sent again, and the first are known then.
      for (const part of stored.length === 0 ? [stored] : Arr.chunksOf(stored, reportsAtOnce)) {
        const batch = {
          microgridId,
          reporter,
          clockOffsetMillis,
          arrivedAt,
          reports: part,
          after: last,
          countIn
        }
        const taken: ReportsTaken = yield* store.report(batch)
        if (taken.isBehind) return { conflicts: [], last: taken.last, isBehind: true }
        answers.push(...taken.answers)
        before.push(...taken.before)
        last = taken.last
      }
      yield* Effect.forEach(answers, (answer) => Metric.update(Metrics.reports.at(answer), 1), {
        discard: true
      })
      yield* Effect.forEach(
        reports,
        ({ run }, index) => (answers[index] === "New" ? countNew(run, before[index]) : Effect.void),
        { discard: true }
      )
      const conflicts = answers.flatMap((answer, index) => (answer === "Conflict" ? [index] : []))
      return { conflicts, last, isBehind: false }
    },
    Effect.catchTags({
      StoreError: unavailable,
      CodecError: unwritable,
      TooManyReporters: () => DispatchError.resourceExhausted(tooMany)
    }),
    UnseenSpans.named("ReportService.report")
  )

const tooMany = `the microgrid has ${reportersMax} reporters, which is the most it may; each journal is one`

const unavailable = ({ message }: StoreError) => DispatchError.unavailable(message)

/** A report that was read can be written. */
const unwritable = (error: CodecError) => DispatchError.protocol(inOneLine(error))

/** Counts what a report tells that was not told before: of what happened in between, only the last is reported. */
const countNew = (run: Run, told: ToldBefore = {}): Effect.Effect<void> => {
  const before = told.bytes && Option.getOrUndefined(runIn(told.bytes))
  // Nobody knows how many of its failures a report told that went.
  const known = told.gone === undefined ? (before?.failuresTotal ?? 0) : run.failuresTotal
  const failures = run.failuresTotal - known
  const failed = failures > 0 ? Metric.update(Metrics.reportedFailures.at(), failures) : Effect.void
  if (run.fate._tag !== "Missed") return failed
  const tally = told.gone?.tally ?? (before && RunTally.of(before))
  const missed = run.fate.count - (tally === undefined ? 0 : RunTally.missedOf(tally))
  return missed > 0
    ? Effect.andThen(failed, Metric.update(Metrics.reportedMissed.at(run.fate.reason), missed))
    : failed
}

const keptOf = ({ arrivedAt, bytes, clockOffsetMillis, contradicted, reporter }: ListedReport) => ({
  arrivedAt,
  bytes,
  clockOffsetMillis,
  contradicted,
  reporter
})

/** The page that a token points to, or the first. */
const resumed = <Position>(form: PositionToken.PositionToken<Position>, token: string) =>
  token === ""
    ? Effect.undefined
    : Effect.mapError(Effect.fromOption(form.read(token)), () =>
        DispatchError.invalidArgument("pageToken", "is not a token that this service gave")
      )

const list = (store: Store): Service["list"] => {
  const lanes = new Lanes(listingsPerKeyMax)
  return Effect.fnUntraced(
    function* ({ filter, microgridId, pageSize, pageToken }) {
      yield* checkIds({ microgridId })
      const after = yield* resumed(PositionToken.ofReports, pageToken)
      const size = Math.min(pageSize || WireLimits.pageSizeDefault, WireLimits.pageSizeMax)
      const { id, name } = yield* Caller
      const page = yield* lanes.in(id ?? name, readPage(store, { filter, microgridId, after, size }))
      const last = page.isLast ? undefined : page.reports.at(-1)
      return {
        runs: page.reports.map(keptOf),
        nextPageToken: last && PositionToken.ofReports.write(last.position)
      }
    },
    Effect.catchTag("StoreError", unavailable),
    UnseenSpans.named("ReportService.list")
  )
}

interface Listing extends Pick<ListRunsRequest, "filter" | "microgridId"> {
  readonly after: ReportPosition | undefined
  readonly size: number
}

/** The reports of the next page: as many as were asked for or as fit, at least one. */
const readPage = Effect.fnUntraced(function* (store: Store, { after, filter, microgridId, size }: Listing) {
  const { from, ids, missed, to } = filter
  const page: Array<ListedReport> = []
  let bytes = 0
  while (true) {
    // One more than wanted tells if there is another page.
    const limit = Math.min(size + 1 - page.length, reportsReadMax)
    const query = { microgridId, from, to, missed, limit, after: page.at(-1)?.position ?? after }
    const found = yield* ids === undefined ? store.page(query) : merged(store, query, ids)
    for (const each of found) {
      bytes += each.bytes.length
      const isFull = page.length === size || (bytes > WireLimits.pageBytesMax && page.length > 0)
      if (isFull) return { reports: page, isLast: false }
      page.push(each)
    }
    if (found.length < limit) return { reports: page, isLast: true }
  }
})

/** The next reports of several dispatches, each of which is found by an index of its own. */
const merged = (store: Store, query: Parameters<Store["page"]>[0], ids: ReadonlyArray<DispatchId>) =>
  Effect.map(
    Effect.forEach(new Set(ids), (id) => store.page({ ...query, id })),
    (all) =>
      all
        .flat()
        .sort((one, other) => inOrder(one.position, other.position))
        .slice(0, query.limit)
  )

/** The order of a listing; the reports of one dispatch came in theirs. */
const inOrder = (one: ReportPosition, other: ReportPosition): number =>
  descending(one.occurrence, other.occurrence) || descending(one.id, other.id)

const descending = (one: bigint, other: bigint): number => (one < other ? 1 : one > other ? -1 : 0)

const last = (store: Store): Service["last"] =>
  Effect.fnUntraced(
    function* (microgridId, of) {
      yield* checkIds({ microgridId })
      if ("ids" in of) {
        return { runs: (yield* store.lastOf(microgridId, of.ids)).map(keptOf), hasMore: false }
      }
      const found = wholeOnes(yield* store.last(microgridId, of.after, reportsReadMax))
      const dispatches = new Set(found.told.map(({ position }) => position.id))
      return { runs: found.told.map(keptOf), hasMore: found.isCut || dispatches.size === reportsReadMax }
    },
    Effect.catchTag("StoreError", unavailable),
    UnseenSpans.named("ReportService.last")
  )

/** The dispatches of which no story is missing, if there are any: where the store has cut the answer, the last may lack some. */
const wholeOnes = (told: ReadonlyArray<ListedReport>) => {
  const isCut = told.length >= storiesMax
  const lastId = told.at(-1)?.position.id
  const whole = isCut ? told.filter(({ position }) => position.id !== lastId) : told
  return { told: whole.length === 0 ? told : whole, isCut }
}

const days = (store: Store): Service["days"] =>
  Effect.fnUntraced(
    function* (microgridId, { from, to }, pageToken) {
      yield* checkIds({ microgridId })
      const after: DayPosition | undefined = yield* resumed(PositionToken.ofDays, pageToken)
      const found = yield* store.days({ microgridId, from, to, after, limit: reportsReadMax })
      const last = found.length < reportsReadMax ? undefined : found.at(-1)
      return {
        days: found.map(({ day, reporter, tally, type }) => ({ day, reporter, tally, type })),
        nextPageToken: last && PositionToken.ofDays.write(last.position)
      }
    },
    Effect.catchTag("StoreError", unavailable),
    UnseenSpans.named("ReportService.days")
  )
