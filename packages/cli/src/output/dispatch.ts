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
  const now = yield* DateTime.now
  if (json) return yield* Json.line(Json.dispatch(dispatch, now))
  const lines = Card.dispatch(dispatch, {
    now,
    columns: yield* readingColumns,
    times: Times.make({ utc })
  })
  yield* Effect.forEach(lines, print, { discard: true })
})
