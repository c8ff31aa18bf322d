/** Rules as RRULE text. The parser is large, and loaded only then. */
import type { LocalClock } from "@effect-dispatch/core/LocalClock"
import { inOneLine } from "@effect-dispatch/core/Refusal"
import { type DateTime, Effect, Option, Result } from "effect"
import { UsageError } from "../UsageError.ts"

const example = `--rrule "FREQ=DAILY;BYHOUR=8,20"`

/** The circumstances of a text: the clock of times without a zone, `--zone` if it was given, and the start. */
interface Surroundings {
  readonly clock: LocalClock
  readonly zone: Option.Option<LocalClock>
  readonly start: DateTime.Utc | undefined
}

/** Reads a rule, and its start if there is a DTSTART. The zone of a DTSTART is that of the rule. */
export const recurrenceText = Effect.fnUntraced(function* (
  text: string,
  { clock, start, zone }: Surroundings
) {
  const { parse } = yield* Effect.promise(() => import("@effect-dispatch/core/RecurrenceText"))
  const read = yield* Effect.mapError(
    Effect.fromResult(parse(text, { timeZone: clock.timeZone, start })),
    (error) => new UsageError({ message: `--rrule "${text}" is not a rule: ${inOneLine(error)}`, example })
  )
  const alone = parse(text)
  const own = Result.isSuccess(alone) && alone.success.start !== undefined ? alone.success.rule : undefined
  const isOther = (given: LocalClock): boolean =>
    own !== undefined && (own.timeZone === undefined ? !given.isUtc : own.timeZone !== given.timeZone)
  if (Option.exists(zone, isOther)) {
    return yield* new UsageError({
      message: `--zone says another zone than the DTSTART of --rrule, which is in ${own?.timeZone ?? "UTC"}; leave out one of them`,
      example
    })
  }
  return read
})
