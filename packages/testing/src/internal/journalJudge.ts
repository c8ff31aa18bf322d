/**
 * Judges a journal: it has all that was told, once and in order, but for the last second before a kill; and each run that
 * was told or missed has exactly one account, the right one (J1 to J3). It shares no code with the journal.
 */
import type { JournalEntry } from "@effect-dispatch/core/JournalEntry"
import type { MissedRun, RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { keyOf, type Run } from "@effect-dispatch/core/Run"
import { RunBook } from "@effect-dispatch/core/RunBook"
import type { JournalMood, SimulatedJournal } from "./simulatedJournal.ts"

/** A change or missed run, in words, with the time (timers) at which it was told. */
interface Told {
  readonly words: string
  readonly time: number
}

/** The life of a process, as its subscribers saw it. */
interface Life {
  readonly changes: Array<Told>
  readonly missed: Array<Told>
  /** All that was told before this time must be in the journal. */
  writtenUpTo: number
}

/** Instants are epoch milliseconds of the site's wall clock, times those of the timers. */
export class JournalJudge {
  readonly #journal: SimulatedJournal
  readonly #timers: () => number
  readonly #lives: Array<Life> = []
  readonly #violations: Array<string> = []
  /** The time of the latest change of each dispatch. */
  readonly #changedAt = new Map<bigint, number>()

  constructor(journal: SimulatedJournal, timers: () => number) {
    this.#journal = journal
    this.#timers = timers
  }

  setMood(mood: JournalMood): void {
    this.#journal.setMood(mood, this.#timers())
  }

  beginProcess(): void {
    this.#journal.beginProcess()
    this.#lives.push({ changes: [], missed: [], writtenUpTo: 0 })
  }

  /** The process is killed: it writes nothing any more. */
  kill(): void {
    this.#journal.kill()
    this.#endWith(this.#journal.writtenUpTo(this.#timers()))
  }

  /** The process is about to end in good order: it writes the rest, if the journal works. */
  end(): void {
    this.#endWith(this.#journal.isWell(this.#timers()) ? Infinity : this.#journal.writtenUpTo(this.#timers()))
  }

  change(change: RunningStateChange, now: number): void {
    const { at, cause, dispatch, occurrence, state, until } = change
    const told = { state, id: dispatch.id, type: dispatch.type, occurrence, until, at, cause, now }
    this.#lives.at(-1)?.changes.push({ words: inWords(told), time: this.#timers() })
    this.#changedAt.set(dispatch.id, this.#timers())
  }

  missed(run: MissedRun, now: number): void {
    const [occurrence, count] =
      run._tag === "MissedRun" ? [run.occurrence, 1] : ([run.first, run.count] as const)
    const words = `Missed ${run.dispatch.id} ${occurrence.epochMilliseconds} ${count} ${run.reason} @${Math.floor(now)}`
    this.#lives.at(-1)?.missed.push({ words, time: this.#timers() })
  }

  /** The site is healed: all is written but the last second, and what runs now is told to run. */
  healed(running: ReadonlyMap<bigint, RunningStateChange>, now: number): void {
    const life = this.#lives.at(-1)
    const writtenUpTo = this.#timers() - 1_000
    if (life !== undefined) life.writtenUpTo = writtenUpTo
    const isWritten = (id: bigint) => (this.#changedAt.get(id) ?? -Infinity) < writtenUpTo
    const book = bookOf(this.#journal.entries)
    const open = book.runs.filter(({ fate }) => fate._tag === "Running")
    for (const { dispatch, occurrence } of running.values()) {
      const found = open.filter((run) => keyOf(run) === keyOf({ dispatch, occurrence }))
      if (found.length !== 1 && isWritten(dispatch.id)) {
        this.#wrong(
          `J1: ${keyOf({ dispatch, occurrence })} runs, and the journal tells of ${found.length} such runs`
        )
      }
    }
    for (const run of open) {
      const told = running.get(run.dispatch.id)
      if (told === undefined && !isOver(run, now) && isWritten(run.dispatch.id))
        this.#wrong(`J1: ${keyOf(run)} does not run, and the journal says so`)
    }
  }

  /** The simulation is over; gives the violations. */
  conclude(): ReadonlyArray<string> {
    this.#journal.written.forEach((entries, index) => {
      const life = this.#lives[index]
      if (life === undefined) return
      this.#compare(`process ${index}`, life.changes, entries.flatMap(changeInWords), life.writtenUpTo)
      this.#compare(`process ${index}`, life.missed, entries.flatMap(missedInWords), life.writtenUpTo)
    })
    this.#accounts(this.#journal.entries)
    return this.#violations
  }

  #wrong(what: string): void {
    this.#violations.push(what)
  }

  #endWith(writtenUpTo: number): void {
    const life = this.#lives.at(-1)
    if (life !== undefined) life.writtenUpTo = writtenUpTo
  }

  /** Written is what was told, in its order, up to some place. */
  #compare(
    where: string,
    told: ReadonlyArray<Told>,
    written: ReadonlyArray<string>,
    writtenUpTo: number
  ): void {
    written.forEach((words, index) => {
      if (told[index]?.words !== words) {
        this.#wrong(`J1: ${where}: the journal says ${words}, and told was ${told[index]?.words}`)
      }
    })
    const lost = told.slice(written.length).find(({ time }) => time < writtenUpTo)
    if (lost !== undefined) this.#wrong(`J3: ${where}: ${lost.words} is not in the journal`)
  }

  /** Each run that is told or missed has one account, and that is the right one. */
  #accounts(entries: ReadonlyArray<JournalEntry>): void {
    const runs = Map.groupBy(bookOf(entries).runs, keyOf)
    const named = new Map<string, Array<JournalEntry>>()
    for (const entry of entries) {
      if (!("occurrence" in entry.event)) continue
      const key = keyOf(entry.event)
      named.set(key, [...(named.get(key) ?? []), entry])
    }
    for (const [key, own] of named) {
      const [run, ...more] = runs.get(key) ?? []
      if (run === undefined || more.length > 0) {
        this.#wrong(`J1: ${key} has ${more.length + (run === undefined ? 0 : 1)} accounts`)
        continue
      }
      const fates = possibleFates(own, entries)
      if (!fates.includes(run.fate._tag)) {
        this.#wrong(`J1: ${key} is ${run.fate._tag} in the journal, not ${fates.join(" or ")}`)
      }
      const first = own.find(({ event }) => event._tag === "Running")
      if (first !== undefined && "from" in run.fate && run.fate.from !== undefined) {
        const { epochMilliseconds } = run.fate.from
        if (epochMilliseconds !== first.at.epochMilliseconds)
          this.#wrong(`J1: ${key} is said to run from ${epochMilliseconds}`)
      }
    }
    for (const key of runs.keys()) if (!named.has(key)) this.#wrong(`J1: nobody told of ${key}`)
  }
}

