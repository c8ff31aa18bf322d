/** Processes of one site, one after the other, on a service whose answers a test can hold up or refuse. */
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import * as DispatchingActor from "@effect-dispatch/core/DispatchingActor"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import type { MissedRun, RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import * as Probe from "@effect-dispatch/testing/Probe"
import * as ScriptedService from "@effect-dispatch/testing/ScriptedService"
import { Context, Duration, Effect, Exit, Layer, Scope, Stream } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import { microgridId, quiet, secondsOf, settle } from "./site.ts"

type Client = DispatchClient["Service"]

/** An effect that a test puts before the calls of the service from now on. */
export class Between extends Context.Service<
  Between,
  { -readonly [Call in "list" | "stream" | "get"]?: Client[Call] }
>()("test/Between") {}

const betweenLayer = Layer.effectContext(
  Effect.gen(function* () {
    const inner = yield* DispatchClient
    const between: Between["Service"] = {}
    const client = DispatchClient.of({
      ...inner,
      list: (...asked) => (between.list ?? inner.list)(...asked),
      stream: (...asked) => (between.stream ?? inner.stream)(...asked),
      get: (...asked) => (between.get ?? inner.get)(...asked)
    })
    return Context.make(Between, between).pipe(Context.add(DispatchClient, client))
  })
)

export const layer = DispatchScheduler.layer.pipe(
  Layer.provide(Layer.succeed(DispatchScheduler.MaxSleep, Duration.infinity)),
  Layer.merge(betweenLayer),
  Layer.provideMerge(ScriptedService.layer),
  Layer.merge(SitePersistence.layer),
  Layer.provideMerge(KeyValueStore.layerMemory),
  Layer.provideMerge(Probe.layer)
)

/** A change as `Running 1 CHARGE Recovered @12`. */
export const described = ({ cause, decidedAt, dispatch: { id, type }, state }: RunningStateChange): string =>
  `${state} ${id} ${type} ${cause} @${secondsOf(decidedAt)}`

type Options = Partial<DispatchingActor.DispatchingActorOptions>

const makeProcessWith = Effect.fnUntraced(function* (options: Options) {
  const scope = yield* Scope.make()
  const actor = yield* DispatchingActor.make({ microgridId, sync: quiet, ...options }).pipe(
    Scope.provide(scope)
  )
  return { actor, scope, end: Effect.andThen(settle, Scope.close(scope, Exit.void)) }
})

/** An actor with its scope, made and not started. */
export const makeProcess = makeProcessWith({})

export const startProcessWith = Effect.fnUntraced(function* (options: Options) {
  const made = yield* makeProcessWith(options)
  const changes: Array<RunningStateChange> = []
  const events: Array<DispatchEvent> = []
  const missed: Array<MissedRun> = []
  const collect = <A>(stream: Stream.Stream<A>, into: Array<A>) =>
    Effect.forkIn(
      Stream.runForEach(stream, (value) => Effect.sync(() => into.push(value))),
      made.scope
    )
  yield* Effect.gen(function* () {
    yield* collect(yield* made.actor.runningStateChanges(), changes)
    yield* collect(yield* made.actor.lifecycleEvents(), events)
    yield* collect(yield* made.actor.missedRuns(), missed)
  }).pipe(Scope.provide(made.scope))
  yield* made.actor.actor.start
  yield* settle
  return {
    ...made,
    /** The changes since last asked. */
    taken: () => changes.splice(0),
    takeChanges: () => changes.splice(0).map(described),
    takeEvents: () => events.splice(0).map(({ _tag, dispatch: { id } }) => `${_tag} ${id}`),
    takeMissed: () => missed.splice(0).map(({ dispatch: { id }, reason }) => `${id} ${reason}`)
  }
})

/** A process that is listened to from before it starts. */
export const startProcess = startProcessWith({})
