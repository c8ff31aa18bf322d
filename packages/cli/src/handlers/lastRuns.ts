/** The last runs of dispatches, where the service knows any. They never keep a dispatch from being shown. */
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import { Effect, Stream } from "effect"
import { tellSentences } from "../output/terminal.ts"
import * as Text from "../output/text.ts"

/** The last runs by dispatch, each as its reporters tell it. */
export type LastRuns = ReadonlyMap<DispatchId, ReadonlyArray<ReportedRun>>

/** More ids than this are asked for all together. */
const idsMax = 1_000

/** The last runs of these dispatches; none where the service takes no reports, or does not answer. */
export const lastRunsOf = Effect.fnUntraced(function* (
  microgridId: MicrogridId,
  ids: ReadonlyArray<DispatchId>
): Effect.fn.Return<LastRuns, never, ReportClient> {
  const client = yield* ReportClient
  const found = new Map<DispatchId, Array<ReportedRun>>()
  if (ids.length === 0 || !(yield* client.isOffered)) return found
  const told = client.last(microgridId, ids.length > idsMax ? undefined : ids)
  yield* Stream.runForEach(told, (each) =>
    Effect.sync(() => {
      const { id } = each.run.dispatch
      found.set(id, [...(found.get(id) ?? []), each])
    })
  ).pipe(
    Effect.catch(({ message }) =>
      tellSentences(`The last runs could not be read: ${Text.safeLines(message)}`)
    )
  )
  return found
})
