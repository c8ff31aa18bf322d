/** The dispatches of a file that are to be created, whatever its form: one a line, or those of a plan. */
import { Option, Result } from "effect"
import { type Line, parseLines } from "../input/records.ts"
import { newDraft } from "./plan.ts"
import { parsePlan } from "./planReading.ts"

/** Reads the dispatches; ids and names of a plan do not count, since all are new. */
export const newDraftsOf = (text: string): ReadonlyArray<Line> =>
  isOneALine(text) ? parseLines(text) : draftsOfPlan(text)

/** True unless the text may be a plan: an object of JSON on its first line is a dispatch. */
const isOneALine = (text: string): boolean => {
  const first = text.split("\n").find((line) => line.trim() !== "") ?? ""
  const value = Option.getOrUndefined(parseJson(first))
  if (text.trim() === "") return true
  return typeof value === "object" && value !== null && !("dispatches" in value)
}

const parseJson = Option.liftThrowable((text: string): unknown => JSON.parse(text))

const draftsOfPlan = (text: string): ReadonlyArray<Line> => {
  const read = parsePlan(text)
  if (Result.isFailure(read)) {
    return read.failure.map(({ line, message }) => ({ line, read: Result.fail(message) }))
  }
  return read.success.dispatches.map((planned) => ({ line: planned.line ?? 1, read: newDraft(planned) }))
}
