/**
 * Reports of runs on the wire: what a reporter sends, and what is told of it.
 *
 * @since 0.1.0
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { type JournalPosition, type Reporter, reporterNameFault } from "@effect-dispatch/core/JournalStore"
import type {
  ListRunsRequest,
  ReportBatch,
  ReportedRun,
  RunDay,
  RunFilter
} from "@effect-dispatch/core/ReportedRun"
import type { RunReport } from "@effect-dispatch/core/Run"
import type * as RunTally from "@effect-dispatch/core/RunTally"
import type { Result } from "effect"
import type { CodecError } from "./CodecError.ts"
import { toResult, wellFormed } from "./internal/coded.ts"
import { Faults, present } from "./internal/faults.ts"
import * as RunCodec from "./internal/runCodec.ts"
import { missedReasons } from "./internal/runNames.ts"
import * as Protobuf from "./Protobuf.ts"
import * as WireLimits from "./WireLimits.ts"

type Decoded<A> = Result.Result<A, CodecError>

/**
 * Writes a batch of reports.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { ReportCodec } from "@effect-dispatch/api"
 * import { MicrogridId } from "@effect-dispatch/core"
 * import { Result } from "effect"
 *
 * const batch = { microgridId: MicrogridId.make(1n), reporter: { id: "a1", name: "plant" }, reports: [] }
 * const message = Result.getOrThrow(ReportCodec.encodeBatch(batch))
 * assert.deepStrictEqual(Result.getOrThrow(ReportCodec.decodeBatch(message)), batch)
 * ```
 *
 * @category report
 * @since 0.1.0
 */
export const encodeBatch = (batch: ReportBatch): Decoded<Protobuf.ReportRunsRequest> => {
  const faults = new Faults()
  const { after, clockOffsetMillis, microgridId, reporter, reports } = batch
  faults.note(wellFormed(reporter.name, "reporter.name") ?? wellFormed(reporter.id, "reporter.id"))
  const message = create(Protobuf.ReportRunsRequestSchema, {
    microgridId,
    reporter,
    ...present("clockOffsetMillis", millisOf(clockOffsetMillis)),
    reports: reports.map((report, index) => messageOf(report, faults, `reports[${index}]`)),
    ...present("after", after)
  })
  return toResult(faults.result(message))
}

const millisOf = (millis: number | undefined): bigint | undefined =>
  millis === undefined ? undefined : BigInt(Math.round(millis))

const messageOf = ({ epoch, number, run }: RunReport, faults: Faults, path: string) => ({
  epoch,
  number,
  run: RunCodec.encode(run, faults, `${path}.run`)
})

/**
 * Reads a batch of reports.
 *
 * @category report
 * @since 0.1.0
 */
export const decodeBatch = (message: Protobuf.ReportRunsRequest): Decoded<ReportBatch> => {
  const faults = new Faults()
  const { after, clockOffsetMillis, microgridId, reports } = message
  const reporter = reporterOf(message.reporter)
  checkReporter(reporter, faults)
  faults.check("reports", tooMany(reports.length, WireLimits.reportsMax, "reports"))
  const offset = clockOffsetMillis === undefined ? undefined : Number(clockOffsetMillis)
  return toResult(
    faults.result({
      microgridId: MicrogridId.make(microgridId),
      reporter,
      ...present("clockOffsetMillis", offset),
      reports: reports
        .slice(0, WireLimits.reportsMax)
        .map((report, index) => reportOf(report, faults, `reports[${index}]`)),
      ...present("after", after && placeOf(after, faults, "after"))
    })
  )
}

const checkReporter = ({ id, name }: Reporter, faults: Faults): void => {
  for (const [path, text] of [
    ["reporter.id", id],
    ["reporter.name", name]
  ] as const) {
    faults.check(path, reporterNameFault(text))
  }
}

const tooMany = (count: number, most: number, things: string): string | undefined =>
  count <= most ? undefined : `${count} ${things}, must be at most ${most}`

const reporterOf = (message: Protobuf.Reporter | undefined): Reporter => ({
  id: message?.id ?? "",
  name: message?.name ?? ""
})

const nothing = create(Protobuf.RunSchema)

const reportOf = (message: Protobuf.RunReport, faults: Faults, path: string): RunReport => {
  const run = RunCodec.decode(message.run ?? nothing, faults, `${path}.run`)
  return { ...placeOf(message, faults, path), run }
}

const placeOf = (
  { epoch, number }: Pick<Protobuf.ReportPlace, "epoch" | "number">,
  faults: Faults,
  path: string
): JournalPosition => {
  for (const [name, value] of Object.entries({ epoch, number })) {
    faults.check(
      `${path}.${name}`,
      value <= WireLimits.idMax ? undefined : `must be at most ${WireLimits.idMax}`
    )
  }
  return { epoch, number }
}

/**
 * The bytes of a report, as a service keeps them.
 *
 * @category report
 * @since 0.1.0
 */
export const encodeReport = (report: RunReport): Decoded<Uint8Array> => {
  const faults = new Faults()
  const message = create(Protobuf.RunReportSchema, messageOf(report, faults, "report"))
  return toResult(faults.result(toBinary(Protobuf.RunReportSchema, message)))
}

/**
 * Reads the bytes of a report.
 *
 * @category report
 * @since 0.1.0
 */
export const decodeReport = (bytes: Uint8Array): Decoded<RunReport> => {
  const faults = new Faults()
  return toResult(faults.result(reportOf(fromBinary(Protobuf.RunReportSchema, bytes), faults, "report")))
}

