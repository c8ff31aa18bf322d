/**
 * A whole site under every trouble that can be thought of: seeded, judged after every step, then healed, and judged
 * again.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import { DispatchScheduler, MaxSleep } from "@effect-dispatch/core/DispatchScheduler"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { isCommand, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { SitePersistence } from "@effect-dispatch/core/SitePersistence"
import {
  Clock,
  DateTime,
  Duration,
  Effect,
  Exit,
  Latch,
  Layer,
  Logger,
  Option,
  Random,
  Scope,
  Stream
} from "effect"
import { TestClock } from "effect/testing"
import { FaultyNetwork, faultKinds } from "./FaultyNetwork.ts"
import { FragileStore } from "./internal/fragileStore.ts"
import { Judge } from "./internal/judge.ts"
import { SimulatedService } from "./internal/simulatedService.ts"
import * as Oracle from "./Oracle.ts"
import { ScriptedService } from "./ScriptedService.ts"
import type { Plan, Step } from "./SimulationPlan.ts"
import { SkewClock } from "./SkewClock.ts"

/**
 * Everything that is made to go wrong.
 *
 * @category models
 * @since 0.1.0
 */
export const failureModes = [
  ...faultKinds,
  "clockForward",
  "clockBack",
  "clockDrift",
  "clockStandsStill",
  "crash",
  "crashWhileWriting",
  "restartWithoutMemory",
  "serviceSetBack",
  "unreadable",
  "slowReader"
] as const

/**
 * One of the things that are made to go wrong.
 *
 * @category models
 * @since 0.1.0
 */
export type FailureMode = (typeof failureModes)[number]

/**
 * What became of a simulation.
 *
 * @category models
 * @since 0.1.0
 */
export interface Outcome {
  /** What was wrong, in words; empty if nothing was. */
  readonly violations: ReadonlyArray<string>
  /** How often each thing went wrong. */
  readonly occurred: { readonly [mode in FailureMode]: number }
  readonly steps: number
  /** Running-state changes published. */
  readonly edges: number
  readonly stops: number
  /** Changes that a slow reader was spared. */
  readonly conflated: number
  /** Steps of the wall clock. */
  readonly jumps: number
  /** Everything published, a line each: the same for the same plan. */
  readonly trace: ReadonlyArray<string>
}

const microgridId = MicrogridId.make(1n)

/** Lets everything go on that can go on. */
const settle = Effect.yieldNow.pipe(Effect.repeat({ times: 60 }))

/**
 * Plays a plan.
 *
 * @category running
 * @since 0.1.0
 */
export const run = (plan: Plan): Effect.Effect<Outcome> => {
  const store = new FragileStore()
  const site = Layer.mergeAll(DispatchScheduler.layer, FaultyNetwork.layer).pipe(
    Layer.provideMerge(ScriptedService.layer),
    Layer.provide(Layer.succeed(MaxSleep, Duration.millis(plan.maxSleep))),
    Layer.merge(
      Layer.succeed(SitePersistence, plan.persistent ? Option.some(store.asKeyValueStore()) : Option.none())
    ),
    Layer.provideMerge(SkewClock.layer({ start: plan.startsAt })),
    Layer.provideMerge(TestClock.layer()),
    Layer.merge(Logger.layer([]))
  )
  return Effect.gen(function* () {
    const simulation = yield* begin(plan, store)
    for (const step of plan.steps) {
      yield* simulation.take(step)
      if (simulation.judge.violations.length > 0) break
    }
    if (simulation.judge.violations.length === 0) yield* simulation.heal
    return yield* simulation.outcome
  }).pipe(Effect.scoped, Effect.provide(site), Random.withSeed(plan.seed))
}

interface Process {
  readonly scope: Scope.Closeable
  readonly actor: DispatchingActor["Service"]
  readonly gate: Latch.Latch
  /** What the slow reader believes to run. */
  readonly heard: Map<DispatchId, RunningStateChange>
  published: number
  read: number
}

