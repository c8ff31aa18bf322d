/**
 * The decisions of a timeline by the text of BEHAVIOUR.md and nothing else: slow, plain, and exact to every field.
 *
 * Instants and lengths are epoch milliseconds.
 */
import {
  catchUpWindow,
  type ChangeCause,
  type Change,
  type Decision,
  endOf,
  type Input,
  isCommand,
  isCommandAt,
  isTrue,
  lastEnd,
  type Left,
  type Missed,
  type MissedRun,
  nextOccurrence,
  notTold,
  runningOf,
  stopOf,
  summed,
  tolerance
} from "./decisions.ts"
import { Executions, goneMax } from "./executions.ts"
import { isOfOneKind, occurrences, runAt, type Version } from "./plainDispatch.ts"

interface Entry {
  version: Version | undefined
  /** The `Running` that consumers were told last, if they were not told to stop. */
  told: Change | undefined
  /** Announced by earlier processes, and gone on with as another version since. */
  earlier: ReadonlyArray<Change>
  /** True if an earlier process told it. */
  isToldElsewhere: boolean
  /** The occurrence of the `Running` that was told last, also if it was stopped since. */
  announced: number | undefined
  /** Decided, and not told yet. */
  upcoming: Array<Change>
  /** Announced by an earlier process, and not stopped: more than one if the type had changed. */
  inherited: ReadonlyArray<Change>
  isUnconfirmed: boolean
  /** Up to here, inclusive, occurrences have been dealt with. */
  dealtUpTo: number
}

/** The meaning of an evaluation for one dispatch. */
interface Turn {
  readonly inputs: ReadonlyArray<Input>
  readonly isInput: boolean
  /** The version in force so far, and from now on. */
  readonly before: Version | undefined
  readonly after: Version | undefined
  readonly cause: ChangeCause
}

/** One evaluation while it is made. */
interface Evaluation {
  readonly now: number
  readonly isSetBack: boolean
  readonly stops: Array<Change>
  readonly commands: Array<Change>
  readonly runs: Array<Change>
  readonly withdrawn: Array<Change>
  readonly missed: Array<MissedRun>
}

export class TimelineModel {
  evaluatedAt = -Infinity
  readonly entries = new Map<number, Entry>()
  readonly executions = new Map<number, Executions>()
  /** Ids that are gone and have executions, the one that went first first. */
  readonly gone = new Set<number>()
  forgottenUpTo = -Infinity

  evaluate(inputs: ReadonlyArray<Input>, wallClock: number): Decision {
    const evaluation = this.#begin(wallClock)
    const { isSetBack, now } = evaluation
    if (isSetBack) for (const entry of this.entries.values()) goBack(entry, now)
    const byId = Map.groupBy(inputs, ({ id }) => id)
    const ids = new Set([...this.entries.keys(), ...byId.keys()])
    for (const id of [...ids].sort((left, right) => left - right)) {
      this.#evaluateOne(id, byId.get(id) ?? [], evaluation)
    }
    evaluation.runs.sort((a, b) => a.occurrence - b.occurrence || a.version.id - b.version.id)
    const { commands, missed, runs, stops, withdrawn } = evaluation
    return { stops, starts: [...commands, ...runs], withdrawn, missed, clockStepped: isSetBack }
  }