const bookOf = (entries: ReadonlyArray<JournalEntry>): RunBook => {
  const book = new RunBook({ endedMax: Infinity })
  for (const entry of entries) book.add(entry)
  return book
}

const isOver = ({ until }: Run, now: number): boolean => until !== undefined && until.epochMilliseconds <= now

/** The possible fates of a run, by its own entries and those that came after them. */
const possibleFates = (
  own: ReadonlyArray<JournalEntry>,
  all: ReadonlyArray<JournalEntry>
): ReadonlyArray<Run["fate"]["_tag"]> => {
  const last = own.findLast(({ event }) => event._tag === "Running" || event._tag === "Stopped")
  if (last === undefined) return ["Missed"]
  if (last.event._tag === "Stopped") return ["Ran"]
  // Another run of the dispatch, or its stop, may have ended it.
  const { dispatch } = last.event._tag === "Running" ? last.event : { dispatch: undefined }
  const later = all.slice(all.indexOf(last) + 1)
  const isOvertaken = later.some(
    ({ event }) =>
      (event._tag === "Running" || event._tag === "Stopped") && event.dispatch.id === dispatch?.id
  )
  const isLeft = later.some(({ event }) => event._tag === "Began")
  if (isOvertaken) return ["Ran", isLeft ? "Unknown" : "Running"]
  return [isLeft ? "Unknown" : "Running"]
}

const inWords = (told: {
  readonly state: string
  readonly id: bigint
  readonly type: string
  readonly occurrence: { readonly epochMilliseconds: number }
  readonly until: { readonly epochMilliseconds: number } | undefined
  readonly at: { readonly epochMilliseconds: number }
  readonly cause: string
  readonly now: number
}): string => {
  const { at, cause, id, now, occurrence, state, type, until } = told
  return `${state} ${id} ${type} ${occurrence.epochMilliseconds}-${until?.epochMilliseconds} for ${at.epochMilliseconds} ${cause} @${Math.floor(now)}`
}

const changeInWords = ({ at, event }: JournalEntry): ReadonlyArray<string> => {
  if (event._tag !== "Running" && event._tag !== "Stopped") return []
  const { _tag: state, cause, dispatch, occurrence, plannedAt, until } = event
  const { id, type } = dispatch
  return [inWords({ state, id, type, occurrence, until, at: plannedAt, cause, now: at.epochMilliseconds })]
}

const missedInWords = ({ at, event }: JournalEntry): ReadonlyArray<string> => {
  if (event._tag !== "Missed") return []
  const { count, dispatch, occurrence, reason } = event
  return [`Missed ${dispatch.id} ${occurrence.epochMilliseconds} ${count} ${reason} @${at.epochMilliseconds}`]
}
