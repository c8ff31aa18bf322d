import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect } from "effect"
import * as Prompt from "effect/cli/Prompt"
import { clientLayer, explain } from "../connection.ts"
import { isAttended, isTerminal, tell } from "../output/terminal.ts"
import { UsageError } from "../UsageError.ts"
import { forEachId } from "./eachId.ts"

interface Options {
  readonly microgrid: MicrogridId
  readonly ids: ReadonlyArray<DispatchId>
  readonly yes: boolean
}

/** Deletes dispatches; a person is asked first. */
export const run = Effect.fnUntraced(function* ({ ids, microgrid, yes }: Options) {
  if (!yes && (yield* isAttended)) {
    if (!(yield* isTerminal)) {
      return yield* new UsageError({
        message: "the output is no terminal to ask on: give --yes to delete without being asked",
        example: "dispatch delete 1 3-5 --yes"
      })
    }
    const what = ids.length === 1 ? `dispatch ${ids[0]}` : `${ids.length} dispatches`
    const confirmed = yield* Prompt.run(
      Prompt.Confirm({ message: `Delete ${what} for ever?`, initial: false })
    )
    if (!confirmed) return yield* tell("Nothing was deleted.")
  }
  yield* Effect.gen(function* () {
    const client = yield* DispatchClient
    yield* forEachId(
      ids,
      (id) => Effect.catch(client.delete(microgrid, id), explain),
      (_, id) => tell(`#${id} deleted`)
    )
  }).pipe(Effect.provide(clientLayer))
})
