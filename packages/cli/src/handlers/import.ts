import { basename } from "node:path"
import type { Target } from "@effect-dispatch/core/Target"
import { Effect, Option } from "effect"
import { type LeftOut, parseCalendar } from "../calendar/calendarReading.ts"
import { dash, readSource } from "../input/source.ts"
import { print, tellSentences } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { ofNew } from "../plan/planWriting.ts"
import { Failure, UsageError } from "../UsageError.ts"

interface Options {
  readonly file: string
  readonly plan: Option.Option<string>
  readonly type: Option.Option<string>
  readonly typeFromSummary: boolean
  readonly target: Target
  readonly keepGoing: boolean
  readonly utc: boolean
}

const example = "dispatch import week.ics --type CHARGE --target BATTERY"

/** Writes the events of a calendar as a plan. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const { file, keepGoing, target, type, typeFromSummary } = options
  if (Option.isSome(type) === typeFromSummary) return yield* oneType
  const text = yield* Effect.mapError(
    readSource(file),
    (fault) => new UsageError({ message: `${file} ${fault}`, example })
  )
  const { dispatches, leftOut } = yield* Effect.mapError(
    Effect.fromResult(parseCalendar(text, { type: Option.getOrUndefined(type), target })),
    (fault) => new Failure({ message: Text.safe(`${file} ${fault}`) })
  )
  yield* tellLeftOut(leftOut)
  if (leftOut.length > 0 && !keepGoing) {
    return yield* new Failure({ message: "No plan is written. --keep-going writes one of all else." })
  }
  const plan = Option.getOrElse(options.plan, () => planOf(file))
  yield* print(ofNew(dispatches, plan, yield* Times.forScreen(options)).trimEnd())
})

/** A plan has the name of its file, unless told otherwise. */
const planOf = (file: string): string | undefined =>
  file === dash ? undefined : basename(file).replace(/\.[^.]*$/, "")

const oneType = new UsageError({ message: "give either --type or --type-from-summary", example })

const tellLeftOut = (leftOut: ReadonlyArray<LeftOut>) =>
  Effect.forEach(
    [...leftOut].sort((one, other) => one.line - other.line),
    ({ line, message }) => tellSentences(Text.safe(`line ${line}: ${message}`)),
    { discard: true }
  )