/**
 * Writes a request to list runs.
 *
 * @category list
 * @since 0.1.0
 */
export const encodeList = ({
  filter,
  microgridId,
  pageSize,
  pageToken
}: ListRunsRequest): Decoded<Protobuf.ListRunsRequest> => {
  const faults = new Faults()
  const message = create(Protobuf.ListRunsRequestSchema, {
    microgridId,
    dispatchIds: [...(filter.ids ?? [])],
    ...present("from", filter.from && faults.timestamp(filter.from, "from")),
    ...present("to", filter.to && faults.timestamp(filter.to, "to")),
    isMissed: filter.missed ?? false,
    pageSize,
    pageToken
  })
  return toResult(faults.result(message))
}

/**
 * Reads a request to list runs.
 *
 * @category list
 * @since 0.1.0
 */
export const decodeList = (message: Protobuf.ListRunsRequest): Decoded<ListRunsRequest> => {
  const faults = new Faults()
  const { dispatchIds, from, isMissed, microgridId, pageSize, pageToken, to } = message
  const ids = idsOf(dispatchIds, faults)
  const filter: RunFilter = {
    ...present("ids", ids.length === 0 ? undefined : ids),
    ...present("from", from && faults.instant(from, "from")),
    ...present("to", to && faults.instant(to, "to")),
    ...present("missed", isMissed ? true : undefined)
  }
  return toResult(faults.result({ microgridId: MicrogridId.make(microgridId), filter, pageSize, pageToken }))
}

/**
 * Reads the ids of dispatches of which runs are asked for.
 *
 * @category list
 * @since 0.1.0
 */
export const decodeIds = (ids: ReadonlyArray<bigint>): Decoded<ReadonlyArray<DispatchId>> => {
  const faults = new Faults()
  return toResult(faults.result(idsOf(ids, faults)))
}

const idsOf = (ids: ReadonlyArray<bigint>, faults: Faults): ReadonlyArray<DispatchId> => {
  const { reportIdsMax } = WireLimits
  faults.check("ids", tooMany(ids.length, reportIdsMax, "ids"))
  return ids.slice(0, reportIdsMax).map((id) => DispatchId.make(id))
}

/**
 * A report as a service has kept it.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeptRun extends Omit<ReportedRun, keyof RunReport> {
  /** The report, as `encodeReport` wrote it. */
  readonly bytes: Uint8Array
}

/**
 * Writes a kept report; the bytes are passed on as they are.
 *
 * @category list
 * @since 0.1.0
 */
export const encodeKept = (kept: KeptRun): Protobuf.ReportedRun => {
  const faults = new Faults()
  return create(Protobuf.ReportedRunSchema, {
    reporter: kept.reporter,
    report: fromBinary(Protobuf.RunReportSchema, kept.bytes),
    ...present("arrivalTime", faults.timestamp(kept.arrivedAt, "arrivedAt")),
    ...present("clockOffsetMillis", millisOf(kept.clockOffsetMillis)),
    isContradicted: kept.contradicted
  })
}

/**
 * Reads a kept report.
 *
 * @category list
 * @since 0.1.0
 */
export const decodeKept = (message: Protobuf.ReportedRun): Decoded<ReportedRun> => {
  const faults = new Faults()
  const { arrivalTime, clockOffsetMillis, isContradicted, report, reporter } = message
  return toResult(
    faults.result({
      ...reportOf(report ?? create(Protobuf.RunReportSchema), faults, "report"),
      reporter: reporterOf(reporter),
      arrivedAt: faults.instant(arrivalTime, "arrivedAt"),
      clockOffsetMillis: clockOffsetMillis === undefined ? undefined : Number(clockOffsetMillis),
      contradicted: isContradicted
    })
  )
}

/**
 * Writes the runs of a day.
 *
 * @category days
 * @since 0.1.0
 */
export const encodeDay = ({ day, reporter, tally, type }: RunDay): Protobuf.RunDay =>
  create(Protobuf.RunDaySchema, {
    day,
    type,
    reporter,
    ran: sizeOf(tally.ran),
    running: sizeOf(tally.running),
    unknown: sizeOf(tally.unknown),
    missed: Object.entries(tally.missed).map(([name, count]) => ({
      reason: missedReasons.numberOf(name),
      count: sizeOf(count)
    })),
    late: Object.entries(tally.late).map(([power, count]) => ({
      power: Number(power),
      count: sizeOf(count)
    })),
    onMillis: sizeOf(tally.onMillis)
  })

/** Less than nothing is left of sums that were too large, if runs that are part of them count anew. */
const sizeOf = (count: number): bigint => BigInt(Math.max(0, count))

/**
 * Reads the runs of a day. Reasons that are not known here count as `Unspecified`.
 *
 * @category days
 * @since 0.1.0
 */
export const decodeDay = (message: Protobuf.RunDay): RunDay => {
  const { day, late, missed, onMillis, ran, reporter, running, type, unknown } = message
  const tally: RunTally.RunTally = {
    ran: Number(ran),
    running: Number(running),
    unknown: Number(unknown),
    missed: Object.fromEntries(
      missed.map(({ count, reason }) => [missedReasons.name(reason) ?? "Unspecified", Number(count)])
    ),
    late: Object.fromEntries(late.map(({ count, power }) => [String(power), Number(count)])),
    onMillis: Number(onMillis)
  }
  return { day, type, reporter: reporterOf(reporter), tally }
}
