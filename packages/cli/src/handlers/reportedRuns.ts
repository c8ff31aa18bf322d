/** Runs as sites report them, where the service knows any. They never keep a dispatch from being shown. */
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import { type DateTime, Effect, Stream } from "effect"
import { tellSentences } from "../output/terminal.ts"
import * as Text from "../output/text.ts"

/** Runs by dispatch, each as its reporters tell it. */
export type RunsById = ReadonlyMap<DispatchId, ReadonlyArray<ReportedRun>>

/** More ids than this are asked for all together. */
const idsMax = 1_000

/** The last runs of these dispatches; none where the service takes no reports, or does not answer. */
export const lastRunsOf = (microgridId: MicrogridId, ids: ReadonlyArray<DispatchId>) =>
  byId("last runs", ids, (client) => client.last(microgridId, ids.length > idsMax ? undefined : ids))

/** The runs of these dispatches that were planned to begin in an interval; none in the same cases. */
export const runsOf = (
  microgridId: MicrogridId,
  ids: ReadonlyArray<DispatchId>,
  interval: { readonly from: DateTime.Utc; readonly to: DateTime.Utc }
) => byId("runs that are over", ids, (client) => client.list(microgridId, { ids, ...interval }))

const byId = Effect.fnUntraced(function* (
  what: string,
  ids: ReadonlyArray<DispatchId>,
  ask: (client: ReportClient["Service"]) => Stream.Stream<ReportedRun, DispatchError>
): Effect.fn.Return<RunsById, never, ReportClient> {
  const client = yield* ReportClient
  const found = new Map<DispatchId, Array<ReportedRun>>()
  if (ids.length === 0 || !(yield* client.isOffered)) return found
  yield* Stream.runForEach(ask(client), (told) =>
    Effect.sync(() => {
      const { id } = told.run.dispatch
      const known = found.get(id)
      if (known === undefined) found.set(id, [told])
      else known.push(told)
    })
  ).pipe(
    Effect.catch(({ message }) => tellSentences(`The ${what} could not be read: ${Text.safeLines(message)}`))
  )
  return found
})
