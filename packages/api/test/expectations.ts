/** Questions to the results of the codec. */
import type { CodecError } from "@effect-dispatch/api/CodecError"
import { assert } from "@effect/vitest"
import { Result } from "effect"

/** The value, or the test fails with what the codec says. */
export const success = <A>(result: Result.Result<A, CodecError>): A =>
  Result.isSuccess(result) ? result.success : assert.fail(`${result.failure.path}: ${result.failure.message}`)

/** The refusal; without one the test fails. */
export const failure = (result: Result.Result<unknown, CodecError>): CodecError =>
  Result.isFailure(result) ? result.failure : assert.fail("it is not refused")

/** Asserts that something is refused at a path, with a message that says what is wrong. */
export const assertRefused = (
  result: Result.Result<unknown, CodecError>,
  path: string,
  message: RegExp | string
): void => {
  const error = failure(result)
  assert.strictEqual(error.path, path)
  if (typeof message === "string") assert.strictEqual(error.message, message)
  else assert.match(error.message, message)
}
