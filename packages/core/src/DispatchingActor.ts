/**
 * The dispatching actor: in sync with the dispatch service, it knows at every instant which dispatches of one microgrid
 * run, and tells its subscribers when to start, stop or reconfigure.
 *
 * @since 0.1.0
 */
import {
  Cause,
  Clock,
  Context,
  Deferred,
  type Duration,
  Effect,
  Layer,
  Option,
  type Scope,
  type Stream
} from "effect"
import * as Actor from "./Actor.ts"
import type { ClockOffset } from "./ClockOffset.ts"
import type { Dispatch } from "./Dispatch.ts"
import { DispatchClient, type UnreadableDispatch } from "./DispatchClient.ts"
import type { DispatchEvent } from "./DispatchEvent.ts"
import type { DispatchId } from "./DispatchId.ts"
import * as DispatchMirror from "./internal/mirror/dispatchMirror.ts"
import { DispatchScheduler } from "./DispatchScheduler.ts"
import * as Dispatching from "./internal/site/loop.ts"
import * as OptionChecks from "./internal/port/optionChecks.ts"
import { zoneDataRelease } from "./internal/recurrence/zoneData.ts"
import { makeSite } from "./internal/site/makeSite.ts"
import type { Site } from "./internal/site/site.ts"
import * as SiteVitals from "./internal/site/siteVitals.ts"
import * as Subscriptions from "./internal/site/subscriptions.ts"
import type { JournalWriter } from "./internal/journal/journalWriter.ts"
import type { MicrogridId } from "./MicrogridId.ts"
import type { MicrogridTaken } from "./MicrogridTaken.ts"
import { type OptionError, refuse } from "./Options.ts"
import type { MissedRun, RunningStateChange } from "./RunningStateChange.ts"
import type { Fenced } from "./SitePersistence.ts"
import type { RunningStateOptions, SubscribeOptions } from "./SubscribeOptions.ts"
import type { Journal } from "./SiteJournal.ts"
import type { SyncStatus } from "./SyncStatus.ts"
import { syncCheck, type SyncOptions, type SyncSettings } from "./SyncSettings.ts"

/**
 * The number of values a subscriber may be behind. Beyond, its pending values are conflated, which is counted. Set
 * by `subscriberCapacity`.
 *
 * @category limits
 * @since 0.1.0
 */
export const defaultSubscriberCapacity = 1_024

/**
 * The options of a dispatching actor. Values missing in `sync` have their defaults, `SyncDefaults`.
 *
 * @category models
 * @since 0.1.0
 */
export interface DispatchingActorOptions {
  readonly microgridId: MicrogridId
  readonly sync?: SyncOptions | undefined
  /**
   * Completes when the actor may ask the service, such as once the application has subscribed: at once unless given. Until
   * then the actor only ends runs that an earlier process left.
   */
  readonly askAfter?: Effect.Effect<void> | undefined
  /** The delay between a failure of the actor's logic and its next start: 2 seconds unless given. */
  readonly restartDelay?: Duration.Input | undefined
  /** The number of restarts before a failure is final: without limit unless given. */
  readonly restartLimit?: number | undefined
  /** The number of values a subscriber may be behind before they are conflated: 1,024 unless given. */
  readonly subscriberCapacity?: number | undefined
}

/**
 * The dispatching actor of one microgrid.
 *
 * Subscriptions stand from the moment they are made and outlive restarts of the actor. A slow subscriber holds up
 * nobody; see `defaultSubscriberCapacity`.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchingActor, DispatchScheduler, MicrogridId } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const dispatching = yield* DispatchingActor.DispatchingActor
 *   yield* dispatching.initialized
 *   assert.strictEqual((yield* dispatching.status)._tag, "Synchronised")
 *   yield* dispatching.actor.stop("the shift is over")
 *   assert.ok(!(yield* dispatching.actor.isRunning))
 * })
 * const layer = DispatchingActor.layer({ microgridId: MicrogridId.make(1n) }).pipe(
 *   Layer.provide([DispatchScheduler.layer, ServiceClient.layerMemory])
 * )
 * await Effect.runPromise(Effect.provide(program, layer))
 * ```
 *
 * @see BEHAVIOUR section 2
 * @category services
 * @since 0.1.0
 */
