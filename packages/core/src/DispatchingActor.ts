/**
 * The dispatching actor: in sync with the dispatch service, it knows at every instant which dispatches of one microgrid
 * run, and tells its subscribers when to start, stop or reconfigure.
 *
 * @since 0.1.0
 */
import {
  Clock,
  Context,
  Deferred,
  type Duration,
  Effect,
  Layer,
  Option,
  type Scope,
  Semaphore,
  type Stream,
  SubscriptionRef
} from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Actor from "./Actor.ts"
import type { ClockOffset } from "./ClockOffset.ts"
import type { Dispatch } from "./Dispatch.ts"
import { DispatchClient, type UnreadableDispatch } from "./DispatchClient.ts"
import { DispatchEvent } from "./DispatchEvent.ts"
import type { DispatchId } from "./DispatchId.ts"
import * as DispatchMirror from "./DispatchMirror.ts"
import { DispatchScheduler } from "./DispatchScheduler.ts"
import * as Dispatching from "./internal/site/dispatching.ts"
import { eventsOfType } from "./internal/subscribers/eventsOfType.ts"
import * as Hub from "./internal/subscribers/hub.ts"
import * as Merging from "./internal/subscribers/merging.ts"
import { RecoveryWait } from "./internal/sync/recoveryWait.ts"
import * as ServiceClock from "./internal/sync/serviceClock.ts"
import type { Site } from "./internal/site/site.ts"
import * as SiteKeeper from "./internal/site/siteKeeper.ts"
import * as SiteVitals from "./internal/site/siteVitals.ts"
import * as Standing from "./internal/site/standing.ts"
import { makePending, makePendingChanges, makePendingEvents } from "./internal/subscribers/pendingChanges.ts"
import type { MergeStrategy } from "./MergeStrategy.ts"
import * as Metrics from "./Metrics.ts"
import type { MicrogridId } from "./MicrogridId.ts"
import type { MissedRun, RunningStateChange } from "./RunningStateChange.ts"
import { SitePersistence } from "./SitePersistence.ts"
import { SyncStatus } from "./SyncStatus.ts"
import { defaultSettings, type SyncSettings } from "./SyncSettings.ts"
import * as Timeline from "./Timeline.ts"

/**
 * How many values a subscriber may be behind before its pending values are conflated.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultSubscriberCapacity = 1_024

/** The start and the stop of a command come together. */
const subscriberCapacityMin = 2

/**
 * What a dispatching actor is made of. Whatever is left out of `sync` has its default.
 *
 * @category models
 * @since 0.1.0
 */
export interface DispatchingActorOptions {
  readonly microgridId: MicrogridId
  readonly sync?: Partial<SyncSettings> | undefined
  /** How long after a failure the actor's logic is started again: 2 seconds unless given. */
  readonly restartDelay?: Duration.Input | undefined
  /** How often it is started again before its failure is final: without limit unless given. */
  readonly restartLimit?: number | undefined
  /** How many values a subscriber may be behind before they are conflated: 1,024 unless given. */
  readonly subscriberCapacity?: number | undefined
}

/**
 * What a subscriber asks for.
 *
 * @category models
 * @since 0.1.0
 */
export interface SubscribeOptions {
  /** Only dispatches of this type. */
  readonly type?: string | undefined
  /**
   * Begins with the present state: the last change of every running dispatch, or every known dispatch as `Created`.
   * Before them come the stops of what an earlier process announced and shall not run any more, if nobody was subscribed
   * when the actor found out; they are told once.
   */
  readonly current?: boolean | undefined
  /**
   * How many values this subscriber may be behind before they are conflated: that of the actor unless given, at least
   * 2, so that a command's start and stop fit.
   */
  readonly capacity?: number | undefined
}

/**
 * What a subscriber to running-state changes asks for.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunningStateOptions extends SubscribeOptions {
  /** Which dispatches are told of as one: each by itself unless given. */
  readonly merge?: MergeStrategy | undefined
  /** Leaves the stops of what an earlier process announced to who can act upon them. @internal */
  readonly leavesRecovered?: boolean | undefined
}

/**
 * The dispatching actor of one microgrid.
 *
 * Subscriptions stand from the moment they are made and outlive restarts of the actor. A slow subscriber holds up
 * nobody; see `defaultSubscriberCapacity`.
 *
 * @category services
 * @since 0.1.0
 */
