/**
 * Sends the runs of a journal to the service, each at least once and in order. Rules J26 to J28.
 *
 * @since 0.1.0
 */
import { reportsMax } from "@effect-dispatch/api/WireLimits"
import * as ClockOffset from "@effect-dispatch/core/ClockOffset"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import type { JournalError, JournalPosition } from "@effect-dispatch/core/JournalStore"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { RunReport } from "@effect-dispatch/core/Run"
import type { Journal } from "@effect-dispatch/core/SiteJournal"
import { backoff, hopelessDelay } from "@effect-dispatch/core/SyncSettings"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Cause, Effect, Latch, Layer, Metric, Option, Random, Stream } from "effect"
import { journalEntriesMax, reportGatherDelay } from "./ClientLimits.ts"
import { RunsToReport } from "./internal/runsToReport.ts"
import * as Metrics from "./Metrics.ts"
import { ReportClient } from "./ReportClient.ts"

/**
 * The journal to report, and its microgrid.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunReporterOptions {
  readonly microgridId: MicrogridId
  readonly journal: Pick<Journal, "after" | "reporter" | "written">
  /** The clock of the service against that of the site, if it is known. */
  readonly clockOffset?: Effect.Effect<Option.Option<ClockOffset.ClockOffset>> | undefined
  /** The taker of reports: the service of the client, unless given. */
  readonly taker?: Pick<ReportClient["Service"], "report"> | undefined
}

/**
 * Reports a journal, for as long as it is not interrupted. It fails never: while the service is away or refuses, the
 * runs wait in the journal, and it is asked again as event streams are (S3).
 *
 * The service knows how far it was told, so nothing is kept here. It goes on from there after a restart, whatever was
 * lost with the process, or with the disk of the service.
 *
 * @see BEHAVIOUR J26
 * @category running
 * @since 0.1.0
 */
export const run = (options: RunReporterOptions): Effect.Effect<never, never, ReportClient> =>
  Effect.gen(function* () {
    const taker = options.taker ?? (yield* ReportClient)
    const news = yield* Latch.make(true)
    const heard = Stream.runForEach(options.journal.written, () => news.open)
    const reporter = new Reporter(options, taker, news)
    return yield* Effect.raceFirst(Effect.forever(reporter.persist), Effect.andThen(heard, Effect.never))
  })

/**
 * Reports the journal of the dispatcher for the life of the layer. Without a journal there is nothing to report, which
 * is said once.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatcherGrpc, RunReporter } from "@effect-dispatch/client"
 * import { MicrogridId } from "@effect-dispatch/core"
 * import { Layer } from "effect"
 *
 * const url = "grpc://127.0.0.1:1?ssl=false"
 * const Site = DispatcherGrpc.layer({ microgridId: MicrogridId.make(1n), url })
 * assert.ok(Layer.isLayer(RunReporter.layer.pipe(Layer.provideMerge(Site))))
 * ```
 *
 * @see BEHAVIOUR J26
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, Dispatcher | ReportClient> = Layer.effectDiscard(
  Effect.gen(function* () {
    const { clockOffset, journal, microgridId } = yield* Dispatcher
    if (Option.isNone(journal))
      return yield* Effect.logWarning("There is no journal, so no runs are reported")
    yield* Effect.forkScoped(run({ microgridId, journal: journal.value, clockOffset }))
  })
)

/** A reporter at work. */
class Reporter {
  readonly #options: RunReporterOptions
  readonly #taker: Pick<ReportClient["Service"], "report">
  readonly #news: Latch.Latch
  /** Nothing is known before the service has said how far it was told. */
  #runs: RunsToReport | undefined
  /** The latest place that it has taken. */
  #taken: JournalPosition | undefined
  /** The number of reports of the next batch: fewer, while a report is sought that the service refuses. */
  #size = reportsMax
  #failures = 0
  #told: string | undefined

  constructor(
    options: RunReporterOptions,
    taker: Pick<ReportClient["Service"], "report">,
    news: Latch.Latch
  ) {
    this.#options = options
    this.#taker = taker
    this.#news = news
  }

