/** The last run of a dispatch, as its reporters tell it. */
import type { ReportedRun } from "@effect-dispatch/core/ReportedRun"
import * as RunText from "@effect-dispatch/core/RunText"
import type { DateTime } from "effect"
import * as Text from "./text.ts"
import type { Times } from "./times.ts"

/** The last run in a cell of a table: `ran 08:00`, with a mark where reporters contradict each other. */
export const short = (
  told: ReadonlyArray<ReportedRun>,
  { now, times }: { readonly now: DateTime.Utc; readonly times: Times }
): string => {
  const fates = [...new Set(told.map(({ run }) => RunText.fateWords[run.fate._tag]))].join(", ")
  const [first] = told
  if (first === undefined) return ""
  const mark = told.some(({ contradicted }) => contradicted) ? " !" : ""
  return `${fates} ${times.short(first.run.occurrence, now)}${mark}`
}

/** The last run in full, by one reporter. */
export const whole = ({ contradicted, reporter, run }: ReportedRun, times: Times): string => {
  const { fate, occurrence } = run
  const late = "lateMillis" in fate && fate.lateMillis !== undefined && fate.lateMillis >= 1
  const notes = RunText.notes(run)
  return [
    `${times.instant(occurrence)}: ${RunText.fateWords[fate._tag]}`,
    ...(fate._tag === "Ran" ? [`until ${times.near(fate.to, occurrence)}`] : []),
    ...(fate._tag === "Unknown" ? [`since ${times.near(fate.since, occurrence)}`] : []),
    ...(late ? [`${RunText.lateness(fate.lateMillis ?? 0)} late`] : []),
    ...(notes === "" ? [] : [notes]),
    `reported by ${Text.safe(reporter.name)}`,
    ...(contradicted ? ["another reporter says the contrary"] : [])
  ].join(", ")
}
