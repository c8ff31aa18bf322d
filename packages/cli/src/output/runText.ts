/** Runs as they really were, in words. Texts of applications disturb no terminal. */
import type { Run } from "@effect-dispatch/core/Run"
import type { ChangeCause, MissedReason } from "@effect-dispatch/core/RunningStateChange"
import { Duration } from "effect"
import * as Text from "./text.ts"

/** The fate of a run in a word. */
export const fateWords: { readonly [fate in Run["fate"]["_tag"]]: string } = {
  Planned: "planned",
  Running: "running",
  Ran: "ran",
  Missed: "missed",
  Unknown: "unknown"
}

const missedWords: { readonly [reason in MissedReason]: string } = {
  LateWakeUp: "the site woke up too late",
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

/** The reason of a missed run in words; a reason of a newer version as it is. */
export const missedReason = (reason: string): string =>
  Object.entries(missedWords).find(([name]) => name === reason)?.[1] ?? Text.safe(reason)

/** A lateness: `12 ms`, `3s`. */
export const lateness = (millis: number): string =>
  millis < 1_000 ? `${Math.round(millis)} ms` : Text.duration(Duration.seconds(Math.round(millis / 1_000)))

/** Further facts of a run, in a sentence: why it was missed or stopped, what failed, what the application says. */
export const notes = (run: Run): string => {
  const { actor, failures, failuresTotal, fate, outcome } = run
  const last = failures.at(-1)
  return [
    ...(fate._tag === "Missed" ? [missedReason(fate.reason)] : []),
    ...(fate._tag === "Missed" && fate.count > 1 ? [`${fate.count} in a row`] : []),
    ...(fate._tag === "Ran" && fate.stoppedBy !== undefined
      ? [`stopped early ${stoppedWords[fate.stoppedBy]}`]
      : []),
    ...(run.dispatch.dryRun ? ["dry run"] : []),
    ...(last === undefined
      ? []
      : [`${failuresTotal > 1 ? `failed ${failuresTotal} times` : "failed"}: ${Text.safe(last.reason)}`]),
    ...(actor !== undefined && actor.step !== "Failed" && actorWords[actor.step] !== undefined
      ? [`${actorWords[actor.step]}${actor.reason === undefined ? "" : `: ${Text.safe(actor.reason)}`}`]
      : []),
    ...(outcome === undefined ? [] : [Text.json(outcome)])
  ].join("; ")
}

/** Steps of an actor that a person should know of. */
const actorWords: { readonly [step in NonNullable<Run["actor"]>["step"]]?: string } = {
  Overran: "its finalizers took too long",
  TimedOut: "its time was over",
  Refused: "its payload could not be used"
}
