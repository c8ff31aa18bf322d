/** The same call for many ids. */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { Effect, Stream } from "effect"
import { tell } from "../output/terminal.ts"
import { Failure } from "../UsageError.ts"

/** Most calls under way at once. */
const callsMax = 16

/** Calls for every id, shows each result in order, reports each failure, and fails if there was any. */
export const forEachId = Effect.fnUntraced(function* <A, E extends { readonly message: string }, R>(
  ids: ReadonlyArray<DispatchId>,
  call: (id: DispatchId) => Effect.Effect<A, E, R>,
  show: (result: A, id: DispatchId) => Effect.Effect<void>
) {
  let failed = 0
  const results = Stream.fromIterable(ids).pipe(
    Stream.mapEffect((id) => Effect.map(Effect.result(call(id)), (result) => ({ id, result })), {
      concurrency: callsMax
    })
  )
  yield* Stream.runForEach(results, ({ id, result }) => {
    if (result._tag === "Success") return show(result.success, id)
    failed += 1
    return tell(`#${id}: ${result.failure.message}`)
  })
  if (failed === 0) return
  return yield* new Failure({ message: summary(failed, ids.length) })
})

/** Nothing, for one id: its failure has been reported. */
const summary = (failed: number, all: number): string => {
  if (all === 1) return ""
  return failed === all ? `All ${all} failed.` : `${failed} of ${all} failed.`
}