  #evaluateOne(id: number, inputs: ReadonlyArray<Input>, evaluation: Evaluation): void {
    const { now } = evaluation
    const last = inputs.at(-1)
    const entry = this.entries.get(id) ?? newEntry(now)
    this.entries.set(id, entry)
    if (last === undefined && entry.isUnconfirmed) return this.#stopInherited(entry, evaluation)
    const turn: Turn = {
      inputs,
      isInput: last !== undefined,
      before: entry.version,
      after: last === undefined ? entry.version : last.version,
      cause: last?.cause ?? (evaluation.isSetBack ? "ClockJump" : "Scheduled")
    }
    // Nobody was told of a dispatch that is gone before it was confirmed.
    const isUnknown = entry.isUnconfirmed && inputs[0]?.version === undefined
    entry.isUnconfirmed = false
    const missed = [
      // An occurrence that was announced as a run is no command any more.
      ...this.#command(id, entry, turn, evaluation),
      ...this.#steer(entry, turn, evaluation)
    ].sort((left, right) => left.occurrence - right.occurrence)
    const isNotTold = ({ reason }: Missed) => reason === "NotTold"
    if (!isUnknown) {
      evaluation.missed.push(...summed(missed.filter((one) => !isNotTold(one))))
      evaluation.missed.push(...summed(missed.filter(isNotTold)))
    }
    entry.version = turn.after
    entry.dealtUpTo = now
    if (turn.after === undefined) this.#bury(id)
    else this.gone.delete(id)
  }

  /** Of a dispatch that no one has confirmed, only what must not run is told. */
  #stopInherited(entry: Entry, evaluation: Evaluation, cause?: ChangeCause): void {
    const { now } = evaluation
    entry.inherited = entry.inherited.filter((announced) => {
      const isOn = runAt(entry.version, now) !== undefined
      if (isOn && isOfOneKind(entry.version as Version, announced.version)) return true
      const why = cause ?? (evaluation.isSetBack ? "ClockJump" : "Scheduled")
      evaluation.stops.push(stopOf(announced, why, now, undefined, lastEnd(entry.version, now)))
      return false
    })
  }

  /** Runs with a length: what differs from what was told last. */
  #steer(entry: Entry, turn: Turn, evaluation: Evaluation): Array<Missed> {
    const { after, before, cause } = turn
    const { now } = evaluation
    const next = turn.isInput ? after : undefined
    const occurrence = runAt(after, now)
    const missed = missedRunsOf(entry, before, now, occurrence)
    const waiting = entry.upcoming.find(({ version }) => version.length > 0)
    const isConfirmed = entry.inherited.length > 0
    if (waiting !== undefined) {
      const isRight = isTrue(waiting, after, occurrence)
      if (isRight && waiting.decidedAt <= now) return missed
      withdraw(entry, waiting, evaluation)
      // The clock was set back: the same is decided as of now.
      if (isRight) return decide(entry, evaluation, { ...waiting, at: now, decidedAt: now, cause }, missed)
      const wasTold = [entry.told?.occurrence, entry.announced].includes(waiting.occurrence)
      if (waiting.until <= now && !wasTold) missed.unshift(notTold(waiting))
    }
    for (const announced of entry.inherited) {
      if (occurrence !== undefined && isOfOneKind(announced.version, after)) {
        if (entry.told !== undefined) entry.earlier = [...entry.earlier, entry.told]
        Object.assign(entry, { told: announced, isToldElsewhere: true })
      } else {
        evaluation.stops.push(stopOf(announced, cause, now, next))
      }
    }
    entry.inherited = []
    const isOver =
      entry.told !== undefined && !(occurrence !== undefined && isOfOneKind(entry.told.version, after))
    for (const announced of isOver ? entry.earlier : []) {
      evaluation.stops.push(stopOf(announced, cause, now, next))
    }
    if (isOver) entry.earlier = []
    if (entry.told !== undefined && !(occurrence !== undefined && isOfOneKind(entry.told.version, after))) {
      const edge = Math.min(entry.told.until, waiting?.until ?? Infinity)
      evaluation.stops.push(stopOf(entry.told, cause, now, next, edge))
      entry.told = undefined
    }
    const isSame = entry.told !== undefined && isTrue(entry.told, after, occurrence)
    if (after === undefined || occurrence === undefined || (isSame && !isConfirmed)) return missed
    const isNews = !isSame && (turn.isInput || entry.isToldElsewhere)
    const previous = isNews
      ? entry.told?.version
      : entry.earlier.findLast(({ version }) => version !== after)?.version
    return decide(entry, evaluation, runningOf(after, occurrence, cause, now, previous), missed)
  }

  /** Commands: executed when the clock stands at them, or late where that is allowed. */
  #command(id: number, entry: Entry, turn: Turn, evaluation: Evaluation): Array<Missed> {
    const { after, before, cause } = turn
    const { now } = evaluation
    // A run that was announced, and becomes a command, is done.
    for (const done of [...entry.inherited.map(({ occurrence }) => occurrence), entry.announced]) {
      if (done !== undefined && isCommandAt(after, done)) this.#execute(id, after as Version, done)
    }
    const overdue = isCommand(before)
      ? occurrences(before, entry.dealtUpTo + 1, now).filter((at) => !this.#executionsOf(id).has(at))
      : []
    const waiting = entry.upcoming.find(({ version }) => version.length === 0)
    const candidates = this.#candidates(id, turn, overdue, waiting, evaluation)
    const forgotten = candidates.filter((at) => this.#isForgotten(id, entry, at))
    const latest = Math.max(-Infinity, ...candidates.filter((at) => !forgotten.includes(at)))
    // The clock alone does not decide a waiting start anew.
    const stands = !turn.isInput && waiting?.occurrence === latest && waiting.decidedAt <= now
    const executed = now - latest <= catchUpWindow && !stands ? latest : undefined
    // An earlier evaluation has reported all that was due by then.
    const isReported = (at: number) => at <= entry.dealtUpTo && isCommandAt(before, at)
    const missed = forgotten
      .filter((at) => !isReported(at))
      .map((occurrence): Missed => {
        const version = overdue.includes(occurrence) ? before : after
        return { version: version as Version, occurrence, reason: "Unremembered" }
      })
    const isSuperseded = turn.isInput || executed !== undefined || overdue.length > 0
    if (waiting !== undefined && (isSuperseded || waiting.occurrence > now)) {
      withdraw(entry, waiting, evaluation)
      if (waiting.occurrence !== executed && waiting.occurrence <= now) missed.push(notTold(waiting))
    }
    if (executed !== undefined) {
      const running = runningOf(after as Version, executed, cause, now, undefined)
      evaluation.commands.push(running, stopOf(running, cause, now, undefined))
      entry.upcoming.push(running)
    }
    for (const at of overdue) {
      const isTold = at === executed || at === runAt(after, now) || forgotten.includes(at)
      // At this very instant the timer is not late: what a waiting input took away was never due.
      if (isTold || (at === now && !candidates.includes(at))) continue
      const reason = this.#isForgotten(id, entry, at) ? "Unremembered" : "LateWakeUp"
      missed.push({ version: before as Version, occurrence: at, reason })
    }
    return missed
  }

  /** The occurrences of a command of which the latest may be executed now. */
  #candidates(
    id: number,
    { after, inputs, isInput }: Turn,
    overdue: ReadonlyArray<number>,
    waiting: Change | undefined,
    { isSetBack, now }: Evaluation
  ): Array<number> {
    if (!isCommand(after)) return []
    // Without an input, an earlier occurrence is overdue; another is due only when the clock stands at it.
    const atNow = isInput || isSetBack ? occurrences(after, now, now) : []
    const isAnew = waiting !== undefined && (isInput || waiting.decidedAt > now)
    const again = isAnew && waiting.occurrence <= now ? [waiting.occurrence] : []
    const all = new Set([...overdue, ...atNow, ...again, ...this.#justCreated(inputs, now)])
    return [...all].filter((at) => isCommandAt(after, at) && !this.#executionsOf(id).has(at))
  }

  /** The latest occurrence that a creation, or a first sight, allows to be executed late. */
  #justCreated(inputs: ReadonlyArray<Input>, now: number): Array<number> {
    return inputs.flatMap(({ late, version }) =>
      late && isCommand(version) ? occurrences(version, now - catchUpWindow, now).slice(-1) : []
    )
  }

  /** A command's pair or a `Running` is told at this moment; a command that has waited for too long is not. */
  tell(change: Change, now: number): boolean {
    const { id } = change.version
    const entry = this.entries.get(id)
    if (entry === undefined) return false
    entry.upcoming = entry.upcoming.filter((other) => other !== change)
    if (change.version.length === 0 && now - change.occurrence > catchUpWindow) return false
    if (change.version.length > 0) {
      entry.earlier = []
      entry.told = change
      entry.isToldElsewhere = false
      entry.announced = change.occurrence
    } else {
      this.#execute(id, change.version, change.occurrence)
    }
    return true
  }

  #execute(id: number, version: Version, occurrence: number): void {
    const executions = this.#executionsOf(id)
    if (executions.has(occurrence)) return
    executions.add(version, occurrence)
    this.executions.set(id, executions)
  }

  isUpcoming(change: Change): boolean {
    return this.entries.get(change.version.id)?.upcoming.includes(change) === true
  }

  /** The runs as told last, by occurrence, then id. */
  running(): Array<Change> {
    return [...this.entries.values()]
      .flatMap(({ isToldElsewhere, told }) => (told === undefined || isToldElsewhere ? [] : [told]))
      .sort((a, b) => a.occurrence - b.occurrence || a.version.id - b.version.id)
  }

  /** The next instant at which something is to be decided, if nothing comes before. */
  nextWakeAt(): number {
    let earliest = Infinity
    for (const [, { inherited, isUnconfirmed, version }] of this.entries) {
      if (version === undefined || !version.active) continue
      if (isUnconfirmed && inherited.length === 0) continue
      const next = isUnconfirmed ? Infinity : nextOccurrence(version, this.evaluatedAt)
      earliest = Math.min(earliest, next, endOf(version, this.evaluatedAt))
    }
    return earliest
  }

  /** The knowledge that a process leaves to the next one if it ends now. */
  leave(): Array<Left> {
    return [...this.entries].map(([id, entry]) => ({
      id,
      version: entry.version,
      announced: [...entry.inherited, ...entry.earlier, ...(entry.told === undefined ? [] : [entry.told])],
      evaluatedAt: entry.dealtUpTo
    }))
  }

  /** A new process begins with what the last one left, and stops what must not run. */
  recover(left: ReadonlyArray<Left>, from: TimelineModel, wallClock: number): Decision {
    for (const [id, executions] of from.executions) this.executions.set(id, executions)
    for (const id of from.gone) this.gone.add(id)
    this.forgottenUpTo = from.forgottenUpTo
    for (const { evaluatedAt } of left) this.evaluatedAt = Math.max(this.evaluatedAt, evaluatedAt)
    const evaluation = this.#begin(wallClock)
    const { now } = evaluation
    for (const { announced, evaluatedAt, id, version } of [...left].sort((a, b) => a.id - b.id)) {
      const entry = newEntry(evaluatedAt <= now ? evaluatedAt : now - 1)
      this.entries.set(
        id,
        Object.assign(entry, {
          version,
          inherited: announced,
          announced: announced.at(-1)?.occurrence,
          isUnconfirmed: version !== undefined
        })
      )
      this.#stopInherited(entry, evaluation, "Recovered")
    }
    return { stops: evaluation.stops, starts: [], withdrawn: [], missed: [], clockStepped: false }
  }

  /** The clock as it is believed; nothing is decided yet. */
  #begin(wallClock: number): Evaluation {
    const isSetBack = wallClock < this.evaluatedAt - tolerance
    const now = isSetBack ? wallClock : Math.max(wallClock, this.evaluatedAt)
    this.evaluatedAt = now
    return { now, isSetBack, stops: [], commands: [], runs: [], withdrawn: [], missed: [] }
  }

  #executionsOf(id: number): Executions {
    return this.executions.get(id) ?? new Executions()
  }

  #isForgotten(id: number, entry: Entry, occurrence: number): boolean {
    if (this.#executionsOf(id).isForgotten(occurrence)) return true
    return entry.version === undefined && !this.executions.has(id) && occurrence <= this.forgottenUpTo
  }

  /** Its executions stay, as long as there are not too many of these. */
  #bury(id: number): void {
    this.entries.delete(id)
    if (!this.executions.has(id)) return
    this.gone.delete(id)
    this.gone.add(id)
    for (const first of this.gone) {
      if (this.gone.size <= goneMax) return
      this.gone.delete(first)
      this.forgottenUpTo = Math.max(this.forgottenUpTo, this.#executionsOf(first).latest)
      this.executions.delete(first)
    }
  }
}

