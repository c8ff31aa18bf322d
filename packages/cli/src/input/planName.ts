/** Names of plans. */
import { findFault } from "@effect-dispatch/core/DispatchName"
import { Result } from "effect"

/** Reads the name of a plan, which stands before a slash in the names that it gives. */
export const parsePlanName = (text: string): Result.Result<string, string> => {
  const fault = text.includes("/") ? "has a slash" : findFault(text)
  return fault === undefined ? Result.succeed(text) : Result.fail(fault)
}
