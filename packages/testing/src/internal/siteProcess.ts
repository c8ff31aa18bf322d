/** One process of a simulated site: a dispatching actor, those who listen to it, and a reader that may be slow. */
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import type { DispatchScheduler } from "@effect-dispatch/core/DispatchScheduler"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { isCommand, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { Clock, Duration, Effect, Exit, Latch, Scope, Stream } from "effect"
import type { Plan } from "../SimulationPlan.ts"
import type { Judge } from "./judge.ts"

const microgridId = MicrogridId.make(1n)

/** Lets everything go on that can go on. */
export const settle = Effect.yieldNow.pipe(Effect.repeat({ times: 60 }))

/** A process while it runs. */
export interface SiteProcess {
  readonly scope: Scope.Closeable
  readonly actor: DispatchingActor["Service"]
  /** Shut, the slow reader does not read. */
  readonly gate: Latch.Latch
  /** What the slow reader believes to run. */
  readonly heard: Map<DispatchId, RunningStateChange>
  /** The command whose start the slow reader read, and whose stop comes next. */
  begun: DispatchId | undefined
  published: number
  read: number
}

/** Starts a process. What it publishes is judged, and written to the trace. */
export const start = Effect.fnUntraced(function* (
  plan: Plan,
  judge: Judge,
  trace: Array<string>
): Effect.fn.Return<SiteProcess, never, DispatchClient | DispatchScheduler> {
  const scope = yield* Scope.make()
  const clock = yield* Clock.Clock
  const now = () => clock.currentTimeMillisUnsafe()
  judge.beginProcess(plan.persistent)
  const process = yield* Effect.gen(function* () {
    const actor = yield* DispatchingActor.make({
      microgridId,
      sync: {
        resyncInterval: Duration.millis(plan.resyncInterval),
        streamAgeMax: Duration.millis(plan.streamAgeMax)
      }
    })
    const started: SiteProcess = {
      scope,
      actor,
      gate: Latch.makeUnsafe(true),
      heard: new Map(),
      begun: undefined,
      published: 0,
      read: 0
    }
    const changes = yield* actor.runningStateChanges()
    const missed = yield* actor.missedRuns()
    const events = yield* actor.lifecycleEvents()
    const slowly = yield* actor.runningStateChanges({ current: true, capacity: plan.subscriberCapacity })
    yield* listen(changes, (change) => {
      started.published += 1
      trace.push(`${now()} ${change.state} ${change.dispatch.id} ${change.cause}`)
      judge.change(change, now())
    })
    yield* listen(missed, (run) => {
      trace.push(`${now()} ${run._tag} ${run.dispatch.id} ${run.reason}`)
      judge.missed(run, now())
    })
    yield* listen(events, (event) => {
      trace.push(`${now()} ${event._tag} ${event.dispatch.id}`)
      judge.event(event)
    })
    yield* Effect.forkScoped(
      Stream.runForEach(slowly, (change) =>
        Effect.andThen(
          started.gate.await,
          Effect.sync(() => hear(judge, started, change))
        )
      )
    )
    yield* actor.actor.start
    return started
  }).pipe(Scope.provide(scope))
  yield* settle
  judge.endRecovery()
  return process
})

const listen = <A>(stream: Stream.Stream<A>, take: (value: A) => void) =>
  Effect.forkScoped(Stream.runForEach(stream, (value) => Effect.sync(() => take(value))))

/** Ends a process in good order, and tells how many changes its slow reader was spared. */
export const end = Effect.fnUntraced(function* (process: SiteProcess) {
  const { published, read } = process
  process.gate.openUnsafe()
  yield* settle
  const conflated = Math.max(0, published - Math.max(read, process.read))
  yield* Scope.close(process.scope, Exit.void)
  yield* settle
  return conflated
})

/** Takes what the slow reader reads, which must make sense to somebody who reads nothing else. */
const hear = (judge: Judge, process: SiteProcess, change: RunningStateChange): void => {
  process.read += 1
  const { id } = change.dispatch
  if (isCommand(change)) {
    if (change.state === "Running") process.begun = id
    else if (process.begun !== id) judge.wrong(`R9: a slow reader hears half of a command of dispatch ${id}`)
    else process.begun = undefined
    return
  }
  if (change.state === "Running") {
    process.heard.set(id, change)
  } else if (!process.heard.delete(id) && change.cause !== "Recovered") {
    judge.wrong(`a slow reader hears of the end of dispatch ${id}, of whose start it never heard`)
  }
}
