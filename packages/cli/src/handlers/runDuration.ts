/** The length of the runs of a dispatch to be created. */
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { Duration, Effect, Option, Result } from "effect"
import * as Prompt from "effect/cli/Prompt"
import { durationForms, parseDuration } from "../input/duration.ts"
import { isAttended, isTerminal, tell } from "../output/terminal.ts"
import { UsageError } from "../UsageError.ts"

/**
 * The length that is given. Without one a dispatch runs until it is stopped, which with a rule nobody means: then a
 * person is asked.
 */
export const runDuration = Effect.fnUntraced(function* (
  given: Option.Option<Duration.Duration>,
  rule: Rule | undefined,
  example: string
) {
  if (Option.isSome(given)) return given.value
  if (rule === undefined) return Duration.infinity
  if (!((yield* isAttended) && (yield* isTerminal))) {
    return yield* new UsageError({
      message: "what recurs needs a duration: how long each run is, or 0 for a command",
      example
    })
  }
  const text = yield* Effect.tapError(
    Prompt.run(Prompt.String({ message: question, validate: (value) => fault(parseDuration(value), value) })),
    () => tell("")
  )
  return yield* Effect.orDie(Effect.fromResult(parseDuration(text)))
})

const question = "How long is each run (such as 2h or 30 minutes; 0 for a command)?"

const fault = (read: Result.Result<unknown, string>, value: string): Effect.Effect<string, string> =>
  value.trim() === ""
    ? Effect.fail(`Give ${durationForms}`)
    : Result.isSuccess(read)
      ? Effect.succeed(value)
      : Effect.fail(`"${value}" ${read.failure}`)
