/** Runs as sites report them, as pages ask for them. */
import type { ReportClient } from "@effect-dispatch/client/ReportClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import { DateTime, Effect, Stream } from "effect"
import type { Answer, RunQuery, ToldRun } from "./protocol.ts"

type Told = Effect.Effect<Answer, DispatchError>

/** Most runs of one page of the service. */
const pageSizeMax = 1_000

/** The latest runs that a query is for. */
export const runs = (
  reports: Pick<ReportClient["Service"], "list">,
  microgridId: MicrogridId,
  { from, ids, missed, most, to }: RunQuery
): Told => {
  const filter = {
    ...(ids.length === 0 ? undefined : { ids }),
    ...(from === null ? undefined : { from: DateTime.makeUnsafe(from) }),
    ...(to === null ? undefined : { to: DateTime.makeUnsafe(to) }),
    ...(missed ? { missed } : undefined)
  }
  // One more than is asked for tells if these are all.
  const pageSize = Math.min(pageSizeMax, most + 1)
  return Effect.map(
    Stream.runCollect(Stream.take(reports.list(microgridId, filter, { pageSize }), most + 1)),
    (found) => ({ ...told(found.slice(0, most)), isAll: found.length <= most })
  )
}

/** The last run of each of these dispatches. */
export const lastRuns = (
  reports: Pick<ReportClient["Service"], "last">,
  microgridId: MicrogridId,
  ids: ReadonlyArray<DispatchId>
): Told => Effect.map(Stream.runCollect(reports.last(microgridId, ids)), told)

const told = (found: ReadonlyArray<ReportedRun>): Extract<Answer, { readonly _tag: "Told" }> => ({
  _tag: "Told",
  runs: found.map(shown),
  isAll: true
})

const shown = ({ arrivedAt, contradicted, reporter, run }: ReportedRun): ToldRun => ({
  arrivedAt,
  contradicted,
  reporter,
  run
})
