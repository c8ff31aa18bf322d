/** One dispatch on the standard output, as a card or as JSON. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DateTime, Effect } from "effect"
import * as Card from "./card.ts"
import * as Json from "./json.ts"
import { print, readingColumns } from "./terminal.ts"
import * as Times from "./times.ts"

/** Shows a dispatch. */
export const printDispatch = Effect.fnUntraced(function* (
  dispatch: Dispatch,
  { json, utc }: { readonly json: boolean; readonly utc: boolean }
) {
  if (json) return yield* Json.line(dispatch)
  const lines = Card.dispatch(dispatch, {
    now: yield* DateTime.now,
    columns: yield* readingColumns,
    times: yield* Times.forScreen({ utc })
  })
  yield* Effect.forEach(lines, print, { discard: true })
})
