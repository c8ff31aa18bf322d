/**
 * All that an application needs of the dispatches of one microgrid, in one service.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer, type Option, type Scope, type Stream } from "effect"
import type { Actor } from "./Actor.ts"
import * as ActorManager from "./ActorManager.ts"
import type { ClockOffset } from "./ClockOffset.ts"
import type { Dispatch } from "./Dispatch.ts"
import { DispatchClient, type UnreadableDispatch } from "./DispatchClient.ts"
import type { DispatchEvent } from "./DispatchEvent.ts"
import type { DispatchId } from "./DispatchId.ts"
import * as DispatchingActor from "./DispatchingActor.ts"
import * as DispatchScheduler from "./DispatchScheduler.ts"
import { Errands } from "./internal/errands.ts"
import * as OptionChecks from "./internal/port/optionChecks.ts"
import { OutageLog } from "./internal/site/outageLog.ts"
import type { MicrogridId } from "./MicrogridId.ts"
import type { MicrogridTaken } from "./MicrogridTaken.ts"
import { type OptionError, refuse } from "./Options.ts"
import type { MissedRun, RunningStateChange } from "./RunningStateChange.ts"
import type { Fenced } from "./SitePersistence.ts"
import {
  checkSubscriptionOfType as checks,
  type RunningStateOptions,
  type SubscribeOptions
} from "./SubscribeOptions.ts"
import type { Journal } from "./SiteJournal.ts"
import type { SyncStatus } from "./SyncStatus.ts"

export { outageMin } from "./internal/site/outageLog.ts"

/**
 * The dispatcher of one microgrid: the dispatching actor, kept running, the manager of the application's own actors,
 * and the client they share.
 *
 * Each subscription stands once the effect that makes it has completed, and lasts as long as its scope. With the client
 * over gRPC it is `DispatcherGrpc.layer` of `@effect-dispatch/client`.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher, MicrogridId, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer, Stream } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const program = Effect.gen(function* () {
 *   const { client, microgridId, runningStateChanges } = yield* Dispatcher.Dispatcher
 *   const changes = yield* runningStateChanges("CHARGE")
 *   const target = Target.componentCategories("EV_CHARGER")
 *   yield* client.create(microgridId, { type: "CHARGE", startTime: "NOW", duration: "20 minutes", target })
 *   yield* TestClock.adjust("20 minutes")
 *   const states = Stream.map(Stream.take(changes, 2), ({ state }) => state)
 *   assert.deepStrictEqual(yield* Stream.runCollect(states), ["Running", "Stopped"])
 * })
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n) }).pipe(
 *   Layer.provide(ServiceClient.layerMemory),
 *   Layer.provideMerge(TestClock.layer())
 * )
 * await Effect.runPromise(Effect.scoped(Effect.provide(program, Site)))
 * ```
 *
 * @see BEHAVIOUR section 4
 * @category services
 * @since 0.1.0
 */
export class Dispatcher extends Context.Service<
  Dispatcher,
  {
    readonly microgridId: MicrogridId
    /** The client, to create, change and delete dispatches. */
    readonly client: DispatchClient["Service"]
    /** Subscribes to the lifecycle events of dispatches, of one type or of all. */
    readonly lifecycleEvents: (
      type?: string,
      options?: Omit<SubscribeOptions, "type">
    ) => Effect.Effect<Stream.Stream<DispatchEvent>, never, Scope.Scope>
    /** Subscribes to starts, changes and stops: of each dispatch or, merged, of each identity. */
    readonly runningStateChanges: (
      type?: string,
      options?: Omit<RunningStateOptions, "type">
    ) => Effect.Effect<Stream.Stream<RunningStateChange>, never, Scope.Scope>
    /** Subscribes to occurrences that came and went unannounced. */
    readonly missedRuns: (
      type?: string,
      options?: Omit<SubscribeOptions, "type" | "current">
    ) => Effect.Effect<Stream.Stream<MissedRun>, never, Scope.Scope>
    /** All dispatches known at this moment. */
    readonly dispatches: Effect.Effect<ReadonlyArray<Dispatch>>
    /** The newest version of a dispatch, if it is known at this moment. */
    readonly dispatch: (id: DispatchId) => Effect.Effect<Option.Option<Dispatch>>
    /** The dispatches that exist at the service but cannot be read, and therefore never run. */
    readonly unschedulable: Effect.Effect<ReadonlyArray<UnreadableDispatch>>
    /** The quality of the knowledge of the service at this moment. */
    readonly status: Effect.Effect<SyncStatus>
    /** The present status, then every change of it. */
    readonly statusChanges: Stream.Stream<SyncStatus>
    /** The version of the zone data that rules in local time go by here; `undefined` where the runtime does not tell. */
    readonly zoneData: string | undefined
    /**
     * The lead of the service's clock over the local one, with its bounds, as far as answers tell at this moment.
     * Nothing is ordered by it.
     */
    readonly clockOffset: Effect.Effect<Option.Option<ClockOffset>>
    /** Completes once the dispatches have been listed for the first time, and stays completed. */
    readonly initialized: Effect.Effect<void>
    /** The journal of the site, to read it; none unless there is a place for it. */
    readonly journal: Option.Option<Journal>
    /** Runs an actor of the application for every dispatch of a type, while it runs. */
    readonly manage: ActorManager.ActorManager["Service"]["manage"]
    /** Stops the actors of a type, waits for their finalizers, and manages it no longer. */
    readonly stopManaging: ActorManager.ActorManager["Service"]["stopManaging"]
    /** True from `manage` until the last actor of the type has ended. */
    readonly isManaged: ActorManager.ActorManager["Service"]["isManaged"]
    /** Waits until nothing is managed. */
    readonly noneManaged: ActorManager.ActorManager["Service"]["noneManaged"]
    /** The dispatching actor itself: it runs from the beginning. */
    readonly actor: Actor<Fenced>
  }
