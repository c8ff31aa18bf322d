/**
 * Judges what is left after kills: what was planned, what the site told, what its journal has, and what the service was
 * told. Nothing is lost but the last second before a kill, nothing is there twice, and the order is kept.
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import type { ReportedRun, RunDay } from "@effect-dispatch/core/ReportedRun"
import { keyOf, runDispatchOf } from "@effect-dispatch/core/Run"
import { RunBook } from "@effect-dispatch/core/RunBook"
import * as RunTally from "@effect-dispatch/core/RunTally"
import { isDeepStrictEqual } from "node:util"
import { DateTime, Duration } from "effect"
import { inWords, type Life } from "./told.ts"

/** A process of the site: all that it wrote, and the end that it was given. */
export interface SiteLife {
  readonly lines: ReadonlyArray<Life & { readonly at: number }>
  readonly began: number
  readonly ended: number
  readonly isKilled: boolean
}

export interface Remains {
  /** The dispatches that nobody has asked to delete. */
  readonly planned: ReadonlyArray<Dispatch>
  readonly lives: ReadonlyArray<SiteLife>
  readonly entries: ReadonlyArray<JournalEntry>
  readonly reported: ReadonlyArray<ReportedRun>
  readonly days: ReadonlyArray<RunDay>
}

/** After a kill the entries of so many milliseconds may be missing. */
const mayBeMissing = 1_000

/** The faults that are found. */
export const judge = (remains: Remains): ReadonlyArray<string> => [
  ...numbered(remains.entries),
  ...remains.lives.flatMap((life) => kept(life, remains.entries)),
  ...ended(remains.lives),
  ...planned(remains),
  ...accounts(remains)
]

/** Numbers follow each other, and no entry says that some are lost. */
const numbered = (entries: ReadonlyArray<JournalEntry>): ReadonlyArray<string> =>
  entries.flatMap(({ event, number }, index) => [
    ...(number === BigInt(index + 1) ? [] : [`entry ${index + 1} has the number ${number}`]),
    ...(event._tag === "Lost" ? [`${event.count} entries are lost before ${number}`] : [])
  ])

/** The journal of a life has what was told, in its order, up to the last second before a kill. */
const kept = ({ began, ended, isKilled, lines }: SiteLife, all: ReadonlyArray<JournalEntry>) => {
  const entries = all.filter(({ at }) => began <= at.epochMilliseconds && at.epochMilliseconds <= ended)
  const written = entries.flatMap(({ event }) =>
    event._tag === "Running" || event._tag === "Stopped" ? [inWords({ ...event, state: event._tag })] : []
  )
  const told = lines.flatMap((line) => (line.tag === "told" ? [line] : []))
  const differs = written.findIndex((words, index) => words !== (told[index]?.words ?? words))
  const lost = told.slice(written.length).find(({ at }) => !isKilled || at < ended - mayBeMissing)
  return [
    ...(differs < 0 ? [] : [`the journal says ${written[differs]}, and told was ${told[differs]?.words}`]),
    ...(lost === undefined ? [] : [`${lost.words}, ${ended - lost.at} ms before the end, is in no journal`])
  ]
}

/** All that was told to run was told to stop, and a command was told once. */
const ended = (lives: ReadonlyArray<SiteLife>): ReadonlyArray<string> => {
  const last = new Map<string, string>()
  const commands = new Map<string, number>()
  for (const line of lives.flatMap(({ lines }) => lines)) {
    if (line.tag !== "told") continue
    if (line.isCommand) commands.set(line.words, (commands.get(line.words) ?? 0) + 1)
    else last.set(line.id, line.state)
  }
  return [
    ...[...last].flatMap(([id, state]) => (state === "Stopped" ? [] : [`${id} was never told to stop`])),
    ...[...commands].flatMap(([words, count]) => (count === 1 ? [] : [`${words}: ${count} times`]))
  ]
}

/** A start may be told so late. */
const mayBeLate = 500

/** The planned occurrences that the site knew of in time. */
export const knownInTime = ({
  lives,
  planned
}: Pick<Remains, "lives" | "planned">): ReadonlyArray<Dispatch> => {
  const known = new Map<string, number>()
  for (const line of lives.flatMap(({ lines }) => lines)) {
    if (line.tag === "known" && !known.has(line.id)) known.set(line.id, line.at)
  }
  return planned.filter(({ duration, id, startTime }) => {
    const length = Math.max(0, Duration.toMillis(duration) - mayBeLate)
    return (known.get(String(id)) ?? Infinity) < startTime.epochMilliseconds + length
  })
}

/** Each of them has run, was missed, or is unknown because nobody told at that time. */
const planned = (remains: Remains): ReadonlyArray<string> => {
  const book = new RunBook({ endedMax: Infinity })
  for (const entry of remains.entries) book.add(entry)
  return knownInTime(remains).flatMap((dispatch) => {
    const { id, startTime: occurrence } = dispatch
    if (book.run(keyOf({ dispatch: runDispatchOf(dispatch), occurrence }), id) !== undefined) return []
    const next = DateTime.add(occurrence, { milliseconds: 1 })
    return [...book.expected(dispatch, occurrence, next)].some(({ fate }) => fate._tag === "Unknown")
      ? []
      : [
          `${id} was planned for ${occurrence.epochMilliseconds} and known, and the journal tells nothing of it`
        ]
  })
}

/** The service knows each run of the journal once and as it was, and has counted it once. */
const accounts = ({ days, entries, reported }: Remains): ReadonlyArray<string> => {
  const book = new RunBook({ endedMax: Infinity })
  for (const entry of entries) book.add(entry)
  const told = Map.groupBy(reported, ({ run }) => keyOf(run))
  const known = new Map(book.runs.map((run) => [keyOf(run), run]))
  const counted = days.reduce((sum, { tally }) => RunTally.plus(sum, tally), RunTally.nothing)
  const expected = book.runs.reduce((sum, run) => RunTally.plus(sum, RunTally.of(run)), RunTally.nothing)
  return [
    ...[...told].flatMap(([key, runs]) =>
      runs.length === 1 ? [] : [`${key} is reported ${runs.length} times`]
    ),
    ...[...told.keys()].flatMap((key) => (known.has(key) ? [] : [`${key} is reported, and in no journal`])),
    ...[...known].flatMap(([key, run]) => {
      const there = told.get(key)?.[0]?.run
      if (there === undefined) return [`${key} is not reported`]
      return isDeepStrictEqual(there, run)
        ? []
        : [`${key} is reported as ${there.fate._tag}, not ${run.fate._tag}`]
    }),
    ...(isDeepStrictEqual(counted, expected) ? [] : ["the counts of days are not those of the runs"])
  ]
}
