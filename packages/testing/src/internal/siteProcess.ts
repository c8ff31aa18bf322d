/** One process of a simulated site: a dispatching actor, those who listen to it, and a reader that may be slow. */
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchingActor } from "@effect-dispatch/core/DispatchingActor"
import type { DispatchScheduler } from "@effect-dispatch/core/DispatchScheduler"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Clock, Duration, Effect, Exit, Scope, Stream } from "effect"
import * as Probe from "../Probe.ts"
import type { Plan } from "../SimulationPlan.ts"
import type { Judge } from "./judge.ts"
import { SiteReader } from "./siteReader.ts"

const microgridId = MicrogridId.make(1n)

/** A process while it runs. */
export interface SiteProcess {
  readonly scope: Scope.Closeable
  readonly actor: DispatchingActor["Service"]
  /** The reader that may be slow; its queue has the capacity of the plan. */
  readonly slowly: SiteReader
  /** All readers, the slow one among them. */
  readonly readers: Array<SiteReader>
  published: number
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
        // A write that never returns is the end of the process, which gives nothing up.
        recordTimeout: Duration.infinity,
        resyncInterval: Duration.millis(plan.resyncInterval),
        streamAgeMax: Duration.millis(plan.streamAgeMax)
      }
    }).pipe(Effect.orDie)
    const slowly = yield* SiteReader.subscribe(actor, judge, { capacity: plan.subscriberCapacity })
    const started: SiteProcess = { scope, actor, slowly, readers: [slowly], published: 0 }
    yield* listen(yield* actor.runningStateChanges(), (change) => {
      started.published += 1
      trace.push(`${now()} ${change.state} ${change.dispatch.id} ${change.cause}`)
      judge.change(change, now())
    })
    yield* listen(yield* actor.missedRuns(), (run) => {
      trace.push(`${now()} ${run._tag} ${run.dispatch.id} ${run.reason}`)
      judge.missed(run, now())
    })
    yield* listen(yield* actor.lifecycleEvents(), (event) => {
      trace.push(`${now()} ${event._tag} ${event.dispatch.id}`)
      judge.event(event)
    })
    yield* actor.actor.start
    return started
  }).pipe(Scope.provide(scope))
  yield* Probe.settled
  judge.endRecovery()
  return process
})

const listen = <A>(stream: Stream.Stream<A>, take: (value: A) => void) =>
  Effect.forkScoped(Stream.runForEach(stream, (value) => Effect.sync(() => take(value))))

/** Somebody else subscribes to the process, for as long as it lives. */
export const subscribe = Effect.fnUntraced(function* (
  { actor, readers, scope }: SiteProcess,
  judge: Judge,
  type: string | undefined
) {
  readers.push(yield* Scope.provide(SiteReader.subscribe(actor, judge, { type }), scope))
})

/** Ends a process in good order, and tells how many changes its slow reader was spared. */
export const end = Effect.fnUntraced(function* (process: SiteProcess) {
  const { published, scope, slowly } = process
  const { read } = slowly
  slowly.gate.openUnsafe()
  yield* Probe.settled
  const conflated = Math.max(0, published - Math.max(read, slowly.read))
  yield* Scope.close(scope, Exit.void)
  yield* Probe.settled
  return conflated
})