>()("@effect-dispatch/core/Dispatcher") {}

/**
 * Makes a dispatcher, running, for the life of the scope; leaving it stops every actor.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (options: DispatchingActor.DispatchingActorOptions) {
  const client = yield* DispatchClient
  const dispatching = yield* DispatchingActor.make(options)
  const manager = yield* Effect.provideService(
    ActorManager.make,
    DispatchingActor.DispatchingActor,
    dispatching
  )
  const outages = new OutageLog(options.microgridId, yield* Errands.make(() => {}))
  yield* dispatching.followStatus(outages.note)
  yield* dispatching.actor.start
  return Dispatcher.of(new SiteDispatcher(client, dispatching, manager))
})

/**
 * The dispatcher of a microgrid on a chosen client: another transport, or that of a test. It brings its scheduler
 * along; time comes from Effect's `Clock`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerWithClient = (
  options: DispatchingActor.DispatchingActorOptions
): Layer.Layer<Dispatcher, MicrogridTaken | OptionError, DispatchClient> =>
  Layer.provide(Layer.effect(Dispatcher, Effect.tap(make(options), tellZoneData)), DispatchScheduler.layer)

const tellZoneData = ({ zoneData }: Dispatcher["Service"]): Effect.Effect<void> =>
  Effect.logInfo(`Rules in local time go by zone data ${zoneData ?? "of an unknown version"}`)

/**
 * A program that runs `setUp` (subscriptions, managed types), then runs until it is interrupted. It fails only if
 * `setUp` does, and dies with an `OptionError` if that gives no effect. With a layer provided to it, an interruption stops all that the layer made.
 *
 * @category running
 * @since 0.1.0
 */
export const run = <E, R>(
  setUp: (dispatcher: Dispatcher["Service"]) => Effect.Effect<unknown, E, R>
): Effect.Effect<never, E, Exclude<R, Scope.Scope> | Dispatcher> =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* Effect.orDie(refuse(() => OptionChecks.aFunction(setUp, "setUp")))
      const begun = setUp(yield* Dispatcher)
      yield* OptionChecks.checkEffect(begun, "setUp")
      yield* begun
      return yield* Effect.never
    })
  )

type Service = Dispatcher["Service"]

/** All of a microgrid in one service. Its members are made when somebody asks for them. */
class SiteDispatcher implements Service {
  readonly client: DispatchClient["Service"]
  readonly #dispatching: DispatchingActor.DispatchingActor["Service"]
  readonly #manager: ActorManager.ActorManager["Service"]

  constructor(
    client: DispatchClient["Service"],
    dispatching: DispatchingActor.DispatchingActor["Service"],
    manager: ActorManager.ActorManager["Service"]
  ) {
    this.client = client
    this.#dispatching = dispatching
    this.#manager = manager
  }

  get microgridId() {
    return this.#dispatching.microgridId
  }

  get lifecycleEvents(): Service["lifecycleEvents"] {
    return (type, options = {}) =>
      Effect.andThen(checks.events(options), this.#dispatching.lifecycleEvents({ ...options, type }))
  }

  get runningStateChanges(): Service["runningStateChanges"] {
    return (type, options = {}) =>
      Effect.andThen(checks.changes(options), this.#dispatching.runningStateChanges({ ...options, type }))
  }

  get missedRuns(): Service["missedRuns"] {
    return (type, options = {}) =>
      Effect.andThen(checks.missed(options), this.#dispatching.missedRuns({ ...options, type }))
  }

  get dispatches() {
    return this.#dispatching.dispatches
  }

  get dispatch() {
    return this.#dispatching.dispatch
  }

  get unschedulable() {
    return this.#dispatching.unschedulable
  }

  get status() {
    return this.#dispatching.status
  }

  get statusChanges() {
    return this.#dispatching.statusChanges
  }

  get zoneData() {
    return this.#dispatching.zoneData
  }

  get clockOffset() {
    return this.#dispatching.clockOffset
  }

  get initialized() {
    return this.#dispatching.initialized
  }

  get journal() {
    return this.#dispatching.journal
  }

  get actor() {
    return this.#dispatching.actor
  }

  get manage() {
    return this.#manager.manage
  }

  get stopManaging() {
    return this.#manager.stopManaging
  }

  get isManaged() {
    return this.#manager.isManaged
  }

  get noneManaged() {
    return this.#manager.noneManaged
  }
}
