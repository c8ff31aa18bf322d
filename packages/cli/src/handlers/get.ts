import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect } from "effect"
import { clientLayer, explain } from "../connection.ts"
import { formOf, printDispatch } from "../output/dispatch.ts"
import { print } from "../output/terminal.ts"
import { forEachId } from "./eachId.ts"
import { lastRunsOf } from "./reportedRuns.ts"

interface Options {
  readonly microgrid: MicrogridId
  readonly ids: ReadonlyArray<DispatchId>
  readonly json: boolean
  readonly utc: boolean
}

/** Shows dispatches, in the order asked for. */
export const run = (options: Options) =>
  Effect.gen(function* () {
    const client = yield* DispatchClient
    const form = yield* formOf(options)
    let shown = 0
    yield* forEachId(
      options.ids,
      (id) =>
        Effect.gen(function* () {
          const dispatch = yield* Effect.catch(client.get(options.microgrid, id), explain)
          // The answer has said if the service takes reports.
          const lastRuns = yield* lastRunsOf(options.microgrid, [id])
          return { dispatch, lastRuns: lastRuns.get(id) }
        }),
      ({ dispatch, lastRuns }) => {
        shown += 1
        const separated = options.json || shown === 1 ? Effect.void : print("")
        return Effect.andThen(separated, printDispatch(dispatch, form, lastRuns))
      }
    )
  }).pipe(Effect.provide(clientLayer))
