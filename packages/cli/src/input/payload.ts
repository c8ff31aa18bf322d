/** Payloads as people write them: a JSON object, with or without its outer braces. */
import { isPayload, type Payload } from "@effect-dispatch/core/Payload"
import { Option, Result } from "effect"

/** Reads a payload. */
export const parsePayload = (text: string): Result.Result<Payload, string> => {
  const trimmed = text.trim()
  return Result.flatMap(parseJson(trimmed.startsWith("{") ? trimmed : `{${trimmed}}`), (value) =>
    isPayload(value) ? Result.succeed(value) : notAnObject
  )
}

/** Reads JSON, in which every number is one that is kept as it was written. */
export const parseJson = (text: string): Result.Result<unknown, string> => {
  let tooLarge: string | undefined
  const parsed = parse(text, (key, value, context) => {
    if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      tooLarge ??= `has ${key === "" ? "" : `"${key}": `}${context?.source ?? value}, which is beyond 2^53 and would not be kept exactly; use a string`
    }
    return value
  })
  if (Option.isNone(parsed)) return notAnObject
  return tooLarge === undefined ? Result.succeed(parsed.value) : Result.fail(tooLarge)
}

const notAnObject = Result.fail(
  `is not a JSON object; use for example '{"power_w": -5000}' (the braces may be left out)`
)

/** A number comes with the text that it was written as. */
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown

const parse = Option.liftThrowable((text: string, reviver: Reviver): unknown => JSON.parse(text, reviver))
