/**
 * Runs as they really were, in words. Texts of applications are made safe to show.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"
import { duration, safe } from "./DispatchText.ts"
import type { Run } from "./Run.ts"
import type { ChangeCause, MissedReason } from "./RunningStateChange.ts"

/**
 * The fate of a run in a word.
 *
 * @category rendering
 * @since 0.1.0
 */
export const fateWords: { readonly [fate in Run["fate"]["_tag"]]: string } = {
  Planned: "planned",
  Running: "running",
  Ran: "ran",
  Missed: "missed",
  Unknown: "unknown"
}

const missedWords: { readonly [reason in MissedReason]: string } = {
  LateWakeUp: "the site was down or asleep",
  SlowSubscriber: "its reader was too slow",
  NotTold: "it could not be told in time",
  Unremembered: "nobody remembers if it was executed"
}

const stoppedWords: { readonly [cause in ChangeCause]: string } = {
  Scheduled: "by schedule",
  Created: "by a creation",
  Updated: "by a change",
  Deleted: "by its deletion",
  Resync: "when the service was set back",
  ClockJump: "when the clock was set",
  Recovered: "by the next process",
  Merged: "by another of its identity"
}

/**
 * The reason of a missed run in words; a reason of a newer version as it is.
 *
 * @category rendering
 * @since 0.1.0
 */
export const missedReason = (reason: string): string =>
  Object.entries(missedWords).find(([name]) => name === reason)?.[1] ?? safe(reason)

/**
 * The reason for which a run was stopped before its planned end, in words: `by its deletion`.
 *
 * @category rendering
 * @since 0.1.0
 */
export const stopReason = (cause: ChangeCause): string => stoppedWords[cause]

/**
 * A lateness: `12 ms`, `3s`.
 *
 * @category rendering
 * @since 0.1.0
 */
export const lateness = (millis: number): string =>
  millis < 1_000 ? `${Math.round(millis)} ms` : duration(Duration.seconds(Math.round(millis / 1_000)))

/**
 * Further facts of a run, in a sentence: why it was missed or stopped, what failed, what the application says.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Run, RunText } from "@effect-dispatch/core"
 * import { Schema } from "effect"
 *
 * const run = Schema.decodeSync(Run.Run)({
 *   dispatch: { id: "7", type: "CHARGE", dryRun: false, updateTime: "1795435200000000000" },
 *   occurrence: "2026-11-23T12:00:00.000Z",
 *   fate: { _tag: "Missed", reason: "LateWakeUp", count: 3 },
 *   failures: [],
 *   failuresTotal: 0
 * })
 * assert.strictEqual(RunText.notes(run), "the site was down or asleep; 3 in a row")
 * ```
 *
 * @see BEHAVIOUR J1
 * @category rendering
 * @since 0.1.0
 */
export const notes = (run: Run): string => {
  const { failures, failuresTotal, fate, outcome } = run
  const last = failures.at(-1)
  const step = actorStep(run)
  return [
    ...(fate._tag === "Missed" ? [missedReason(fate.reason)] : []),
    ...(fate._tag === "Missed" && fate.count > 1 ? [`${fate.count} in a row`] : []),
    ...(fate._tag === "Ran" && fate.stoppedBy !== undefined
      ? [`stopped early ${stopReason(fate.stoppedBy)}`]
      : []),
    ...(run.dispatch.dryRun ? ["dry run"] : []),
    ...(last === undefined
      ? []
      : [`${failuresTotal > 1 ? `failed ${failuresTotal} times` : "failed"}: ${safe(last.reason)}`]),
    ...(step === undefined ? [] : [step]),
    ...(outcome === undefined ? [] : [safe(JSON.stringify(outcome))])
  ].join("; ")
}

/**
 * The last step of the application's actor, where a person should know of it: `its time was over`.
 *
 * @category rendering
 * @since 0.1.0
 */
export const actorStep = ({ actor }: Pick<Run, "actor">): string | undefined => {
  const words = actor && actorWords[actor.step]
  if (words === undefined) return undefined
  return actor?.reason === undefined ? words : `${words}: ${safe(actor.reason)}`
}

const actorWords: { readonly [step in NonNullable<Run["actor"]>["step"]]?: string } = {
  Overran: "its finalizers took too long",
  TimedOut: "its time was over",
  Refused: "its payload could not be used"
}