export class DispatchingActor extends Context.Service<
  DispatchingActor,
  {
    readonly microgridId: MicrogridId
    /** The settings of its synchronisation, defaults included. */
    readonly settings: SyncSettings
    /** Subscribes to the lifecycle events of dispatches. */
    readonly lifecycleEvents: (
      options?: SubscribeOptions
    ) => Effect.Effect<Stream.Stream<DispatchEvent>, never, Scope.Scope>
    /** Subscribes to starts, changes and stops, of each dispatch or, merged, of each identity. */
    readonly runningStateChanges: (
      options?: RunningStateOptions
    ) => Effect.Effect<Stream.Stream<RunningStateChange>, never, Scope.Scope>
    /** Subscribes to occurrences that came and went unannounced. */
    readonly missedRuns: (
      options?: Omit<SubscribeOptions, "current">
    ) => Effect.Effect<Stream.Stream<MissedRun>, never, Scope.Scope>
    /** The quality of the knowledge of the service at this moment. */
    readonly status: Effect.Effect<SyncStatus>
    /** The present status, then every change of it. */
    readonly statusChanges: Stream.Stream<SyncStatus>
    /** Calls a function with the present status and with each that follows, for the life of the scope. @internal */
    readonly followStatus: (follower: (status: SyncStatus) => void) => Effect.Effect<void, never, Scope.Scope>
    /** Completes once the dispatches have been listed for the first time, and stays completed. */
    readonly initialized: Effect.Effect<void>
    /** All dispatches known at this moment. */
    readonly dispatches: Effect.Effect<ReadonlyArray<Dispatch>>
    /** The newest version of a dispatch, if it is known at this moment. */
    readonly dispatch: (id: DispatchId) => Effect.Effect<Option.Option<Dispatch>>
    /** The dispatches that exist at the service but cannot be read, and therefore never run. */
    readonly unschedulable: Effect.Effect<ReadonlyArray<UnreadableDispatch>>
    /** The version of the zone data that rules in local time go by here; `undefined` where the runtime does not tell. */
    readonly zoneData: string | undefined
    /** The service's clock against the local one, as far as its answers tell. Nothing is ordered by it. */
    readonly clockOffset: Effect.Effect<Option.Option<ClockOffset>>
    /** The time for which it has been stale, elapsed, in milliseconds; nothing while it is not. @internal */
    readonly staleMillis: Effect.Effect<number | undefined>
    /** The journal of the site, to read it; none unless there is a place for it. */
    readonly journal: Option.Option<Journal>
    /** Writes the journal. @internal */
    readonly journalWriter: JournalWriter | undefined
    /** Starts, stops and watches the actor itself. It fails for good when another actor takes over its store. */
    readonly actor: Actor.Actor<Fenced>
  }
>()("@effect-dispatch/core/DispatchingActor") {}