const begin = Effect.fnUntraced(function* (plan: Plan, store: FragileStore) {
  const surroundings = yield* Effect.context<DispatchClient | DispatchScheduler>()
  const network = yield* FaultyNetwork
  const skew = yield* SkewClock
  const clock = yield* Clock.Clock
  const trace: Array<string> = []
  const counts = Object.fromEntries(failureModes.map((mode) => [mode, 0])) as Record<FailureMode, number>
  const timers = () => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
  const now = () => clock.currentTimeMillisUnsafe()
  const service = new SimulatedService(yield* ScriptedService, () => plan.startsAt + timers())
  const judge = new Judge(service.revived)
  let process: Process | undefined
  let rate = 1
  let latest = now()
  /** Until then (timers) a step of the clock may not have been noticed. */
  let unsettledUntil = 0
  let budget = plan.maxSleep * 700
  let jumps = 0
  let steps = 0
  let conflated = 0

  const clockIsRight = () => rate === 1 && timers() >= unsettledUntil && now() >= latest
  const disturbClock = () => {
    unsettledUntil = timers() + plan.maxSleep
    latest = Math.max(latest, now())
  }

  const startProcess = Effect.gen(function* () {
    const scope = yield* Scope.make()
    const gate = Latch.makeUnsafe(true)
    const heard = new Map<DispatchId, RunningStateChange>()
    judge.beginProcess(plan.persistent)
    process = yield* Effect.gen(function* () {
      const actor = yield* DispatchingActor.make({
        microgridId,
        sync: {
          resyncInterval: Duration.millis(plan.resyncInterval),
          streamAgeMax: Duration.millis(plan.streamAgeMax)
        }
      })
      const started: Process = { scope, actor, gate, heard, published: 0, read: 0 }
      const changes = yield* actor.runningStateChanges()
      const events = yield* actor.lifecycleEvents()
      const slowly = yield* actor.runningStateChanges({ current: true, capacity: plan.subscriberCapacity })
      yield* Effect.forkScoped(
        Stream.runForEach(changes, (change) =>
          Effect.sync(() => {
            started.published += 1
            trace.push(`${now()} ${change.state} ${change.dispatch.id} ${change.cause}`)
            judge.change(change, now())
          })
        )
      )
      yield* Effect.forkScoped(
        Stream.runForEach(events, (event) =>
          Effect.sync(() => {
            trace.push(`${now()} ${event._tag} ${event.dispatch.id}`)
            judge.event(event)
          })
        )
      )
      yield* Effect.forkScoped(
        Stream.runForEach(slowly, (change) =>
          Effect.andThen(
            gate.await,
            Effect.sync(() => hear(judge, started, change))
          )
        )
      )
      yield* actor.actor.start
      return started
    }).pipe(Scope.provide(scope), Effect.provideContext(surroundings))
    yield* settle
    judge.endRecovery()
  })

  const endProcess = Effect.gen(function* () {
    if (process === undefined) return
    const { gate, published, read, scope } = process
    gate.openUnsafe()
    yield* settle
    conflated += Math.max(0, published - Math.max(read, process.read))
    process = undefined
    yield* Scope.close(scope, Exit.void)
    yield* settle
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
    yield* settle
    latest = rate === 1 ? latest : Math.max(latest, now())
    const { changes, touched } = judge.takePublished()
    if (!wasRight || !clockIsRight() || runningProcess === undefined) return
    const still = new Map((yield* known()).map((dispatch) => [dispatch.id, dispatch]))
    for (const dispatch of before) {
      if (!touched.has(dispatch.id) && still.get(dispatch.id)?.updateTime === dispatch.updateTime) {
        judge.edgesOf(dispatch, changes, after, now())
      }
    }
  })

  const judgeAtRest = Effect.gen(function* () {
    if (process === undefined || !clockIsRight()) return
    judge.atRest(yield* known(), now())
    if (process.gate.isOpen()) {
      yield* settle
      const heard = summary(process.heard)
      if (heard !== summary(judge.told)) {
        judge.wrong(`at ${now()} a slow reader believes ${heard} to run, not ${summary(judge.told)}`)
      }
    }
  })

  const spend = (millis: number) => {
    const spent = Math.max(0, Math.min(millis, budget, 3 * 86_400_000 - timers()))
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
    written
  }: Extract<Step, { _tag: "Crash" }>) {
    counts.crash += 1
    if (atWrite && plan.persistent && process !== undefined) {
      store.breakAtNextWrite(written)
      const next = Math.min(...(yield* known()).map(nextEdgeOf).filter((at) => at > now()), now() + 60_000)
      yield* TestClock.adjust(spend(next - now()))
      yield* settle
      if (store.isBroken) counts.crashWhileWriting += 1
      const { scope } = process
      process = undefined
      yield* Scope.close(scope, Exit.void)
      store.repair()
    } else {
      yield* endProcess
    }
    if (!plan.persistent) counts.restartWithoutMemory += 1
    yield* TestClock.adjust(spend(downFor))
    yield* startProcess
  })

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
        counts.unreadable += 1
        return service.becomeUnreadable(step.pick)
      case "SetFaults":
        return network.setFaults(step.faults)
      case "StepClock":
        jumps += 1
        counts[step.millis > 0 ? "clockForward" : "clockBack"] += 1
        disturbClock()
        return skew.step(step.millis)
      case "SetClockRate":
        if (step.rate === 0) counts.clockStandsStill += 1
        else if (step.rate !== 1) counts.clockDrift += 1
        disturbClock()
        rate = step.rate
        return skew.setRate(step.rate)
      case "TakeBackup":
        return Effect.sync(() => service.takeBackup())
      case "RestoreBackup":
        counts.serviceSetBack += 1
        judge.wentBack = true
        return service.restoreBackup()
      case "Crash":
        return crash(step)
      case "PauseReader":
        counts.slowReader += 1
        return Effect.sync(() => process?.gate.closeUnsafe())
      case "ResumeReader":
        return Effect.sync(() => process?.gate.openUnsafe())
    }
  }

  const heal = Effect.gen(function* () {
    yield* network.setFaults({})
    rate = 1
    yield* skew.setRate(1)
    disturbClock()
    process?.gate.openUnsafe()
    const bound = plan.streamAgeMax * 1.1 + plan.resyncInterval * 1.1 + plan.maxSleep + 8 * 60_000
    yield* TestClock.adjust(Math.ceil(bound))
    yield* settle
    // What a clock set back by seconds holds up has passed by now, or never will within three days.
    latest = now()
    yield* judgeAtRest
    if (process === undefined) return
    yield* judgeConvergence(judge, service, yield* known(), now())
    const status = yield* process.actor.status
    if (status._tag !== "Synchronised") judge.wrong(`S9: healed, the actor says ${JSON.stringify(status)}`)
    const length = trace.length
    // What is over and forgotten would be news.
    yield* service.redeliver((yield* known()).map(({ id }) => id))
    yield* settle
    if (trace.length > length) {
      judge.wrong(`R10: a second delivery of all was answered with ${trace.slice(length).join("; ")}`)
    }
    yield* endProcess
  })

  yield* startProcess
  return {
    judge,
    heal,
    take: Effect.fnUntraced(function* (step: Step) {
      steps += 1
      yield* act(step)
      yield* settle
      yield* judgeAtRest
    }),
    outcome: Effect.gen(function* () {
      yield* endProcess
      const occurred = { ...counts, ...(yield* network.occurred) }
      const { edges, stops, violations } = judge
      return { violations, occurred, steps, edges, stops, conflated, jumps, trace } satisfies Outcome
    })
  }
})

