/**
 * Judges the publications of an actor, change by change and against the oracle. It writes down every fault in words.
 *
 * Instants are epoch milliseconds of the site's wall clock.
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchRecord } from "@effect-dispatch/core/DispatchClient"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { isCommand, type MissedRun, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { Duration } from "effect"
import * as Oracle from "../Oracle.ts"
import type { StateAndCause } from "../SimulationReport.ts"
import { Accounts } from "./accounts.ts"
import { type ClockView, tolerance } from "./clockView.ts"
import { differences } from "./differences.ts"
import { Inheritance } from "./inheritance.ts"
import { type Believable, LifecycleJudge } from "./lifecycleJudge.ts"
import { type Period, runsIn } from "./period.ts"
import { Punctuality } from "./punctuality.ts"
import { isSameKind, sayTheSame, steersTheSame } from "./sameness.ts"
import { isUnread, type Noted } from "./siteNotes.ts"

/** A command may be executed this late. */
const catchUpWindow = 60_000

/** The announcements of one process, and of all before it as far as they matter. */
export class Judge {
  readonly violations: Array<string> = []
  /** The last `Running` of everything that a subscriber believes to run. */
  readonly told = new Map<DispatchId, RunningStateChange>()
  readonly #lifecycle: LifecycleJudge
  readonly clock: ClockView
  readonly punctuality: Punctuality
  /** The changes published since the last call, in order. */
  #published: Array<RunningStateChange> = []
  #touched = new Set<DispatchId>()
  readonly inheritance = new Inheritance()
  readonly #executed = new Set<string>()
  /** The occurrence of the last run told: it counts as executed if its dispatch has become a command. */
  readonly #begun = new Map<DispatchId, number>()
  /** Runs, and commands, that were told without a note: the next process may not know of them. */
  readonly #unnoted = new Set<DispatchId | string>()
  /** The occurrences this process announced, or reported as missed. */
  readonly #accounts = new Accounts()
  #openCommand: RunningStateChange | undefined
  /** True if an earlier process may have noted more than it told: then there may be one stop too many. */
  mayOwe = false
  /** Set once another process has taken over the store: nothing may start any more. */
  isFenced = false
  readonly causes: { [cause in StateAndCause]?: number } = {}
  edges = 0
  stops = 0
  missedRuns = 0

  constructor(service: Believable, clock: ClockView) {
    this.#lifecycle = new LifecycleJudge(service, (what) => this.wrong(what))
    this.clock = clock
    this.punctuality = new Punctuality(clock)
  }

  /** The dispatches a subscriber knows. */
  get known(): Map<DispatchId, Dispatch> {
    return this.#lifecycle.known
  }

  /** A new process begins, and answers for the announcements of the last one, as far as they were noted. */
  beginProcess(noted: Noted): void {
    this.isFenced = false
    // Stops that one process owes and has not told are owed by the next.
    this.mayOwe = noted !== "nothing" && (this.mayOwe || noted !== "all")
    this.#leave(noted)
    this.told.clear()
    this.#lifecycle.beginProcess()
    this.#accounts.clear()
    this.#openCommand = undefined
    this.takePublished()
  }

