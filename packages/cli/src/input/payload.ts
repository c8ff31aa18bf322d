/** Payloads as people write them: a JSON object, with or without its outer braces. */
import { isPayload, type Payload } from "@effect-dispatch/core/Payload"
import { Option, Result } from "effect"

const parseJson = Option.liftThrowable((text: string): unknown => JSON.parse(text))

/** Reads a payload. */
export const parsePayload = (text: string): Result.Result<Payload, string> => {
  const trimmed = text.trim()
  const parsed = parseJson(trimmed.startsWith("{") ? trimmed : `{${trimmed}}`)
  return Option.isSome(parsed) && isPayload(parsed.value)
    ? Result.succeed(parsed.value)
    : Result.fail(`is not a JSON object; use for example '{"power_w": -5000}' (the braces may be left out)`)
}