/** Takes what the slow reader reads, which must make sense to somebody who reads nothing else. */
const hear = (judge: Judge, process: Process, change: RunningStateChange): void => {
  process.read += 1
  if (isCommand(change)) return
  const { id } = change.dispatch
  if (change.state === "Running") {
    process.heard.set(id, change)
  } else if (!process.heard.delete(id) && change.cause !== "Recovered") {
    judge.wrong(`a slow reader hears of the end of dispatch ${id}, of whose start it never heard`)
  }
}

const summary = (running: ReadonlyMap<DispatchId, RunningStateChange>): string =>
  [...running]
    .map(
      ([id, { dispatch, occurrence }]) =>
        `${id} v${dispatch.updateTime} since ${occurrence.epochMilliseconds}`
    )
    .sort()
    .join(", ")

/** Healed, the actor knows exactly what the service holds. */
const judgeConvergence = Effect.fnUntraced(function* (
  judge: Judge,
  service: SimulatedService,
  known: ReadonlyArray<Dispatch>,
  now: number
) {
  const byId = new Map(known.map((dispatch) => [dispatch.id, dispatch]))
  for (const [id, record] of service.held) {
    if (service.revived.has(id)) continue
    const dispatch = byId.get(id)
    if ("_tag" in record) {
      if (dispatch !== undefined) judge.wrong(`S8: unreadable, dispatch ${id} goes on to be known`)
    } else if (dispatch === undefined) {
      if (!isOver(record, now)) judge.wrong(`dispatch ${id} exists and is not known`)
    } else if (dispatch.updateTime !== record.updateTime) {
      judge.wrong(`dispatch ${id} is known in version ${dispatch.updateTime}, not ${record.updateTime}`)
    }
  }
  for (const id of byId.keys()) {
    if (!service.held.has(id) && !service.revived.has(id))
      judge.wrong(`dispatch ${id} is known and does not exist`)
  }
})

/** Whether nothing of it lies ahead: the listing leaves out what ended some minutes ago. */
const isOver = (dispatch: Dispatch, now: number): boolean =>
  Oracle.runAt({ ...dispatch, active: true } as Dispatch, now) === undefined &&
  dispatch.nextRun(DateTime.makeUnsafe(now)) === undefined