export class DispatchingActor extends Context.Service<
  DispatchingActor,
  {
    readonly microgridId: MicrogridId
    /** How it keeps in sync, defaults included. */
    readonly settings: SyncSettings
    /** Subscribes to what happens to dispatches. */
    readonly lifecycleEvents: (
      options?: SubscribeOptions
    ) => Effect.Effect<Stream.Stream<DispatchEvent>, never, Scope.Scope>
    /** Subscribes to what starts, changes and stops, of each dispatch or, merged, of each identity. */
    readonly runningStateChanges: (
      options?: RunningStateOptions
    ) => Effect.Effect<Stream.Stream<RunningStateChange>, never, Scope.Scope>
    /** Subscribes to occurrences that came and went unannounced. */
    readonly missedRuns: (
      options?: Omit<SubscribeOptions, "current">
    ) => Effect.Effect<Stream.Stream<MissedRun>, never, Scope.Scope>
    /** How well the service is known at this moment. */
    readonly status: Effect.Effect<SyncStatus>
    /** The present status, then every change of it. */
    readonly statusChanges: Stream.Stream<SyncStatus>
    /**
     * How far the service's clock is ahead of the local one, with its bounds, as far as answers tell at this moment.
     * Nothing is ordered by it.
     */
    readonly clockOffset: Effect.Effect<Option.Option<ClockOffset>>
    /** Completes once the dispatches have been listed for the first time, and stays completed. */
    readonly initialized: Effect.Effect<void>
    /** All dispatches known at this moment. */
    readonly dispatches: Effect.Effect<ReadonlyArray<Dispatch>>
    /** The newest version of a dispatch, if it is known at this moment. */
    readonly dispatch: (id: DispatchId) => Effect.Effect<Option.Option<Dispatch>>
    /** What exists at the service but cannot be read, and therefore never runs. */
    readonly unschedulable: Effect.Effect<ReadonlyArray<UnreadableDispatch>>
    /** Starts, stops and watches the actor itself. */
    readonly actor: Actor.Actor
  }
