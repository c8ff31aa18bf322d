/** The processes of a simulated site, one after the other, with their beginnings and ends. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchScheduler } from "@effect-dispatch/core/DispatchScheduler"
import { type Context, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as Oracle from "../Oracle.ts"
import * as Probe from "../Probe.ts"
import type { FailureMode } from "../SimulationReport.ts"
import type { Plan, Step } from "../SimulationPlan.ts"
import { simulationLengthMax } from "./drafts.ts"
import type { FragileStore } from "./fragileStore.ts"
import type { JournalJudge } from "./journalJudge.ts"
import type { Judge } from "./judge.ts"
import type { SiteClock } from "./siteClock.ts"
import { SiteNotes } from "./siteNotes.ts"
import * as SiteProcess from "./siteProcess.ts"

export type StepOf<Tag extends Step["_tag"]> = Extract<Step, { readonly _tag: Tag }>

/** Most looks at the clock in a simulation: this many times `maxSleep`, or it takes too long. */
const sleepsMax = 700

/** The surroundings of processes. */
export interface Surroundings {
  readonly plan: Plan
  readonly store: FragileStore
  readonly clock: SiteClock
  readonly journal: JournalJudge
  readonly services: Context.Context<DispatchClient | DispatchScheduler>
}

export class SiteLives {
  process: SiteProcess.SiteProcess | undefined
  readonly notes: SiteNotes
  readonly trace: Array<string> = []
  readonly counts: { [mode in FailureMode]?: number } = {}
  /** Another one for each run of a process or of its actor. */
  run: object = {}
  /** The number of changes that slow readers were spared. */
  conflated = 0
  readonly #surroundings: Surroundings
  readonly #judge: () => Judge
  #budget: number

  constructor(surroundings: Surroundings, judge: () => Judge) {
    const { clock, plan, store } = surroundings
    this.#surroundings = surroundings
    this.#judge = judge
    this.#budget = plan.maxSleep * sleepsMax
    this.notes = new SiteNotes(store, () => clock.timers, { isPersistent: plan.persistent })
  }

  start(lateListeners: boolean): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      this.run = {}
      const { noted } = this.notes
      this.process = yield* SiteProcess.start(this.#surroundings.plan, this.#judge(), this.trace, {
        noted,
        lateListeners,
        journal: this.#surroundings.journal
      })
      this.notes.begin()
    }).pipe(Effect.provideContext(this.#surroundings.services))
  }

  get end(): Effect.Effect<void> {
    return this.#endWith((journal) => journal.end())
  }

  #endWith(say: (journal: JournalJudge) => void): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      if (this.process === undefined) return
      const ending = this.process
      this.process = undefined
      say(this.#surroundings.journal)
      this.conflated += yield* SiteProcess.end(ending, this.#judge())
      // A write that hung ends with its process.
      this.#surroundings.store.endProcess()
      this.#surroundings.store.repair()
    })
  }

  get known(): Effect.Effect<ReadonlyArray<Dispatch>> {
    return Effect.suspend(() => this.process?.actor.dispatches ?? Effect.succeed([]))
  }

  count(mode: FailureMode): void {
    this.counts[mode] = (this.counts[mode] ?? 0) + 1
  }

  /** Takes time from the budget, as far as there is any. */
  spend(millis: number): number {
    const left = simulationLengthMax - this.#surroundings.clock.timers
    const spent = Math.max(0, Math.min(millis, this.#budget, left))
    this.#budget -= spent
    return spent
  }

  nextEdgeOf(dispatch: Dispatch): number {
    const { now } = this.#surroundings.clock
    return Oracle.edges(dispatch, now, now + 6 * 3_600_000)[0]?.at ?? now
  }

  crash(crash: StepOf<"Crash">): Effect.Effect<void> {
    const { atWrite, downFor, lateListeners = false } = crash
    return Effect.gen({ self: this }, function* () {
      this.count("crash")
      const process = this.process
      if (atWrite && this.notes.noted === "all" && process !== undefined) {
        yield* this.#crashAtWrite(process, crash)
      } else {
        // With all its notes; half of the time it is killed, as its journal sees it.
        yield* this.#endWith((journal) => (crash.written ? journal.kill() : journal.end()))
      }
      if (!this.#surroundings.plan.persistent) this.count("restartWithoutMemory")
      if (lateListeners) this.count("onlyAnotherTypeListens")
      yield* TestClock.adjust(this.spend(downFor))
      yield* this.start(lateListeners)
    })
  }

  /** The process ends in the midst of its next write. */
  #crashAtWrite({ scope }: SiteProcess.SiteProcess, { written }: StepOf<"Crash">): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const { clock, journal, plan, store } = this.#surroundings
      store.breakAtNextWrite(written)
      const edges = (yield* this.known).map((dispatch) => this.nextEdgeOf(dispatch))
      const next = Math.min(...edges.filter((at) => at > clock.now), clock.now + 60_000)
      yield* TestClock.adjust(this.spend(next - clock.now))
      yield* Probe.settled
      if (store.isBroken) this.count("crashWhileWriting")
      // A process that gives up a hanging write may have told more than it could note.
      this.notes.noted = SiteProcess.givesUp(plan) ? "before the store failed" : "all but the last"
      this.process = undefined
      store.endProcess()
      journal.kill()
      yield* SiteProcess.close(scope, this.#judge())
      store.repair()
    })
  }

  fence(downFor: number) {
    return Effect.gen({ self: this }, function* () {
      const { store } = this.#surroundings
      if (this.process === undefined || this.notes.noted !== "all") return
      this.count("storeFenced")
      store.setMood("fenced")
      this.#judge().isFenced = true
      yield* TestClock.adjust(this.spend(60_000))
      yield* Probe.settled
      const { actor, status } = this.process.actor
      const { _tag } = yield* status
      if (!(yield* actor.isRunning) && _tag !== "Stale") {
        this.#judge().wrong(`S10: fenced, the actor says ${_tag}`)
      }
      yield* this.end
      store.setMood("works")
      yield* TestClock.adjust(this.spend(downFor))
      // Changes noted before the refusal were not told any more.
      this.notes.noted = "all and more"
      yield* this.start(false)
    })
  }

  restartActor({ downFor, overlaps = false }: StepOf<"RestartActor">) {
    return Effect.gen({ self: this }, function* () {
      if (this.process === undefined) return
      this.count("actorStopped")
      this.run = {}
      const { actor } = this.process.actor
      const { clock } = this.#surroundings
      this.#judge().punctuality.stopWatching(clock.rightUntil, clock.now)
      if (overlaps) {
        this.count("startedWhileStopping")
        yield* Effect.forkDetach(actor.stop(), { startImmediately: true })
      } else {
        yield* actor.stop()
        yield* TestClock.adjust(this.spend(downFor))
      }
      yield* actor.start
      yield* Probe.settled
      this.#judge().punctuality.watchAgain(clock.now)
    })
  }
}
