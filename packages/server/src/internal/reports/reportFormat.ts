/** The form of reports in a store: messages of the API, as they came. */
import type { CodecError } from "@effect-dispatch/api/CodecError"
import * as ReportCodec from "@effect-dispatch/api/ReportCodec"
import { dayOf, verdictOf } from "@effect-dispatch/core/ReportedRun"
import type { Run, RunDispatch, RunReport } from "@effect-dispatch/core/Run"
import * as RunTally from "@effect-dispatch/core/RunTally"
import { DateTime, Option, Result } from "effect"
import type { CountIn, StoredReport } from "../../ReportStore.ts"

/** A report as a store keeps it. */
export const storedOf = (report: RunReport): Result.Result<StoredReport, CodecError> =>
  Result.map(ReportCodec.encodeReport(report), (bytes) => {
    const { epoch, number, run } = report
    return {
      epoch,
      number,
      id: run.dispatch.id,
      kind: kindOf(run.dispatch),
      occurrence: run.occurrence,
      lastOccurrence: lastOccurrenceOf(run),
      verdict: verdictOf(run),
      bytes
    }
  })

const lastOccurrenceOf = ({ fate, occurrence }: Run) =>
  fate._tag === "Missed" && fate.last !== undefined && DateTime.isGreaterThan(fate.last, occurrence)
    ? fate.last
    : undefined

/** The kind of a run: its type, and if it has an effect. A dispatch has one run of a kind at an occurrence. */
const kindOf = ({ dryRun, type }: RunDispatch): string => `${dryRun ? "dry" : "live"} ${type}`

const read = Option.liftThrowable(ReportCodec.decodeReport)

/** The run that bytes hold; none if they hold no report. */
export const runIn = (bytes: Uint8Array): Option.Option<Run> =>
  Option.map(Option.flatMap(read(bytes), Result.getSuccess), ({ run }) => run)

/** The counts of the run that bytes hold. Dry runs do not count, and neither do bytes that hold no report. */
export const countIn: CountIn = (bytes) => {
  const run = Option.getOrUndefined(runIn(bytes))
  if (run === undefined || run.dispatch.dryRun) return undefined
  const tally = RunTally.of(run)
  return RunTally.isNothing(tally)
    ? undefined
    : { day: dayOf(run.occurrence), type: run.dispatch.type, tally }
}