>()("@effect-dispatch/core/DispatchingActor") {
  /** Makes an actor for the life of the scope; it runs once its `actor` is started. */
  static readonly make = Effect.fnUntraced(function* (options: DispatchingActorOptions) {
    const { microgridId } = options
    const surroundings = {
      client: yield* DispatchClient,
      scheduler: yield* DispatchScheduler,
      clock: yield* Clock.Clock
    }
    const settings: SyncSettings = { ...defaultSettings, ...options.sync }
    const mirror = DispatchMirror.make(settings)
    const timeline = Timeline.make({ catchUpWindow: settings.catchUpWindow })
    const site: Site = {
      microgridId,
      settings,
      mirror,
      timeline,
      keeper: Option.match(yield* SitePersistence, {
        onNone: () => SiteKeeper.forgetful,
        onSome: (store) =>
          SiteKeeper.make(KeyValueStore.prefix(store, `microgrid-${microgridId}/`), mirror, timeline)
      }),
      status: yield* SubscriptionRef.make<SyncStatus>(SyncStatus.Connecting({})),
      standing: Standing.make(),
      recovery: new RecoveryWait(settings, () => DispatchMirror.isWaiting(mirror)),
      serviceClock: ServiceClock.make(),
      initialized: yield* Deferred.make<void>(),
      events: yield* Hub.make<DispatchEvent>(),
      changes: yield* Hub.make<RunningStateChange>(),
      missed: yield* Hub.make<MissedRun>(),
      vitals: new SiteVitals.SiteVitals(surroundings.clock),
      recoveredStops: [],
      turn: Semaphore.makeUnsafe(1)
    }
    const actor = yield* Actor.make({
      name: `DispatchingActor(${microgridId})`,
      logic: Effect.annotateLogs(Dispatching.run(site, surroundings), "microgrid", String(microgridId)),
      restartDelay: options.restartDelay,
      restartLimit: options.restartLimit
    })
    const context = yield* Effect.context<never>()
    const capacityOf = (asked: number | undefined) =>
      Math.max(asked ?? options.subscriberCapacity ?? defaultSubscriberCapacity, subscriberCapacityMin)
    yield* SiteVitals.observe(site)
    const conflated = (kind: "Change" | "Event" | "MissedRun") => (count: number) =>
      Metrics.valuesConflated.at(kind).updateUnsafe(count, context)
    const isOf = (type: string | undefined) => (value: { readonly dispatch: Dispatch }) =>
      type === undefined || value.dispatch.type === type
    /** A pair that a slow subscriber could not keep is reported to whoever follows missed runs. */
    const onDropped = ({ dispatch, occurrence }: RunningStateChange) => {
      site.missed.publish([{ _tag: "MissedRun", dispatch, occurrence, reason: "SlowSubscriber" }])
      Metrics.runsMissed.at("SlowSubscriber").updateUnsafe(1, context)
    }

    const takeRecovered = (
      { current, leavesRecovered }: RunningStateOptions,
      isWanted: (change: RunningStateChange) => boolean
    ) => {
      if (current !== true || leavesRecovered === true) return []
      const taken = site.recoveredStops.filter(isWanted)
      site.recoveredStops = site.recoveredStops.filter((change) => !taken.includes(change))
      return taken
    }

    return DispatchingActor.of({
      microgridId,
      settings,
      actor,
      status: SubscriptionRef.get(site.status),
      statusChanges: SubscriptionRef.changes(site.status),
      clockOffset: Effect.sync(() => Option.fromNullishOr(site.serviceClock.offset)),
      initialized: Deferred.await(site.initialized),
      dispatches: Effect.sync(() => DispatchMirror.dispatches(site.mirror)),
      dispatch: (id) => Effect.sync(() => Option.fromNullishOr(DispatchMirror.dispatch(site.mirror, id))),
      unschedulable: Effect.sync(() => DispatchMirror.unschedulable(site.mirror)),
      lifecycleEvents: ({ capacity, current, type } = {}) =>
        site.turn.withPermit(
          site.events.subscribe({
            current: () =>
              current === true
                ? DispatchMirror.lastReadable(site.mirror)
                    .map((dispatch) => DispatchEvent.Created({ dispatch }))
                    .filter(isOf(type))
                : [],
            select: eventsOfType(type),
            pending: makePendingEvents(capacityOf(capacity), conflated("Event"))
          })
        ),
      runningStateChanges: (options = {}) =>
        Effect.suspend(() => {
          const { capacity, current = false, merge, type } = options
          const running = () => Timeline.running(site.timeline)
          const keyOf = ({ dispatch }: RunningStateChange) => merge?.identity(dispatch) ?? dispatch.id
          const pending = makePendingChanges(capacityOf(capacity), keyOf, onDropped, conflated("Change"))
          if (merge === undefined) {
            return site.changes.subscribe({
              current: () => [
                ...takeRecovered(options, isOf(type)),
                ...(current ? running().filter(isOf(type)) : [])
              ],
              select: (changes) => changes.filter(isOf(type)),
              pending
            })
          }
          const merging = Merging.make(merge, type)
          return site.changes.subscribe({
            current: () => {
              const recovered = merging.merge(takeRecovered(options, merging.takesPart))
              const taken = merging.begin(running(), current)
              return current ? [...recovered, ...taken] : []
            },
            select: merging.merge,
            pending
          })
        }).pipe(site.turn.withPermit),
      missedRuns: ({ capacity, type } = {}) =>
        Effect.suspend(() =>
          site.missed.subscribe({
            current: () => [],
            select: (missed) => missed.filter(isOf(type)),
            // Old ones are of no use to who cannot keep up: the newest stay.
            pending: makePending(capacityOf(capacity), (pending) => {
              const kept = pending.slice(-Math.ceil(capacityOf(capacity) / 2))
              conflated("MissedRun")(pending.length - kept.length)
              return kept
            })
          })
        )
    })
  })

  /** The actor of a microgrid, started, for the life of the layer. */
  static readonly layer = (
    options: DispatchingActorOptions
  ): Layer.Layer<DispatchingActor, never, DispatchClient | DispatchScheduler> =>
    Layer.effect(
      DispatchingActor,
      Effect.tap(DispatchingActor.make(options), ({ actor }) => actor.start)
    )
}
