/** Changes and missed runs in words: what the model decides and what the timeline decides, in the same. */
import type * as Real from "@effect-dispatch/core/RunningStateChange"
import { t0 } from "../fixtures.ts"
import type { Change, MissedRun } from "./decisions.ts"

/** An instant in seconds after `t0`. */
export const seconds = (millis: number | undefined): string =>
  millis === undefined || millis === Infinity ? "∞" : String((millis - t0) / 1_000)

export const textOf = (change: Change): string =>
  [
    change.state,
    `#${change.version.id} v${change.version.number}`,
    `at ${seconds(change.at)} (${seconds(change.decidedAt)})`,
    `run ${seconds(change.occurrence)}..${seconds(change.until)}${change.continues ? " continues" : ""}`,
    change.cause,
    ...(change.previous === undefined ? [] : [`previous v${change.previous.number}`]),
    ...(change.next === undefined ? [] : [`next v${change.next.number}`])
  ].join(" ")

export const realTextOf = (change: Real.RunningStateChange): string =>
  [
    change.state,
    `#${change.dispatch.id} v${change.dispatch.updateTime}`,
    `at ${seconds(change.at.epochMilliseconds)} (${seconds(change.decidedAt.epochMilliseconds)})`,
    `run ${seconds(change.occurrence.epochMilliseconds)}..${seconds(change.until?.epochMilliseconds)}${change.continues ? " continues" : ""}`,
    change.cause,
    ...(change.previous === undefined ? [] : [`previous v${change.previous.updateTime}`]),
    ...(change.next === undefined ? [] : [`next v${change.next.updateTime}`])
  ].join(" ")

export const missedTextOf = ({ count, first, last, reason, version }: MissedRun): string =>
  `missed #${version.id} v${version.number} ${count} from ${seconds(first)} to ${seconds(last)} ${reason}`

export const realMissedTextOf = (run: Real.MissedRun): string => {
  const [first, last, count] =
    run._tag === "MissedRun" ? [run.occurrence, run.occurrence, 1] : [run.first, run.last, run.count]
  const range = `${count} from ${seconds(first.epochMilliseconds)} to ${seconds(last.epochMilliseconds)}`
  return `missed #${run.dispatch.id} v${run.dispatch.updateTime} ${range} ${run.reason}`
}

/** Of different dispatches, and of different reasons, the order of missed runs is not promised. */
export const inGroups = (texts: ReadonlyArray<string>): Array<string> => {
  const groupOf = (text: string) => text.replace(/^missed (#\d+) .* (\w+)$/, "$1 $2")
  return texts.toSorted((left, right) => groupOf(left).localeCompare(groupOf(right)))
}
