/** The story of a run, fact by fact. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import type { Run } from "@effect-dispatch/core/Run"
import * as RunText from "@effect-dispatch/core/RunText"
import { Duration } from "effect"
import * as Times from "../time/times.ts"
import type { Zone } from "../time/zone.ts"
import type { ToldRun } from "../worker/protocol.ts"

/** A fact: its name, and what there is to say, line by line. */
export interface Fact {
  readonly name: string
  readonly lines: ReadonlyArray<string>
}

/** Shortest lateness that is worth a word, in milliseconds. */
const lateMin = 1

/** The facts of a run. Texts of others are safe to show. */
export const factsOf = (told: ToldRun, zone: Zone): ReadonlyArray<Fact> => {
  const { arrivedAt, reporter, run } = told
  const facts: ReadonlyArray<readonly [name: string, ...lines: ReadonlyArray<string>]> = [
    ["Planned", plannedText(run, zone)],
    ...fateFacts(run, zone),
    ["Failed", ...failureLines(run, zone)],
    ["Its application", ...given(RunText.actorStep(run))],
    ["It says", ...(run.outcome === undefined ? [] : [pretty(run.outcome)])],
    ["Reported by", DispatchText.safe(reporter.name), `told ${Times.full(zone, millis(arrivedAt))}`]
  ]
  return facts.flatMap(([name, ...lines]) => (lines.length === 0 ? [] : [{ name, lines }]))
}

const given = (text: string | undefined): ReadonlyArray<string> => (text === undefined ? [] : [text])

const millis = (at: { readonly epochMilliseconds: number }): number => Times.wholeSecond(at.epochMilliseconds)

const pretty = (outcome: unknown): string => DispatchText.safeLines(JSON.stringify(outcome, undefined, 2))

const plannedText = ({ occurrence, until }: Run, zone: Zone): string => {
  const begin = millis(occurrence)
  if (until === undefined) return `${Times.full(zone, begin)}, until it is stopped`
  const end = millis(until)
  return end === begin
    ? `${Times.full(zone, begin)}, a command`
    : `${Times.full(zone, begin)} – ${Times.moment(zone, end, begin)}`
}

/** The fate of a run, in facts. */
const fateFacts = (run: Run, zone: Zone): ReadonlyArray<readonly [string, ...ReadonlyArray<string>]> => {
  const { fate, occurrence } = run
  const near = (at: { readonly epochMilliseconds: number }) =>
    Times.moment(zone, millis(at), millis(occurrence))
  const late = "lateMillis" in fate && fate.lateMillis !== undefined && fate.lateMillis >= lateMin
  const facts = {
    late: ["Late", ...(late ? [RunText.lateness(fate.lateMillis ?? 0)] : [])] as const,
    on: (onMillis: number) => ["On for", lengthText(onMillis)] as const
  }
  switch (fate._tag) {
    case "Planned":
      return [["Ran", "not yet"]]
    case "Running":
      return [["Runs", `since ${near(fate.from)}`], facts.late, facts.on(fate.onMillis)]
    case "Ran":
      return [
        ["Ran", `${fate.from === undefined ? "from an unknown time" : near(fate.from)} – ${near(fate.to)}`],
        facts.late,
        facts.on(fate.onMillis),
        ["Stopped", ...(fate.stoppedBy === undefined ? [] : [`early, ${RunText.stopReason(fate.stoppedBy)}`])]
      ]
    case "Missed": {
      const last = fate.last === undefined ? "" : `, the last ${near(fate.last)}`
      const row = fate.count > 1 ? [`${fate.count} in a row${last}`] : []
      return [["Missed", RunText.missedReason(fate.reason), ...row]]
    }
    case "Unknown":
      return [
        ["Unknown", `since ${near(fate.since)}: the site could not tell`],
        ...(fate.from === undefined ? [] : [["Ran", `from ${near(fate.from)}`] as const]),
        facts.late
      ]
  }
}

const lengthText = (onMillis: number): string =>
  onMillis < 1_000 ? `${onMillis} ms` : DispatchText.duration(Duration.seconds(Math.round(onMillis / 1_000)))

const failureLines = ({ failures, failuresTotal }: Run, zone: Zone): ReadonlyArray<string> => [
  ...(failuresTotal > 1 ? [DispatchText.counted(failuresTotal, "time")] : []),
  ...failures.map(({ at, reason }) => `${Times.clock(zone, millis(at))}: ${DispatchText.safe(reason)}`)
]

/** A run in a line: what became of it, and the one thing to know beside it. */
export const inShort = ({ run }: ToldRun, zone: Zone): string => {
  const { failuresTotal, fate, occurrence } = run
  const near = (at: { readonly epochMilliseconds: number }) =>
    Times.moment(zone, millis(at), millis(occurrence))
  const notes = [
    ...(fate._tag === "Ran" ? [`until ${near(fate.to)}`] : []),
    ...("lateMillis" in fate && fate.lateMillis !== undefined && fate.lateMillis >= 1_000
      ? [`${RunText.lateness(fate.lateMillis)} late`]
      : []),
    ...(fate._tag === "Missed" ? [RunText.missedReason(fate.reason)] : []),
    ...(fate._tag === "Ran" && fate.stoppedBy !== undefined ? ["stopped early"] : []),
    ...(failuresTotal === 0 ? [] : [failuresTotal === 1 ? "failed once" : `failed ${failuresTotal} times`])
  ]
  return [RunText.fateWords[fate._tag], ...notes].join(", ")
}
