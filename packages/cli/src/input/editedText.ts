/** A dispatch as text that a person edits: JSON below lines of comment. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as Payload from "@effect-dispatch/core/Payload"
import { Duration, Result } from "effect"
import * as Text from "../output/text.ts"
import type { Times } from "../output/times.ts"
import type { Draft } from "../schedule/draft.ts"
import { parseJson } from "./payload.ts"
import { draftOf } from "./records.ts"

const comment = "//"

/** The text of a dispatch. */
export const textOf = (dispatch: Dispatch, times: Times): string => {
  const { calendar, recurrence } = dispatch.toJSON()
  const shown = {
    startTime: times.iso(dispatch.startTime),
    duration: lengthOf(dispatch.duration),
    target: Text.target(dispatch.target),
    active: dispatch.active,
    payload: dispatch.payload,
    ...(calendar === undefined ? { recurrence } : { calendar })
  }
  return `${JSON.stringify(shown, undefined, 2)}\n`
}

const lengthOf = (duration: Duration.Duration): string | null => {
  if (!Duration.isFinite(duration)) return null
  return Duration.isZero(duration) ? "0s" : Text.duration(duration)
}

/** A text with lines of comment before it. */
export const commented = (lines: ReadonlyArray<string>, text: string): string =>
  lines.map((line) => `${comment} ${line}\n`).join("") + text

/** A text without its lines of comment. */
export const withoutComments = (text: string): string =>
  text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith(comment))
    .join("\n")

/** Reads an edited text; type and dry run stay as they are. Fails with the fault. */
export const parseEdited = (text: string, { dryRun, type }: Dispatch): Result.Result<Draft, string> =>
  Result.flatMap(parseJson(withoutComments(text)), (value) =>
    Payload.isPayload(value)
      ? Result.flatMap(unchangeable(value), (fields) => draftOf({ ...fields, type, dryRun }))
      : Result.fail("the text is not a JSON object")
  )

const unchangeable = (value: Payload.Payload): Result.Result<Payload.Payload, string> => {
  const field = ["type", "dryRun"].find((name) => name in value)
  return field === undefined
    ? Result.succeed(value)
    : Result.fail(`"${field}" of a dispatch never changes; copy the dispatch instead`)
}
