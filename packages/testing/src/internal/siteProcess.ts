/** One process of a simulated site: a dispatching actor, its subscribers, and a reader that may be slow. */
import type { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import type { DispatchScheduler } from "@effect-dispatch/core/DispatchScheduler"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Clock, Duration, Effect, Exit, Scope, Stream } from "effect"
import * as Probe from "../Probe.ts"
import { TestClock } from "effect/testing"
import type { Plan } from "../SimulationPlan.ts"
import type { JournalJudge } from "./journalJudge.ts"
import type { Judge } from "./judge.ts"
import type { Noted } from "./siteNotes.ts"
import { SiteReader } from "./siteReader.ts"

const microgridId = MicrogridId.make(1n)

/** A process while it runs. */
export interface SiteProcess {
  readonly scope: Scope.Closeable
  readonly actor: DispatchingActor.DispatchingActor["Service"]
  /** The reader that may be slow; its queue has the capacity of the plan. */
  readonly slowly: SiteReader
  /** All readers, the slow one among them. */
  readonly readers: Array<SiteReader>
  published: number
}

/** Starts a process. Its publications are judged, and written to the trace. */
export const start = Effect.fnUntraced(function* (
  plan: Plan,
  judge: Judge,
  trace: Array<string>,
  how: { readonly noted: Noted; readonly lateListeners: boolean; readonly journal: JournalJudge }
): Effect.fn.Return<SiteProcess, never, DispatchClient | DispatchScheduler> {
  const scope = yield* Scope.make()
  const clock = yield* Clock.Clock
  const now = () => clock.currentTimeMillisUnsafe()
  judge.beginProcess(how.noted)
  how.journal.beginProcess()
  const process = yield* Effect.gen(function* () {
    const actor = yield* DispatchingActor.make({
      microgridId,
      sync: {
        // If no store hangs by plan, a write that never returns is the end of the process, which gives nothing up.
        ...(givesUp(plan) ? {} : { recordTimeout: Duration.infinity }),
        resyncInterval: Duration.millis(plan.resyncInterval),
        streamAgeMax: Duration.millis(plan.streamAgeMax)
      }
    })
    yield* witness(actor, how.journal, now)
    if (how.lateListeners) {
      yield* SiteReader.subscribe(actor, judge, { type: "a type that nobody uses" })
      yield* actor.actor.start
      yield* Probe.settled
    }
    const current = how.lateListeners
    const slowly = yield* SiteReader.subscribe(actor, judge, { capacity: plan.subscriberCapacity })
    const started: SiteProcess = { scope, actor, slowly, readers: [slowly], published: 0 }
    yield* listen(yield* actor.runningStateChanges({ current }), (change) => {
      started.published += 1
      trace.push(`${now()} ${change.state} ${change.dispatch.id} ${change.cause}`)
      judge.change(change, now())
    })
    yield* listen(yield* actor.missedRuns(), (run) => {
      trace.push(`${now()} ${run._tag} ${run.dispatch.id} ${run.reason}`)
      judge.missed(run, now())
    })
    yield* listen(yield* actor.lifecycleEvents({ current }), (event) => {
      trace.push(`${now()} ${event._tag} ${event.dispatch.id}`)
      judge.event(event)
    })
    if (!how.lateListeners) yield* actor.actor.start
    return started
  }).pipe(Scope.provide(scope), Effect.orDie)
  yield* Probe.settled
  return process
})

/** Has the journal compared with all that is told, without a say in what becomes of it. */
const witness = Effect.fnUntraced(function* (
  actor: SiteProcess["actor"],
  journal: JournalJudge,
  now: () => number
) {
  const capacity = 100_000
  const changes = yield* actor.runningStateChanges({ capacity, leavesRecovered: true })
  yield* listen(changes, (change) => journal.change(change, now()))
  yield* listen(yield* actor.missedRuns({ capacity }), (run) => journal.missed(run, now()))
})

/** True if a hanging write is given up: only if the plan tells the store to hang, or to fail. */
export const givesUp = ({ steps }: Plan): boolean => steps.some(({ _tag }) => _tag === "SetStore")

/** Seconds that a store and a journal which hang may take the end of a process. */
const closedWithin = 11

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

/** Ends a process in good order, and gives the number of changes that its slow reader was spared. */
export const end = Effect.fnUntraced(function* (process: SiteProcess, judge: Judge) {
  const { published, scope, slowly } = process
  const { read } = slowly
  slowly.gate.openUnsafe()
  yield* Probe.settled
  const conflated = Math.max(0, published - Math.max(read, slowly.read))
  yield* close(scope, judge)
  return conflated
})

/** Closes the scope of a process. A store that hangs, or a journal, is given up. */
export const close = Effect.fnUntraced(function* (scope: Scope.Closeable, judge: Judge) {
  const closing = yield* Effect.forkDetach(Scope.close(scope, Exit.void))
  yield* Probe.settled
  for (let second = 0; second < closedWithin && closing.pollUnsafe() === undefined; second++) {
    yield* TestClock.adjust("1 second")
    yield* Probe.settled
  }
  if (closing.pollUnsafe() === undefined) judge.wrong("S10: a store that hangs keeps a scope from closing")
})
