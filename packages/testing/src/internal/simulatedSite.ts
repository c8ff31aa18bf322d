/** A site in simulation: the steps of a plan happen to it, and after each it is judged. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchScheduler } from "@effect-dispatch/core/DispatchScheduler"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { FaultyNetwork } from "../FaultyNetwork.ts"
import * as Probe from "../Probe.ts"
import { ScriptedService } from "../ScriptedService.ts"
import type { FailureMode, Report } from "../SimulationReport.ts"
import type { Plan, Step } from "../SimulationPlan.ts"
import type { FragileStore, StoreMood } from "./fragileStore.ts"
import { Judge } from "./judge.ts"
import { SimulatedService } from "./simulatedService.ts"
import { SiteClock } from "./siteClock.ts"
import { SiteLives, type StepOf, type Surroundings } from "./siteLives.ts"
import * as SiteProcess from "./siteProcess.ts"

const storeFailures: { readonly [mood in StoreMood]?: FailureMode } = {
  fails: "storeFails",
  hangs: "storeHangs",
  failsToRead: "storeFailsToRead"
}

/** Begins with a first process. All instants are epoch milliseconds, all lengths milliseconds. */
export const begin = Effect.fnUntraced(function* (plan: Plan, store: FragileStore) {
  const services = yield* Effect.context<DispatchClient | DispatchScheduler>()
  const network = yield* FaultyNetwork
  const clock = yield* SiteClock.make(plan.maxSleep)
  const service = new SimulatedService(yield* ScriptedService, () => plan.startsAt + clock.timers)
  const site = new SimulatedSite(network, service, { plan, store, clock, services })
  yield* site.start
  return site
})

export class SimulatedSite {
  readonly judge: Judge
  readonly #network: FaultyNetwork["Service"]
  readonly #service: SimulatedService
  readonly #plan: Plan
  readonly #clock: SiteClock
  readonly #lives: SiteLives
  /** The clock was set forward under a run of the process, and nothing else was done to it since. */
  #leap: { readonly run: object; readonly from: number; readonly known: ReadonlyArray<Dispatch> } | undefined
  /** Nothing has ever gone wrong between site and service: the site knows the service's dispatches at once. */
  #isFaultless = true
  #jumps = 0
  #steps = 0

  constructor(network: FaultyNetwork["Service"], service: SimulatedService, surroundings: Surroundings) {
    const { clock, plan } = surroundings
    this.#network = network
    this.#service = service
    this.#plan = plan
    this.#clock = clock
    this.#lives = new SiteLives(surroundings, () => this.judge)
    this.judge = new Judge(service.history, {
      isRight: () => clock.isSettled,
      isPrompt: () => this.#lives.notes.isPrompt,
      isPromptSince: (time) => this.#lives.notes.isPromptSince(time),
      isNoting: () => this.#lives.notes.isNoting,
      timers: () => clock.timers
    })
  }

  get start(): Effect.Effect<void> {
    return this.#lives.start(false)
  }

