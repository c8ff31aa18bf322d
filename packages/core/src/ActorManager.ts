/**
 * Runs an application's own code while its dispatches run.
 *
 * @since 0.1.0
 */
import {
  Cause,
  Context,
  Deferred,
  Duration,
  Effect,
  Exit,
  Latch,
  Layer,
  Schedule,
  type Schema,
  Scope,
  Stream
} from "effect"
import type { ActorFactory } from "./ActorFactory.ts"
import { DispatchingActor } from "./DispatchingActor.ts"
import type { DispatchEvent } from "./DispatchEvent.ts"
import * as Instrument from "./Instrument.ts"
import * as ManagedType from "./internal/managing/managedType.ts"
import * as Payloads from "./internal/managing/payloads.ts"
import * as StaleGuard from "./internal/managing/staleGuard.ts"
import { leavesOut } from "./internal/subscribers/leftOut.ts"
import * as Merging from "./internal/subscribers/merging.ts"
import type { MergeStrategy } from "./MergeStrategy.ts"
import * as Metrics from "./Metrics.ts"
import type { Payload } from "./Payload.ts"

/**
 * How long after a failure an actor is tried again.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultRetryDelay: Duration.Duration = Duration.seconds(60)

/**
 * How long an actor may take to end after it was stopped before that is reported.
 *
 * @category limits
 * @since 0.1.0
 */
export const defaultStopTimeLimit: Duration.Duration = Duration.seconds(10)

/**
 * How many changes may wait for the manager of a type before they are conflated: enough for what begins at one instant.
 *
 * @category limits
 * @since 0.1.0
 */
export const managingCapacity = 100_000

/**
 * What to do with actors of runs without an end while the service cannot be reached: let them go on, or stop them once
 * that has lasted `stopAfter`, and start them again when all is known again.
 *
 * @category models
 * @since 0.1.0
 */
export type WhenStale = "continue" | { readonly stopAfter: Duration.Input }

/**
 * How the actors of a type are managed.
 *
 * @category models
 * @since 0.1.0
 */
export interface ManageOptions<E = never, P = Payload> {
  /**
   * Which dispatches share an actor: each has its own unless given. It sees payloads decoded, if there is a schema for
   * them. A command that shares an actor which is up is only
   * an update to it, and one that is replaced at once: where none may go unseen, let each have its own.
   */
  readonly merge?: MergeStrategy<NoInfer<P>> | undefined
  /**
   * When to try again what failed, for as long as its dispatch runs: every 60 seconds unless given. It begins anew with
   * every change of the dispatch.
   */
  readonly retry?: Schedule.Schedule<unknown, Cause.Cause<E>> | undefined
  /** What to do while the service cannot be reached: `continue` unless given. */
  readonly whenStale?: WhenStale | undefined
  /** How long an actor may take to end before that is reported: 10 seconds unless given. */
  readonly stopTimeLimit?: Duration.Input | undefined
  /** How long the actor of a command may take, retries included, before it is interrupted: without limit unless given. */
  readonly commandTimeLimit?: Duration.Input | undefined
}

/**
 * Manages the actors of a type, with the payload as it is, or decoded with a schema. Completes once it stands: all that
 * runs at this moment and everything later has its actor. What the factory works with is taken from the environment.
 *
 * @category models
 * @since 0.1.0
 */
export interface Manage {
  <E = never, R = never>(
    type: string,
    factory: ActorFactory<Payload, E, R>,
    options?: ManageOptions<E> & { readonly payload?: undefined }
  ): Effect.Effect<void, never, Exclude<R, Scope.Scope>>
  <P, E = never, R = never>(
    type: string,
    factory: ActorFactory<P, E, R>,
    options: ManageOptions<E, P> & {
      /**
       * What the payload must be. One that is not never starts an actor, and is reported; under a merge strategy its
       * dispatch is taken as if it did not run.
       */
      readonly payload: Schema.ConstraintDecoder<P>
    }
  ): Effect.Effect<void, never, Exclude<R, Scope.Scope>>
}

