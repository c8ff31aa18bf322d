/** A site in simulation: the steps of a plan happen to it, and after each it is judged. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchScheduler } from "@effect-dispatch/core/DispatchScheduler"
import { Clock, Effect, Exit, Scope } from "effect"
import { TestClock } from "effect/testing"
import { FaultyNetwork } from "../FaultyNetwork.ts"
import * as Oracle from "../Oracle.ts"
import * as Probe from "../Probe.ts"
import { ScriptedService } from "../ScriptedService.ts"
import type { FailureMode, Outcome } from "../SimulationOutcome.ts"
import type { Plan, Step } from "../SimulationPlan.ts"
import { SkewClock } from "../SkewClock.ts"
import { simulationLengthMax } from "./drafts.ts"
import type { FragileStore, StoreMood } from "./fragileStore.ts"
import { Judge, type Noted, tolerance } from "./judge.ts"
import type { Period } from "./period.ts"
import { SimulatedService } from "./simulatedService.ts"
import * as SiteProcess from "./siteProcess.ts"

/** How often a simulation may look at the clock: this many times `maxSleep`, or it takes too long. */
const sleepsMax = 700

/** Begins with a first process. All instants are epoch milliseconds, all lengths milliseconds. */
export const begin = Effect.fnUntraced(function* (plan: Plan, store: FragileStore) {
  const surroundings = yield* Effect.context<DispatchClient | DispatchScheduler>()
  const network = yield* FaultyNetwork
  const skew = yield* SkewClock
  const clock = yield* Clock.Clock
  const timers = () => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
  const now = () => clock.currentTimeMillisUnsafe()
  const service = new SimulatedService(yield* ScriptedService, () => plan.startsAt + timers())
  const judge = new Judge(service, {
    isRight: () => clockIsRight() && timers() !== unsettledUntil,
    isPrompt: () => isPrompt(),
    timers
  })
  const trace: Array<string> = []
  const counts: { [mode in FailureMode]?: number } = {}
  const count = (mode: FailureMode) => void (counts[mode] = (counts[mode] ?? 0) + 1)
  let process: SiteProcess.SiteProcess | undefined
  let rate = 1
  let latest = now()
  /** The wall clock when it was last known to be right. */
  let rightUntil = now()
  /** Until then (timers), inclusive, a step of the clock may not have been noticed. */
  let unsettledUntil = -1
  /** The clock was set forward, and nothing else was done to it since. */
  let leap: { readonly from: number; readonly known: ReadonlyArray<Dispatch> } | undefined
  /** Nothing has ever gone wrong between the site and the service: what the one holds, the other knows at once. */
  let isFaultless = true
  /** What the process has noted of what it knows. */
  let noted: Noted = plan.persistent ? "all" : "nothing"
  let mood: StoreMood = "works"
  let isReadAt = -Infinity
  /** From then on (timers) no start waits for a store that hung. */
  let promptAt = -Infinity
  let budget = plan.maxSleep * sleepsMax
  let jumps = 0
  let steps = 0
  let conflated = 0

  const isPrompt = () => mood !== "hangs" && !store.isBroken && timers() >= promptAt
  const clockIsRight = () => rate === 1 && timers() >= unsettledUntil && now() >= latest
  /** What the wall clock showed at instants of the timers, where its way changed. */
  let shown: ReadonlyArray<{ readonly timers: number; readonly wall: number }> = []
  /** What it has shown since a site must have looked at it last. */
  const seen = (): Period => {
    const since = timers() - plan.maxSleep
    const last = shown.findLastIndex((one) => one.timers <= since)
    shown = shown.slice(Math.max(0, last))
    const walls = [...shown.map(({ wall }) => wall), now()]
    // Set back by little, it is waited out.
    if (now() < latest && now() >= latest - tolerance) walls.push(latest)
    const isSettled = clockIsRight() && timers() !== unsettledUntil
    return isSettled ? { from: now(), to: now() } : { from: Math.min(...walls), to: Math.max(...walls) }
  }
  const noteShown = () => (shown = [...shown, { timers: timers(), wall: now() }])
  /** A clock that was set back is noticed, or by so little that it is waited out. */
  const clockIsKnown = () =>
    rate === 1 && timers() >= unsettledUntil && (now() >= latest || now() < latest - tolerance)
  const disturbClock = () => {
    if (clockIsRight()) rightUntil = now()
    noteShown()
    leap = undefined
    unsettledUntil = timers() + plan.maxSleep
    latest = Math.max(latest, now())
  }

  const startProcess = Effect.fnUntraced(function* (lateListeners: boolean) {
    leap = undefined
    process = yield* SiteProcess.start(plan, judge, trace, { noted, lateListeners })
    if (plan.persistent) noted = mood === "works" ? "all" : "who knows"
  }, Effect.provideContext(surroundings))

  const endProcess = Effect.gen(function* () {
    if (process === undefined) return
    const ending = process
    process = undefined
    conflated += yield* SiteProcess.end(ending, judge)
  })

  const known = () => process?.actor.dispatches ?? Effect.succeed<ReadonlyArray<Dispatch>>([])

  /** Moves the timers, and judges what was published meanwhile. */
  const advance = Effect.fnUntraced(function* (millis: number) {
    const before = yield* known()
    const after = now()
    const wasRight = clockIsRight()
    const runningProcess = process
    judge.takePublished()
    yield* TestClock.adjust(millis)
    yield* Probe.settled
    latest = rate === 1 ? latest : Math.max(latest, now())
    const { changes, touched } = judge.takePublished()
    if (!clockIsRight() || runningProcess === undefined) return
    const still = new Map((yield* known()).map((dispatch) => [dispatch.id, dispatch]))
    const isUntouched = (dispatch: Dispatch) => {
      const known = still.get(dispatch.id)
      // A service of two stories changes what a version says.
      return known?.updateTime === dispatch.updateTime && known.sameContent(dispatch)
    }
    if (wasRight && isPrompt()) {
      for (const dispatch of before) {
        if (!touched.has(dispatch.id) && isUntouched(dispatch)) {
          judge.edgesOf(dispatch, changes, after, now())
        }
      }
    } else if (leap !== undefined) {
      const { from, known: knownThen } = leap
      leap = undefined
      judge.endLeap(knownThen.filter(isUntouched), from, now())
    }
  })

  const judgeAtRest = Effect.gen(function* () {
    if (process === undefined) return
    const dispatches = yield* known()
    judge.atRest(dispatches, seen())
    if (!clockIsKnown()) return
    const { _tag } = yield* process.actor.status
    if (timers() >= isReadAt) judge.inheritedAtRest(dispatches, isFaultless && _tag !== "Connecting", now())
    if (isFaultless && isPrompt()) judge.converged(service.held, dispatches, now())
    yield* Probe.settled
    for (const reader of process.readers) if (reader.gate.isOpen()) reader.judgeAtRest(now())
  })

  const spend = (millis: number) => {
    const spent = Math.max(0, Math.min(millis, budget, simulationLengthMax - timers()))
    budget -= spent
    return spent
  }

  const nextEdgeOf = (dispatch: Dispatch): number => {
    const horizon = now() + 6 * 3_600_000
    return Oracle.edges(dispatch, now(), horizon)[0]?.at ?? now()
  }

  const crash = Effect.fnUntraced(function* ({
    atWrite,
    downFor,
    lateListeners = false,
    written
  }: Extract<Step, { _tag: "Crash" }>) {
    count("crash")
    if (atWrite && noted === "all" && process !== undefined) {
      store.breakAtNextWrite(written)
      const next = Math.min(...(yield* known()).map(nextEdgeOf).filter((at) => at > now()), now() + 60_000)
      yield* TestClock.adjust(spend(next - now()))
      yield* Probe.settled
      if (store.isBroken) count("crashWhileWriting")
      // A process that gives up a write which hangs may have told more than it could note.
      noted = SiteProcess.givesUp(plan) ? "who knows" : "all but the last"
      const { scope } = process
      process = undefined
      store.endProcess()
      yield* Scope.close(scope, Exit.void)
      store.repair()
    } else {
      yield* endProcess
    }
    if (!plan.persistent) count("restartWithoutMemory")
    if (lateListeners) count("onlyAnotherTypeListens")
    yield* TestClock.adjust(spend(downFor))
    yield* startProcess(lateListeners)
  })

  /** The store is told how to behave; what is noted from now on is certain only if it always worked. */
  const setStore = (next: StoreMood) => {
    if (next === "fails") count("storeFails")
    if (next === "hangs") count("storeHangs")
    if (next === "failsToRead") count("storeFailsToRead")
    // A read that failed is repeated after a minute at most.
    if (mood === "failsToRead") isReadAt = timers() + 70_000
    if (mood === "hangs") promptAt = timers() + 10_000
    mood = next
    if (mood === "failsToRead") isReadAt = Infinity
    if (plan.persistent && mood !== "works") noted = "who knows"
    store.setMood(mood)
  }

  const fence = Effect.fnUntraced(function* (downFor: number) {
    if (process === undefined || noted !== "all") return
    count("storeFenced")
    store.setMood("fenced")
    judge.isFenced = true
    yield* TestClock.adjust(spend(60_000))
    yield* Probe.settled
    const { actor, status } = process.actor
    const { _tag } = yield* status
    if (!(yield* actor.isRunning) && _tag !== "Stale") judge.wrong(`S10: fenced, the actor says ${_tag}`)
    yield* endProcess
    store.setMood("works")
    yield* TestClock.adjust(spend(downFor))
    // What it had noted when it was refused was not told any more.
    noted = "all and more"
    yield* startProcess(false)
  })

  const restartActor = Effect.fnUntraced(function* ({
    downFor,
    overlaps = false
  }: Extract<Step, { _tag: "RestartActor" }>) {
    if (process === undefined) return
    count("actorStopped")
    leap = undefined
    const { actor } = process.actor
    // A step of the clock that nobody has noticed yet is found out only when it is looked again.
    judge.stopWatching(clockIsRight() ? now() : Math.min(now(), rightUntil))
    if (overlaps) {
      count("startedWhileStopping")
      yield* Effect.forkDetach(actor.stop(), { startImmediately: true })
    } else {
      yield* actor.stop()
      yield* TestClock.adjust(spend(downFor))
    }
    yield* actor.start
    yield* Probe.settled
    judge.watchAgain()
  })

  const stepClock = Effect.fnUntraced(function* (millis: number) {
    jumps += 1
    count(millis > 0 ? "clockForward" : "clockBack")
    const from = clockIsRight() ? now() : undefined
    const dispatches = yield* known()
    disturbClock()
    if (millis > 0 && from !== undefined && process !== undefined) {
      leap = { from, known: dispatches }
    }
    yield* skew.step(millis)
    noteShown()
    if (millis < 0) judge.clockWentBackTo(now())
  })

  const setClockRate = (next: number) => {
    if (next === 0) count("clockStandsStill")
    else if (next !== 1) count("clockDrift")
    disturbClock()
    rate = next
    return skew.setRate(next)
  }

  const act = (step: Step): Effect.Effect<void> => {
    switch (step._tag) {
      case "Advance":
        return advance(spend(step.millis))
      case "AdvanceToEdge":
        return Effect.flatMap(known(), (dispatches) => {
          const chosen = dispatches[Math.floor(step.pick * dispatches.length)]
          return chosen === undefined ? Effect.void : advance(spend(nextEdgeOf(chosen) - now() + step.off))
        })
      case "Create":
        return service.create(step.draft)
      case "Update":
        return service.update(step.pick, step.changes)
      case "Delete":
        return service.delete(step.pick)
      case "BecomeUnreadable":
        count("unreadable")
        return service.becomeUnreadable(step.pick, step.lacks)
      case "Burst":
        return Effect.forEach(step.steps, act, { discard: true })
      case "RestartActor":
        return Effect.orDie(restartActor(step))
      case "Subscribe":
        return process === undefined ? Effect.void : SiteProcess.subscribe(process, judge, step.type)
      case "SetFaults":
        isFaultless &&= Object.keys(step.faults).length === 0
        return network.setFaults(step.faults)
      case "StepClock":
        return stepClock(step.millis)
      case "SetClockRate":
        return setClockRate(step.rate)
      case "TakeBackup":
        return Effect.sync(() => service.takeBackup())
      case "RestoreBackup":
        count("serviceSetBack")
        judge.wentBack = true
        isFaultless = false
        return service.restoreBackup()
      case "Rewrite":
        count("twoStories")
        isFaultless = false
        return service.rewrite(step.pick, step.changes)
      case "SetStore":
        return Effect.sync(() => setStore(step.mood))
      case "Fence":
        return Effect.orDie(fence(step.downFor))
      case "Crash":
        return crash(step)
      case "PauseReader":
        count("slowReader")
        return Effect.sync(() => process?.slowly.gate.closeUnsafe())
      case "ResumeReader":
        return Effect.sync(() => process?.slowly.gate.openUnsafe())
    }
  }

  /** Makes all well again: within a bound the site must know everything, and be silent when it hears it twice. */
  const heal = Effect.gen(function* () {
    yield* network.setFaults({})
    rate = 1
    yield* skew.setRate(1)
    disturbClock()
    process?.slowly.gate.openUnsafe()
    setStore("works")
    const bound =
      plan.streamAgeMax * 1.1 +
      plan.resyncInterval * 1.1 +
      plan.maxSleep +
      (service.rewritten.size > 0 ? 20 : 8) * 60_000
    yield* TestClock.adjust(Math.ceil(bound))
    yield* Probe.settled
    // What a clock set back by seconds holds up has passed by now, or never will within three days.
    latest = now()
    yield* judgeAtRest
    if (process === undefined) return
    judge.converged(service.held, yield* known(), now())
    const status = yield* process.actor.status
    judge.inheritedAtRest(yield* known(), true, now())
    if (status._tag !== "Synchronised") judge.wrong(`S9: healed, the actor says ${JSON.stringify(status)}`)
    const { length } = trace
    // What is over and forgotten would be news.
    yield* service.redeliver((yield* known()).map(({ id }) => id))
    yield* Probe.settled
    if (trace.length > length) {
      judge.wrong(`R10: a second delivery of all was answered with ${trace.slice(length).join("; ")}`)
    }
    yield* endProcess
  })

  yield* startProcess(false)
  return {
    judge,
    heal,
    take: Effect.fnUntraced(function* (step: Step) {
      steps += 1
      yield* act(step)
      yield* Probe.settled
      yield* judgeAtRest
    }),
    outcome: Effect.gen(function* () {
      yield* endProcess
      const occurred = { ...counts, ...(yield* network.occurred) }
      const { causes, edges, missedRuns, stops, violations } = judge
      const counted = { causes, steps, edges, stops, missedRuns, conflated, jumps }
      return { violations, occurred, ...counted, trace } satisfies Outcome
    })
  }
})