/** Forgets the occurrences that lie ahead again. */
const goBack = (entry: Entry, now: number): void => {
  // This evaluation tells a run that begins at this very instant, unless it may tell nothing of it.
  entry.dealtUpTo = Math.min(entry.dealtUpTo, entry.isUnconfirmed ? now - 1 : now)
}

const newEntry = (now: number): Entry => ({
  version: undefined,
  told: undefined,
  earlier: [],
  isToldElsewhere: false,
  announced: undefined,
  upcoming: [],
  inherited: [],
  isUnconfirmed: false,
  dealtUpTo: now
})

const decide = (entry: Entry, { runs }: Evaluation, change: Change, missed: Array<Missed>): Array<Missed> => {
  runs.push(change)
  entry.upcoming.push(change)
  return missed
}

const withdraw = (entry: Entry, change: Change, evaluation: Evaluation): void => {
  entry.upcoming = entry.upcoming.filter((other) => other !== change)
  evaluation.withdrawn.push(change)
}

/** Occurrences of the version in force that came and went: over, not told, and not kept on by what comes after. */
const missedRunsOf = (
  { dealtUpTo, told }: Entry,
  version: Version | undefined,
  now: number,
  isOnNow: number | undefined
): Array<Missed> => {
  if (version === undefined || !version.active || version.length === 0) return []
  return occurrences(version, dealtUpTo + 1, now - version.length)
    .filter((occurrence) => occurrence !== told?.occurrence && occurrence !== isOnNow)
    .map((occurrence) => ({ version, occurrence, reason: "LateWakeUp" }))
}