/**
 * Runs an actor for every dispatch of the types it manages, or for every identity of a merge strategy.
 *
 * `Running` starts an actor or, if it is up, tells it the new info. `Stopped` interrupts it; it is not started again
 * before its finalizers have ended. An actor that fails is tried again; one that ends by itself is started again by the
 * next `Running`. The actor of a command runs to completion, unless its dispatch is deleted or deactivated. No actor's
 * failure touches another.
 *
 * @category services
 * @since 0.1.0
 */
export class ActorManager extends Context.Service<
  ActorManager,
  {
    /** Manages a type. A type that is managed already stays as it is, with a warning. */
    readonly manage: Manage
    /** Stops the actors of a type, waits for their finalizers, and manages it no longer. */
    readonly stopManaging: (type: string) => Effect.Effect<void>
    /** Whether a type is managed, until its last actor has ended. */
    readonly isManaged: (type: string) => Effect.Effect<boolean>
    /** Waits until nothing is managed. */
    readonly noneManaged: Effect.Effect<void>
  }
>()("@effect-dispatch/core/ActorManager") {
  /** Makes a manager for the life of the scope; leaving it stops all actors. */
  static readonly make = Effect.gen(function* () {
    const dispatching = yield* DispatchingActor
    const scope = yield* Effect.scope
    const managed = new Map<string, Entry>()
    const none = Latch.makeUnsafe(true)
    let hearsOfEnds = false

    /** Follows, once for all types, what ends commands: of that no running-state change tells. */
    const hearOfEnds = Effect.gen(function* () {
      if (hearsOfEnds) return
      hearsOfEnds = true
      const events = yield* dispatching.lifecycleEvents({ capacity: managingCapacity })
      const revoke = Effect.fnUntraced(function* (event: DispatchEvent) {
        if (event._tag !== "Updated" && event._tag !== "Deleted") return
        for (const [type, { actors }] of managed) {
          if (endsCommand(event, type)) yield* actors.revoke(event.dispatch.id)
        }
      })
      yield* Effect.forkScoped(Stream.runForEach(events, revoke))
    }).pipe(Scope.provide(scope))

    const stopManaging = (type: string): Effect.Effect<void> =>
      Effect.suspend(() => {
        const entry = managed.get(type)
        if (entry === undefined) return Effect.void
        if (entry.isStopping) return Deferred.await(entry.stopped)
        entry.isStopping = true
        const stop = Effect.gen(function* () {
          yield* Scope.close(entry.scope, Exit.void)
          yield* entry.actors.stop
          managed.delete(type)
          if (managed.size === 0) none.openUnsafe()
          yield* Deferred.succeed(entry.stopped, undefined)
        })
        // Whoever asked may go; what was begun is ended.
        return Effect.andThen(Effect.forkDetach(stop), Deferred.await(entry.stopped))
      })

    yield* Effect.addFinalizer(() =>
      Effect.forEach([...managed.keys()], stopManaging, { concurrency: "unbounded", discard: true })
    )

    const begin = Effect.fnUntraced(function* <P, E, R>(
      type: string,
      factory: ActorFactory<P, E, R>,
      options: ManageOptions<E, P> & { readonly payload?: Schema.ConstraintDecoder<P> | undefined }
    ) {
      if (managed.has(type)) {
        return yield* Effect.logWarning(`Actors of ${type} are managed already; they stay as they are`)
      }
      const { merge, whenStale = "continue" } = options
      const decode = Payloads.decoderOf(options.payload)
      const report = leavesOut(yield* Effect.context<never>())
      const mergingOf = (strategy: MergeStrategy) => Merging.make(strategy, type, report)
      const merging = merge && mergingOf(Payloads.usable(merge, decode))
      const actors = ManagedType.make({
        type,
        factory,
        services: yield* Effect.context<Exclude<R, Scope.Scope>>(),
        identityOf: merging?.keyOf ?? (({ dispatch }) => dispatch.id),
        decode,
        present: dispatching.dispatch,
        retry: options.retry ?? Schedule.spaced(defaultRetryDelay),
        catchUpWindow: dispatching.settings.catchUpWindow,
        stopTimeLimit: Duration.fromInputUnsafe(options.stopTimeLimit ?? defaultStopTimeLimit),
        commandTimeLimit: Duration.fromInputUnsafe(options.commandTimeLimit ?? Duration.infinity)
      })
      const entry: Entry = {
        actors,
        scope: Scope.makeUnsafe(),
        stopped: Deferred.makeUnsafe(),
        isStopping: false
      }
      managed.set(type, entry)
      none.closeUnsafe()
      // What cannot be followed any more must not run on for ever.
      const giveUp = (log: Effect.Effect<void>) => Effect.andThen(log, Effect.forkDetach(stopManaging(type)))
      const stopped = `Actors of ${type} are stopped and managed no longer`
      const follow = <A>(stream: Stream.Stream<A>, act: (value: A) => Effect.Effect<void>) =>
        Stream.runForEach(stream, act).pipe(
          Effect.matchCauseEffect({
            onSuccess: () =>
              giveUp(Effect.logWarning(`${stopped}: the dispatching actor tells nothing more`)),
            onFailure: (cause) => giveUp(Effect.logError(stopped, cause))
          }),
          Effect.forkIn(entry.scope)
        )
      const subscribe = Effect.gen(function* () {
        yield* Instrument.declare(countedByType, { type: [type] })
        yield* Metrics.actorsRunning.observe(actors.running, type)
        yield* hearOfEnds
        const subscribeTo = (merging: Merging.Merging | undefined) =>
          dispatching.runningStateChanges({
            type,
            merging,
            current: true,
            leavesRecovered: true,
            capacity: managingCapacity
          })
        const changes = yield* subscribeTo(merging)
        if (whenStale !== "continue") {
          const stopAfter = Duration.fromInputUnsafe(whenStale.stopAfter)
          const guarded = { actors, type, stopAfter, staleMillis: dispatching.staleMillis }
          // Already too stale: start nothing.
          yield* StaleGuard.check(guarded)
          yield* follow(StaleGuard.follow(guarded, dispatching.statusChanges), () => Effect.void)
        }
        yield* follow(changes, actors.follow)
        if (merge !== undefined && options.payload !== undefined) {
          const unusable = mergingOf(Payloads.unusable(merge, decode))
          yield* follow(yield* subscribeTo(unusable), actors.reject)
        }
      })
      yield* Effect.onError(Scope.provide(subscribe, entry.scope), () => stopManaging(type))
    }, Effect.uninterruptible)

    const manage: Manage = <P, E, R>(
      type: string,
      factory: ActorFactory<P, E, R>,
      options: ManageOptions<E, P> & { readonly payload?: Schema.ConstraintDecoder<P> | undefined } = {}
    ) =>
      Effect.suspend(() => {
        const before = managed.get(type)
        const stopped = before?.isStopping === true ? Deferred.await(before.stopped) : Effect.void
        return Effect.andThen(stopped, begin(type, factory, options))
      })

    return ActorManager.of({
      manage,
      stopManaging,
      isManaged: (type) => Effect.sync(() => managed.has(type)),
      noneManaged: none.await
    })
  })

  /** The manager of a dispatching actor. */
  static readonly layer: Layer.Layer<ActorManager, never, DispatchingActor> = Layer.effect(
    ActorManager,
    ActorManager.make
  )
}

/** A type that is managed. */
interface Entry {
  readonly actors: ManagedType.ManagedType
  /** Of what follows the dispatching actor. */
  readonly scope: Scope.Closeable
  readonly stopped: Deferred.Deferred<void>
  isStopping: boolean
}

/** What is counted of each type: there at 0 from when it is managed, so that the first failure is seen as a rise. */
const countedByType = [
  Metrics.actorsStarted,
  Metrics.actorsFailed,
  Metrics.actorsRetried,
  Metrics.stopsLate,
  Metrics.commandsTooLong,
  Metrics.payloadsUnusable
]

/** Whether the actor of a command must not go on after this. */
const endsCommand = (event: DispatchEvent, type: string): boolean => {
  const { dispatch } = event
  if (event._tag !== "Updated") return event._tag === "Deleted"
  return !dispatch.active || dispatch.type !== type || dispatch.dryRun !== event.previous.dryRun
}