  take(step: Step): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      this.#steps += 1
      yield* this.#act(step)
      yield* Probe.settled
      yield* this.#judgeAtRest
    })
  }

  /** Heals everything: within a bound the site must know everything, and be silent when it hears it twice. */
  get heal(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const clock = this.#clock
      const { maxSleep, resyncInterval, streamAgeMax } = this.#plan
      yield* this.#network.setFaults({})
      this.#leap = undefined
      yield* clock.setRate(1)
      this.#lives.process?.slowly.gate.openUnsafe()
      this.#lives.notes.set("works")
      // Writes that hung return before time goes on.
      yield* Probe.settled
      const bound =
        streamAgeMax * 1.1 + resyncInterval * 1.1 + maxSleep + (this.#service.hasRewritten ? 20 : 8) * 60_000
      yield* TestClock.adjust(Math.ceil(bound))
      yield* Probe.settled
      clock.forgiveSteps()
      yield* this.#judgeAtRest
      yield* this.#judgeHealed
      yield* this.#lives.end
    })
  }

  get report(): Effect.Effect<Report> {
    return Effect.gen({ self: this }, function* () {
      yield* this.#lives.end
      const occurred = { ...this.#lives.counts, ...(yield* this.#network.occurred) }
      const { causes, edges, missedRuns, stops, violations } = this.judge
      const counted = { causes, steps: this.#steps, edges, stops, missedRuns }
      const conflated = this.#lives.conflated
      return { violations, occurred, ...counted, conflated, jumps: this.#jumps, trace: this.#lives.trace }
    })
  }

  /** Moves the timers, and judges the changes published meanwhile. */
  #advance(millis: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const clock = this.#clock
      const before = yield* this.#lives.known
      const after = clock.now
      const wasRight = clock.isRight
      const since = clock.timers
      const runningProcess = this.#lives.process
      this.judge.takePublished()
      yield* TestClock.adjust(millis)
      yield* Probe.settled
      clock.moved()
      const published = this.judge.takePublished()
      if (!clock.isRight || runningProcess === undefined) return
      const isUntouched = yield* this.#untouched
      if (wasRight && this.#lives.notes.isPromptSince(since)) {
        const untouched = before.filter((one) => !published.touched.has(one.id) && isUntouched(one))
        for (const dispatch of untouched) {
          this.judge.edgesOf(dispatch, published.changes, after, clock.now)
        }
      } else if (this.#leap?.run === this.#lives.run) {
        const { from, known } = this.#leap
        this.#leap = undefined
        this.judge.endLeap(known.filter(isUntouched), from, clock.now)
      }
    })
  }

  /** Gives the test for versions that are known unchanged. */
  get #untouched(): Effect.Effect<(dispatch: Dispatch) => boolean> {
    return Effect.map(this.#lives.known, (dispatches) => {
      const still = new Map(dispatches.map((dispatch) => [dispatch.id, dispatch]))
      return (dispatch) => {
        const known = still.get(dispatch.id)
        // A service that tells two stories changes the content of a version.
        return known?.updateTime === dispatch.updateTime && known.sameContent(dispatch)
      }
    })
  }

  get #judgeAtRest(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const process = this.#lives.process
      if (process === undefined) return
      const clock = this.#clock
      const service = this.#service
      const dispatches = yield* this.#lives.known
      this.judge.atRest(dispatches, clock.seen)
      if (!clock.isKnown) return
      const { _tag } = yield* process.actor.status
      const isConfirmed = this.#isFaultless && _tag !== "Connecting"
      if (this.#lives.notes.isRead)
        this.judge.inheritedAtRest(dispatches, isConfirmed ? "IsOver" : "IsOn", clock.now)
      if (this.#isFaultless && this.#lives.notes.isPrompt) {
        this.judge.converged(service.held, dispatches, clock.now)
      }
      yield* Probe.settled
      for (const reader of process.readers) if (reader.gate.isOpen()) reader.judgeAtRest(clock.now)
    })
  }

  get #judgeHealed(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const process = this.#lives.process
      if (process === undefined) return
      const clock = this.#clock
      const service = this.#service
      const dispatches = yield* this.#lives.known
      this.judge.converged(service.held, dispatches, clock.now)
      const status = yield* process.actor.status
      this.judge.inheritedAtRest(dispatches, "IsOver", clock.now)
      if (status._tag !== "Synchronised") {
        this.judge.wrong(`S9: healed, the actor says ${JSON.stringify(status)}`)
      }
      const { length } = this.#lives.trace
      // A dispatch that is over and forgotten would be news.
      yield* service.redeliver((yield* this.#lives.known).map(({ id }) => id))
      yield* Probe.settled
      if (this.#lives.trace.length > length) {
        const told = this.#lives.trace.slice(length).join("; ")
        this.judge.wrong(`R10: a second delivery of all was answered with ${told}`)
      }
    })
  }

  #act(step: Step): Effect.Effect<void> {
    const service = this.#service
    switch (step._tag) {
      case "Advance":
        return this.#advance(this.#lives.spend(step.millis))
      case "AdvanceToEdge":
        return this.#advanceToEdge(step)
      case "Create":
        return service.create(step.draft)
      case "Update":
        return service.update(step.pick, step.changes)
      case "Delete":
        return service.delete(step.pick)
      case "Burst":
        return Effect.forEach(step.steps, (one) => this.#act(one), { discard: true })
      case "Subscribe":
        return this.#lives.process === undefined
          ? Effect.void
          : SiteProcess.subscribe(this.#lives.process, this.judge, step.type)
      case "TakeBackup":
        return Effect.sync(() => service.takeBackup())
      default:
        return this.#makeTrouble(step)
    }
  }

  #makeTrouble(
    step: Exclude<
      Step,
      StepOf<
        "Advance" | "AdvanceToEdge" | "Create" | "Update" | "Delete" | "Burst" | "Subscribe" | "TakeBackup"
      >
    >
  ): Effect.Effect<void> {
    const service = this.#service
    switch (step._tag) {
      case "BecomeUnreadable":
        this.#lives.count("unreadable")
        return service.becomeUnreadable(step.pick, step.lacks)
      case "RestartActor":
        return Effect.orDie(this.#lives.restartActor(step))
      case "SetFaults":
        this.#isFaultless &&= Object.keys(step.faults).length === 0
        return this.#network.setFaults(step.faults)
      case "StepClock":
        return this.#stepClock(step.millis)
      case "SetClockRate":
        return this.#setClockRate(step.rate)
      case "RestoreBackup":
        this.#lives.count("serviceSetBack")
        this.#isFaultless = false
        return service.restoreBackup()
      case "Rewrite":
        this.#lives.count("twoStories")
        this.#isFaultless = false
        return service.rewrite(step.pick, step.changes)
      case "SetStore":
        return Effect.sync(() => this.#setStore(step.mood))
      case "Fence":
        return Effect.orDie(this.#lives.fence(step.downFor))
      case "Crash":
        return this.#lives.crash(step)
      case "PauseReader":
        this.#lives.count("slowReader")
        return Effect.sync(() => this.#lives.process?.slowly.gate.closeUnsafe())
      case "ResumeReader":
        return Effect.sync(() => this.#lives.process?.slowly.gate.openUnsafe())
    }
  }

  #advanceToEdge({ off, pick }: StepOf<"AdvanceToEdge">): Effect.Effect<void> {
    return Effect.flatMap(this.#lives.known, (dispatches) => {
      const chosen = dispatches[Math.floor(pick * dispatches.length)]
      if (chosen === undefined) return Effect.void
      return this.#advance(this.#lives.spend(this.#lives.nextEdgeOf(chosen) - this.#clock.now + off))
    })
  }

  /** Sets the behaviour of the store. */
  #setStore(mood: StoreMood): void {
    const failure = storeFailures[mood]
    if (failure !== undefined) this.#lives.count(failure)
    this.#lives.notes.set(mood)
  }

  #stepClock(millis: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const clock = this.#clock
      this.#jumps += 1
      this.#lives.count(millis > 0 ? "clockForward" : "clockBack")
      const from = clock.isRight ? clock.now : undefined
      const known = yield* this.#lives.known
      const isLeap = millis > 0 && from !== undefined && this.#lives.process !== undefined
      this.#leap = isLeap ? { run: this.#lives.run, from, known } : undefined
      yield* clock.step(millis)
      if (millis < 0) this.judge.clockWentBackTo(clock.now)
    })
  }

  #setClockRate(rate: number): Effect.Effect<void> {
    if (rate === 0) this.#lives.count("clockStandsStill")
    else if (rate !== 1) this.#lives.count("clockDrift")
    this.#leap = undefined
    return this.#clock.setRate(rate)
  }
}