  /** Does the next step; after a failure, waits as long as it takes. */
  get persist(): Effect.Effect<void> {
    return Effect.matchCauseEffect(
      Effect.suspend(() => this.#step),
      {
        onSuccess: () => this.#wellAgain,
        onFailure: (cause) => (Cause.hasInterrupts(cause) ? Effect.interrupt : this.#afterFailure(cause))
      }
    )
  }

  get #step(): Effect.Effect<void, DispatchError | JournalError> {
    return Effect.gen({ self: this }, function* () {
      const runs = this.#runs ?? this.#goOnAfter((yield* this.#call([])).last)
      yield* this.#news.close
      const isAtEnd = yield* this.#readOn(runs)
      if (runs.isAmended) return void (this.#runs = runs.anew)
      if (runs.size > 0) return yield* this.#send(runs, runs.next(this.#size))
      if (!isAtEnd) return
      if (runs.isBehind) return yield* this.#beginAnew
      yield* this.#news.await
      // All that happens at one instant goes in one call.
      yield* Effect.sleep(reportGatherDelay)
    })
  }

  /** The service knows the runs up to a place: an empty batch tells it. */
  #goOnAfter(place: JournalPosition | undefined): RunsToReport {
    this.#taken = place
    this.#runs = new RunsToReport(place)
    return this.#runs
  }

  #call(reports: ReadonlyArray<RunReport>) {
    return Effect.gen({ self: this }, function* () {
      const { clockOffset = Effect.succeedNone, journal, microgridId } = this.#options
      const reporter = yield* journal.reporter
      const offset = Option.getOrUndefined(yield* clockOffset)
      const clockOffsetMillis = offset && Math.round(ClockOffset.middle(offset))
      const after = reports.length === 0 ? undefined : this.#taken
      return yield* this.#taker.report({ microgridId, reporter, clockOffsetMillis, reports, after })
    })
  }

  /** Reads on until there is enough for a call; true at the end of the journal. */
  #readOn(runs: RunsToReport): Effect.Effect<boolean, JournalError> {
    return Effect.gen({ self: this }, function* () {
      while (runs.size < reportsMax) {
        const entries = yield* this.#options.journal.after(runs.read, journalEntriesMax)
        for (const entry of entries) runs.add(entry)
        if (entries.length === 0) return true
        yield* Effect.yieldNow
      }
      return false
    })
  }

  #send(runs: RunsToReport, reports: ReadonlyArray<RunReport>): Effect.Effect<void, DispatchError> {
    return Effect.gen({ self: this }, function* () {
      const answer = yield* Effect.catchIf(Effect.asSome(this.#call(reports)), isAboutReport, (error) =>
        this.#refused(runs, reports, error)
      )
      if (Option.isNone(answer)) return
      const { conflicts, isBehind, last } = answer.value
      if (isBehind) return yield* this.#beginAgainAfter(last)
      runs.done(reports)
      this.#size = Math.min(reportsMax, 2 * this.#size)
      this.#taken = last
      yield* Metric.update(Metrics.reports.at("taken"), reports.length - conflicts.length)
      if (conflicts.length === 0) return
      yield* Metric.update(Metrics.reports.at("conflict"), conflicts.length)
      yield* Effect.logWarning(
        `The service has other reports under ${conflicts.length} numbers of this journal, and keeps those: was the journal set back?`
      )
    })
  }

  /** One report that can never be taken must not hold up all others: it is found by halves. */
  #refused(runs: RunsToReport, reports: ReadonlyArray<RunReport>, { message }: DispatchError) {
    return Effect.suspend(() => {
      this.#size = Math.max(1, reports.length >> 1)
      if (reports.length > 1) return Effect.succeedNone
      runs.done(reports)
      return Effect.logError(`The service refuses the report of a run, which is left out: ${message}`).pipe(
        Effect.andThen(Metric.update(Metrics.reports.at("refused"), 1)),
        Effect.as(Option.none())
      )
    })
  }

  /** The journal ends before what the service was told: all of it is told again. */
  get #beginAnew(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#runs = new RunsToReport()
      return Effect.logWarning(
        "The journal ends before what was reported of it: it was set back. All of it is reported again"
      )
    })
  }

  /** The service was set back: what it has lost is told again. */
  #beginAgainAfter(last: JournalPosition | undefined): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#goOnAfter(last)
      return Effect.logWarning("The service has lost reports of runs: they are sent again from the journal")
    })
  }

  get #wellAgain(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const wasTold = this.#told !== undefined
      this.#failures = 0
      this.#told = undefined
      return wasTold ? Effect.logInfo("Runs are reported again") : Effect.void
    })
  }

  #afterFailure(cause: Cause.Cause<DispatchError | JournalError>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const error = Option.getOrUndefined(Cause.findErrorOption(cause))
      const message = error?.message ?? Thrown.messageOf(Cause.squash(cause))
      if (message !== this.#told)
        yield* Effect.logWarning(`Runs wait in the journal to be reported: ${message}`)
      this.#told = message
      this.#failures += 1
      yield* Metric.update(Metrics.reportFailures.at(), 1)
      const isHopeless = error?._tag === "DispatchError" && hopeless.has(error.reason._tag)
      yield* Effect.sleep(isHopeless ? hopelessDelay : backoff(this.#failures, yield* Random.next))
    })
  }
}

/** True if a call is refused for one of its reports. Else the reports are not at fault, and wait. */
const isAboutReport = ({ reason }: DispatchError): boolean =>
  reason._tag === "InvalidArgument" && (reason.field === undefined || reason.field.startsWith("reports"))

/** Asking again soon is no help. */
const hopeless: ReadonlySet<string> = new Set<DispatchError["reason"]["_tag"]>([
  "Unauthenticated",
  "PermissionDenied",
  "InvalidArgument",
  "Unimplemented",
  "Unsupported"
])