  /** Leaves to the next process what is certain to be noted. */
  #leave(noted: Noted): void {
    if (noted === "nothing" || isUnread(noted)) {
      const records = noted === "unread" ? "UpToDate" : "MayBeBehind"
      if (isUnread(noted)) this.inheritance.beginUnread(this.told, records)
      else this.inheritance.clear()
      this.#executed.clear()
    } else {
      for (const one of this.#unnoted) {
        if (typeof one === "string") this.#executed.delete(one)
        else this.told.delete(one)
      }
      const isCertain = noted === "all" || noted === "all and more"
      this.inheritance.begin(this.told, isCertain ? this.known : undefined)
    }
    this.#unnoted.clear()
  }

  /** Runs that an earlier process announced: those that must not run are stopped, and confirmed ones are told again. */
  inheritedAtRest(dispatches: ReadonlyArray<Dispatch>, wait: "IsOver" | "IsOn", now: number): void {
    for (const id of this.inheritance.over(now)) {
      this.wrong(
        `R11: at ${now} dispatch ${id} must not run, was announced by an earlier process, and is not stopped`
      )
    }
    // A start waits for its note until that is given up (S10).
    if (!this.clock.isPrompt()) return
    const confirmed = new Set(dispatches.map(({ id }) => id))
    for (const id of this.inheritance.ids()) {
      if (wait === "IsOver" || confirmed.has(id)) {
        this.wrong(
          `R11: dispatch ${id} was running when a process ended, and is neither stopped nor started again`
        )
      }
    }
  }

  /** The wall clock was set back: occurrences that lie ahead again may be told again. */
  clockWentBackTo(now: number): void {
    this.#accounts.goBackTo(now)
  }

  wrong(what: string): void {
    this.violations.push(what)
  }

  /** The changes published since the last call, and the dispatches that had an event meanwhile. */
  takePublished(): {
    readonly changes: ReadonlyArray<RunningStateChange>
    readonly touched: ReadonlySet<DispatchId>
  } {
    const taken = { changes: this.#published, touched: this.#touched }
    this.#published = []
    this.#touched = new Set()
    return taken
  }

  change(change: RunningStateChange, now: number): void {
    this.#published.push(change)
    this.edges += 1
    const kind = `${change.state} ${change.cause}` as StateAndCause
    this.causes[kind] = (this.causes[kind] ?? 0) + 1
    const { id } = change.dispatch
    const at = change.at.epochMilliseconds
    if (this.isFenced && change.state === "Running") this.wrong(`S10: fenced, and dispatch ${id} is started`)
    if (at > now + tolerance)
      this.wrong(`dispatch ${id}: ${change.state} for ${at} was published early, at ${now}`)
    if (!this.punctuality.isInTime(change, Math.floor(now), { isTold: this.told.has(id) }))
      this.wrong(`dispatch ${id}: ${change.state} for ${at} was published at ${now}`)
    if (
      this.#openCommand !== undefined &&
      (change.state !== "Stopped" || this.#openCommand.dispatch.id !== id)
    ) {
      this.wrong(`R9: the command of dispatch ${this.#openCommand.dispatch.id} is not followed by its stop`)
    }
    if (change.state === "Running") {
      const occurrence = change.occurrence.epochMilliseconds
      this.#accounts.add(id, occurrence, occurrence, change.decidedAt.epochMilliseconds)
    }
    if (isCommand(change)) this.#command(change, now)
    else if (change.state === "Running") this.#running(change)
    else this.#stopped(change)
  }

  #command(change: RunningStateChange, now: number): void {
    const { dispatch, state } = change
    if (state === "Stopped") {
      this.#openCommand = undefined
      return
    }
    this.#openCommand = change
    const occurrence = change.occurrence.epochMilliseconds
    const key = `${dispatch.id} at ${occurrence}`
    if (this.#executed.has(key)) this.wrong(`R9: the command ${key} was executed twice`)
    this.#executed.add(key)
    if (!this.clock.isNoting()) this.#unnoted.add(key)
    if (Oracle.occurrences(dispatch, occurrence, occurrence).length === 0 || !dispatch.active) {
      this.wrong(`R9: the command ${key} has no such occurrence`)
    }
    const late = change.decidedAt.epochMilliseconds - occurrence
    if (late < 0 || late > catchUpWindow) this.wrong(`the command ${key} was executed ${late} ms late`)
    const { cause } = change
    if (late > 0 && (cause === "Updated" || cause === "Resync") && !this.#wasOverdue(change, now)) {
      this.wrong(`the command ${key} was executed by an update, ${late} ms late`)
    }
  }

  /** True if a command was due before the update at hand, but nobody woke up in time, or it waited for its note. */
  #wasOverdue(change: RunningStateChange, now: number): boolean {
    const before = this.known.get(change.dispatch.id)
    // Then it is created in the same evaluation.
    if (before === undefined) return true
    if (!this.punctuality.mayBeOverdue(change, now)) return false
    const { active, duration } = before
    const occurrence = change.occurrence.epochMilliseconds
    return (
      active &&
      Duration.toMillis(duration) === 0 &&
      Oracle.occurrences(before, occurrence, occurrence).length > 0
    )
  }

  #running(change: RunningStateChange): void {
    const { cause, dispatch } = change
    const { id } = dispatch
    const occurrence = change.occurrence.epochMilliseconds
    const decidedAt = change.decidedAt.epochMilliseconds
    const inherited = this.inheritance.get(id)
    const before = this.told.get(id) ?? inherited
    if (Oracle.runAt(dispatch, decidedAt) !== occurrence) {
      this.wrong(`dispatch ${id}: Running with occurrence ${occurrence} is not true at ${decidedAt}`)
    }
    const end = occurrence + Duration.toMillis(dispatch.duration)
    if ((change.until?.epochMilliseconds ?? Infinity) !== end) {
      this.wrong(`dispatch ${id}: Running until ${change.until}, not ${end}`)
    }
    const continues = end !== Infinity && Oracle.occurrences(dispatch, occurrence + 1, end).length > 0
    if (change.continues !== continues) this.wrong(`dispatch ${id}: continues is ${change.continues}`)
    if (before !== undefined) {
      if (!isSameKind(before.dispatch, dispatch)) {
        this.wrong(`R4: dispatch ${id} changed its type without having been stopped`)
      }
      const isSame = sayTheSame(before, change)
      if (isSame && inherited === undefined && !this.inheritance.takeReadLate(change))
        this.wrong(`R5: dispatch ${id}: Running for ${occurrence} was published twice`)
      const isRecovered = inherited !== undefined && cause === "Recovered"
      const named = change.previous?.updateTime
      if (isRecovered && !this.#previousOf(before, change).includes(named))
        this.wrong(
          `S10: dispatch ${id}: Running for ${occurrence} says wrongly what an earlier process had told`
        )
    }
    this.told.set(id, change)
    this.#begun.set(id, occurrence)
    if (this.clock.isNoting()) this.#unnoted.delete(id)
    else this.#unnoted.add(id)
    this.inheritance.settle(id)
  }

  /** The versions that a recovered run may name as previous: what was told, if nothing else was noted. */
  #previousOf(before: RunningStateChange, change: RunningStateChange): ReadonlyArray<bigint | undefined> {
    const isSame = sayTheSame(before, change)
    const told = before.dispatch.updateTime
    if (!this.mayOwe) return [isSame ? undefined : told]
    // A version between may have been noted, and never told; or the one before was not struck out yet.
    const named = change.previous?.updateTime
    const isOther = told !== change.dispatch.updateTime
    if (isSame) return [undefined, before.previous?.updateTime]
    return isOther ? [told, ...(named === undefined ? [] : [named])] : [undefined, named]
  }

  #stopped(change: RunningStateChange): void {
    this.stops += 1
    const { id } = change.dispatch
    const own = this.told.get(id)
    const before = own ?? this.inheritance.get(id)
    if (own === undefined) this.inheritance.stopped(change, this.clock.timers())
    this.told.delete(id)
    this.inheritance.settle(id)
    if (before === undefined) {
      // It was noted as announced, and the process ended before telling it: one stop too many, as agreed.
      if (!this.mayOwe) this.wrong(`dispatch ${id}: Stopped, but it was not running`)
      return
    }
    if (
      before.dispatch.updateTime !== change.dispatch.updateTime ||
      before.occurrence.epochMilliseconds !== change.occurrence.epochMilliseconds ||
      before.until?.epochMilliseconds !== change.until?.epochMilliseconds
    ) {
      this.wrong(`dispatch ${id}: Stopped is not about what was running`)
    }
  }

  /** A missed occurrence is one of an active dispatch, is over, and was neither announced nor missed before. */
  missed(run: MissedRun, now: number): void {
    const { dispatch } = run
    const { id } = dispatch
    const first = (run._tag === "MissedRun" ? run.occurrence : run.first).epochMilliseconds
    const last = (run._tag === "MissedRun" ? run.occurrence : run.last).epochMilliseconds
    const count = run._tag === "MissedRun" ? 1 : run.count
    this.missedRuns += count
    const what = `${run._tag} of dispatch ${id} from ${first} to ${last}`
    const isDone = (occurrence: number) =>
      run.reason === "LateWakeUp" &&
      (occurrence === this.told.get(id)?.occurrence.epochMilliseconds ||
        (Duration.toMillis(dispatch.duration) === 0 && this.#executed.has(`${id} at ${occurrence}`)))
    const due = Oracle.occurrences(dispatch, first, last).filter((occurrence) => !isDone(occurrence))
    const wasBegun = Duration.toMillis(dispatch.duration) === 0 && count < due.length
    const all = wasBegun ? due.filter((occurrence) => occurrence !== this.#begun.get(id)) : due
    if (!dispatch.active) this.wrong(`${what}: it is not active`)
    if (all.length !== count || all[0] !== first || all.at(-1) !== last) {
      this.wrong(`${what}, ${count} in number: there are ${all.length}`)
    }
    // Other readers have read the runs that a slow subscriber missed.
    if (run.reason === "SlowSubscriber") return
    if (last + Duration.toMillis(dispatch.duration) > now) this.wrong(`${what} is not over at ${now}`)
    const known = all.find((occurrence) => this.#accounts.has(id, occurrence, 0))
    if (known !== undefined) this.wrong(`${what}: ${known} was told before`)
    this.#accounts.add(id, first, last, now)
  }

  /** The clock was set forward some time after `from`, and went right after that: no occurrence may be passed over. */
  endLeap(untouched: ReadonlyArray<Dispatch>, from: number, to: number): void {
    for (const dispatch of untouched) {
      if (!dispatch.active) continue
      const length = Duration.toMillis(dispatch.duration)
      for (const occurrence of Oracle.occurrences(dispatch, from + 1, to - length)) {
        if (this.#accounts.has(dispatch.id, occurrence, length)) continue
        this.wrong(
          `between ${from} and ${to} the occurrence ${occurrence} of dispatch ${dispatch.id} was lost`
        )
      }
    }
  }

  event(event: DispatchEvent): void {
    this.#touched.add(event.dispatch.id)
    this.#lifecycle.event(event)
  }

  /**
   * At rest, exactly the known dispatches that should run do run. A site that has not noticed a change to its clock may
   * go by any instant that the clock has shown since it must have looked at it last (`seen`).
   */
  atRest(dispatches: ReadonlyArray<Dispatch>, seen: Period): void {
    const byId = new Map(dispatches.map((dispatch) => [dispatch.id, dispatch]))
    const now = seen.to
    for (const dispatch of dispatches) {
      const { id } = dispatch
      const possible = runsIn(dispatch, seen)
      const told = this.told.get(id)
      const mayWait = !this.clock.isPrompt() && [...possible].some((run) => run !== undefined)
      const occurrence = told?.occurrence.epochMilliseconds
      if (!possible.has(occurrence) && !mayWait) {
        this.wrong(`at ${now} dispatch ${id} runs since ${occurrence}, not ${[...possible].join(" or ")}`)
      } else if (told !== undefined && this.clock.isPrompt() && !steersTheSame(told.dispatch, dispatch)) {
        this.wrong(`at ${now} dispatch ${id} runs as an old version says`)
      }
      if (this.clock.isPrompt() && this.known.get(id)?.updateTime !== dispatch.updateTime) {
        this.wrong(`at ${now} dispatch ${id} is known in a version that was not published`)
      }
    }
    for (const id of this.told.keys()) {
      if (!byId.has(id)) this.wrong(`at ${now} dispatch ${id} runs, but is not known`)
    }
  }

  /** The site knows exactly the dispatches that the service holds. */
  converged(
    held: ReadonlyMap<DispatchId, DispatchRecord>,
    dispatches: ReadonlyArray<Dispatch>,
    now: number
  ): void {
    for (const difference of differences(held, dispatches, now)) this.wrong(difference)
  }

  /** While nothing was heard of a dispatch and the clock went right, exactly its edges were published. */
  edgesOf(dispatch: Dispatch, changes: ReadonlyArray<RunningStateChange>, after: number, upTo: number): void {
    const expected = Oracle.edges(dispatch, after, upTo).map(({ at, state }) => `${state} ${at}`)
    const published = changes
      .filter((change) => change.dispatch.id === dispatch.id && !this.inheritance.isReadLate(change))
      .map(({ at, state }) => `${state} ${at.epochMilliseconds}`)
    if (expected.join() !== published.join()) {
      this.wrong(
        `R7, R8: dispatch ${dispatch.id}: published ${published.join(", ")}; expected ${expected.join(", ")}`
      )
    }
  }
}
