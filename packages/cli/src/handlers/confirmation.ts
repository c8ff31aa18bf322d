/** Questions before something is done that was perhaps not meant. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DateTime, Effect } from "effect"
import * as Prompt from "effect/cli/Prompt"
import { ShowsUtc } from "../output/screen.ts"
import { isAttended, isTerminal, messageColumns, tell } from "../output/terminal.ts"
import { hanging } from "../output/layout.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { UsageError } from "../UsageError.ts"

/** Most dispatches that are shown before a question. */
const shownMax = 10

/** Shows the dispatches that something is to be done to. */
export const tellWhich = Effect.fnUntraced(function* (dispatches: ReadonlyArray<Dispatch>) {
  const now = yield* DateTime.now
  const width = yield* messageColumns
  const times = yield* Times.forScreen({ utc: yield* ShowsUtc })
  const more = dispatches.length - shownMax
  const texts = [
    ...dispatches.slice(0, shownMax).map((dispatch) => Text.summary(dispatch, now, times)),
    ...(more > 0 ? [`and ${more.toLocaleString("en-US")} more`] : [])
  ]
  yield* Effect.forEach(
    texts.flatMap((text) => hanging("  ", text, width)),
    tell,
    { discard: true }
  )
})

/**
 * True if a person says yes. Where nobody can be asked, it fails, and names `--yes`: silence is no consent.
 */
export const confirmed = Effect.fnUntraced(function* (question: string, example: string) {
  if (!((yield* isAttended) && (yield* isTerminal))) {
    return yield* new UsageError({
      message: `${question} There is no terminal to ask on, so nothing is done: give --yes`,
      example
    })
  }
  // Ctrl-C at the question leaves the line.
  return yield* Effect.tapError(Prompt.run(Prompt.Confirm({ message: question, initial: false })), () =>
    tell("")
  )
})
