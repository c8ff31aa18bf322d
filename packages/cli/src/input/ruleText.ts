/** Rules as RRULE text. The parser is large, and loaded only then. */
import { inOneLine } from "@effect-dispatch/core/Refusal"
import { Effect, Result } from "effect"

/** Reads a rule, and its start if there is a DTSTART; fails with what is wrong with the text. */
export const recurrenceText = (text: string) =>
  Effect.gen(function* () {
    const { parse } = yield* Effect.promise(() => import("@effect-dispatch/core/RecurrenceText"))
    const parsed = Result.mapError(parse(text), (error) => `is not a rule: ${inOneLine(error)}`)
    return yield* Effect.fromResult(parsed)
  })