/**
 * Makes an actor for the life of the scope; it runs once its `actor` is started.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (options: DispatchingActorOptions) {
  yield* checkOptions(options)
  const { microgridId } = options
  const surroundings = {
    client: yield* DispatchClient,
    scheduler: yield* DispatchScheduler,
    clock: yield* Clock.Clock,
    askAfter: options.askAfter ?? Effect.void
  }
  const site = yield* makeSite(microgridId, options.sync, surroundings.clock)
  const { clockOffset = () => undefined } = surroundings.client
  yield* SiteVitals.observe({ site, clockOffset })
  const actor = yield* Effect.annotateLogs(
    Actor.make({
      name: `DispatchingActor(${microgridId})`,
      logic: Dispatching.run(site, surroundings),
      restartDelay: options.restartDelay,
      restartLimit: options.restartLimit,
      isFinal: isFenced
    }),
    "microgrid",
    String(microgridId)
  )
  const shown = {
    site,
    actor,
    clockOffset,
    capacity: options.subscriberCapacity ?? defaultSubscriberCapacity
  }
  return DispatchingActor.of(new SiteActor({ ...shown, context: yield* Effect.context<never>() }))
})

/**
 * The actor of a microgrid, started, for the life of the layer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: DispatchingActorOptions
): Layer.Layer<DispatchingActor, MicrogridTaken | OptionError, DispatchClient | DispatchScheduler> =>
  Layer.effect(
    DispatchingActor,
    Effect.tap(make(options), ({ actor }) => actor.start)
  )

const checkOptions = OptionChecks.checked<DispatchingActorOptions>({
  microgridId: OptionChecks.microgrid,
  sync: OptionChecks.optional(syncCheck),
  askAfter: OptionChecks.optional(OptionChecks.anEffect),
  restartDelay: OptionChecks.optional(OptionChecks.length),
  restartLimit: OptionChecks.optional(OptionChecks.restartLimit),
  subscriberCapacity: OptionChecks.optional(OptionChecks.capacity)
})

/** True if the store has refused for good: another actor has taken over. */
const isFenced = (cause: Cause.Cause<Fenced>): boolean => Option.isSome(Cause.findErrorOption(cause))

type Service = DispatchingActor["Service"]

/** The parts that an actor is shown by. */
interface Shown {
  readonly site: Site
  readonly actor: Actor.Actor<Fenced>
  readonly clockOffset: () => ClockOffset | undefined
  /** The number of values that a subscriber may be behind, unless its options say otherwise. */
  readonly capacity: number
  readonly context: Context.Context<never>
}

/** The service of an actor. Its members are made when somebody asks for them: of most of thousands nobody asks anything. */
class SiteActor implements Service {
  readonly #shown: Shown
  #subscriptions: Subscriptions.Subscriptions | undefined

  constructor(shown: Shown) {
    this.#shown = shown
  }

  get microgridId() {
    return this.#shown.site.microgridId
  }

  get settings() {
    return this.#shown.site.settings
  }

  get actor() {
    return this.#shown.actor
  }

  get zoneData() {
    return zoneDataRelease()
  }

  get status(): Service["status"] {
    return Effect.sync(() => this.#shown.site.board.status)
  }

  get statusChanges() {
    return this.#shown.site.board.changes
  }

  get followStatus(): Service["followStatus"] {
    return (follower) => this.#shown.site.board.follow(follower)
  }

  get clockOffset(): Service["clockOffset"] {
    return Effect.sync(() => Option.fromUndefinedOr(this.#shown.clockOffset()))
  }

  get staleMillis(): Service["staleMillis"] {
    return Effect.sync(() => this.#shown.site.vitals.staleMillis())
  }

  get journal(): Service["journal"] {
    return Option.fromUndefinedOr(this.#shown.site.journal)
  }

  get journalWriter() {
    return this.#shown.site.journal
  }

  get initialized(): Service["initialized"] {
    return Deferred.await(this.#shown.site.initialized)
  }

  get dispatches(): Service["dispatches"] {
    return Effect.sync(() => DispatchMirror.dispatches(this.#shown.site.mirror))
  }

  get dispatch(): Service["dispatch"] {
    return (id) =>
      Effect.map(checkId(id), () =>
        Option.fromUndefinedOr(DispatchMirror.dispatch(this.#shown.site.mirror, id))
      )
  }

  get unschedulable(): Service["unschedulable"] {
    return Effect.sync(() => DispatchMirror.unschedulable(this.#shown.site.mirror))
  }

  get lifecycleEvents() {
    return this.#subscribing.lifecycleEvents
  }

  get runningStateChanges() {
    return this.#subscribing.runningStateChanges
  }

  get missedRuns() {
    return this.#subscribing.missedRuns
  }

  get #subscribing(): Subscriptions.Subscriptions {
    const { capacity, context, site } = this.#shown
    return (this.#subscriptions ??= Subscriptions.make(site, capacity, context))
  }
}

/** A number would find some dispatches, and never those of large ids. */
const checkId = (id: DispatchId): Effect.Effect<void> =>
  Effect.orDie(refuse(() => OptionChecks.dispatchId(id, "id")))
