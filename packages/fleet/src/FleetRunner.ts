/**
 * A process of a fleet: it runs the dispatching actors of its share of the microgrids, and the application's code beside
 * each.
 *
 * @since 0.1.0
 */
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import * as Dispatchers from "@effect-dispatch/core/Dispatcher"
import * as DispatchScheduler from "@effect-dispatch/core/DispatchScheduler"
import { zoneDataRelease } from "@effect-dispatch/core/LocalClock"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { SyncOptions } from "@effect-dispatch/core/SyncSettings"
import { Clock, Context, Deferred, Duration, Effect, Latch, Layer, Scope, Stream } from "effect"
import type { FencingToken } from "./FencingToken.ts"
import { FleetEngine } from "./FleetEngine.ts"
import type { FleetError } from "./FleetError.ts"
import { lookRetryDelay } from "./FleetLimits.ts"
import { FleetRegistry } from "./FleetRegistry.ts"
import { toleranceOf } from "./FleetSettings.ts"
import { FleetStore } from "./FleetStore.ts"
import { elapsedOf } from "./internal/elapsed.ts"
import * as ReporterName from "./internal/reporterName.ts"
import * as Bucket from "./internal/runner/bucket.ts"
import { FrontDesk } from "./internal/runner/frontDesk.ts"
import { Guard } from "./internal/runner/guard.ts"
import { Holdings } from "./internal/runner/holdings.ts"
import * as SiteJournals from "./internal/runner/siteJournal.ts"
import { Watchdog } from "./internal/runner/watchdog.ts"
import * as Metrics from "./Metrics.ts"

/**
 * The time between two lists of the service in a fleet, where there are many that ask: 15 minutes. Set by
 * `resyncInterval`.
 *
 * @category limits
 * @since 0.1.0
 */
export const defaultResyncInterval: Duration.Duration = Duration.minutes(15)

/**
 * The delay before a site is started again that has failed. Set by `restartDelay`.
 *
 * @category limits
 * @since 0.1.0
 */
export const defaultRestartDelay: Duration.Duration = Duration.seconds(2)

/**
 * The application's code for a microgrid: a layer that may use its `Dispatcher` and its `FencingToken`. The actor waits
 * for it, though not for long, so what takes its time goes into a fiber of the layer.
 *
 * @see BEHAVIOUR F8
 * @category models
 * @since 0.1.0
 */
export type SiteCode<E, R> = Layer.Layer<never, E, R>

/**
 * The options of a process.
 *
 * @category models
 * @since 0.1.0
 */
export interface FleetRunnerOptions<E, R> {
  /**
   * The code beside each dispatcher: one layer for all, or one for each. It is built anew at each activation, in its
   * scope. A failure touches no other microgrid; it is tried again after `restartDelay`.
   */
  readonly site: SiteCode<E, R> | ((microgridId: MicrogridId) => SiteCode<E, R>)
  /** The synchronisation of the actors; `resyncInterval` is 15 minutes unless given. */
  readonly sync?: SyncOptions | undefined
  /** The name of the reporter of journals, for people. Without it no journal is kept, beside the edges. */
  readonly journal?: string | undefined
  /** Makes the dispatcher of a site: `Dispatcher.make` unless given, such as one that measures the fleet alone. */
  readonly makeDispatcher?: typeof Dispatchers.make | undefined
  /** The delay before a site is started again that has failed: 2 seconds unless given. */
  readonly restartDelay?: Duration.Input | undefined
}

/**
 * This process as a part of its fleet.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher } from "@effect-dispatch/core"
 * import { FencingToken, FleetNode, FleetRunner } from "@effect-dispatch/fleet"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * const Site = Layer.effectDiscard(
 *   Effect.gen(function* () {
 *     const dispatcher = yield* Dispatcher.Dispatcher
 *     const token = yield* FencingToken.FencingToken
 *     yield* dispatcher.manage("CHARGE", ({ payload }) =>
 *       Effect.andThen(token.confirm, Effect.log("charges", payload, String(token.epoch)))
 *     )
 *   })
 * )
 * const url = Redacted.make("postgres://fleet:secret@127.0.0.1:1/fleet")
 * const Runner = FleetRunner.layer({ site: Site }).pipe(
 *   Layer.provide([FleetNode.layer({ url, address: "127.0.0.1:7070" }), ServiceClient.layerMemory])
 * )
 * const error = await Effect.runPromise(Effect.flip(Effect.scoped(Layer.build(Runner))))
 * assert.strictEqual(error._tag, "FleetError")
 * ```
 *
 * @see BEHAVIOUR F2
 * @category services
 * @since 0.1.0
 */
export class FleetRunner extends Context.Service<
  FleetRunner,
  {
    /** The address of this process, `host:port`. */
    readonly address: string
    /** The microgrids whose actors run here at this moment. */
    readonly running: Effect.Effect<ReadonlyArray<MicrogridId>>
    /** Completes when this process was asked to give everything away: end the layer then. */
    readonly drained: Effect.Effect<void>
  }
>()("@effect-dispatch/fleet/FleetRunner") {}

/**
 * Runs the share of this process, for the life of the layer. Leaving it gives each bucket away once its sites have
 * ended.
 *
 * @see BEHAVIOUR F2
 * @category layers
 * @since 0.1.0
 */
export const layer = <E = never, R = never>(
  options: FleetRunnerOptions<E, R>
): Layer.Layer<
  FleetRunner,
  FleetError,
  Exclude<R, Dispatcher | FencingToken> | DispatchClient | FleetEngine | FleetStore | FleetRegistry
> => Layer.provide(Layer.effect(FleetRunner, make(options)), DispatchScheduler.layer)

const make = Effect.fnUntraced(function* <E, R>(options: FleetRunnerOptions<E, R>) {
  if (options.journal !== undefined) yield* ReporterName.check(options.journal)
  const engine = yield* FleetEngine
  const store = yield* FleetStore
  const clock = yield* Clock.Clock
  const holdings = new Holdings()
  const guard = new Guard(clock, holdings, store.lost)
  const desk = new FrontDesk(store, engine.address)
  yield* tellWhatAllShare(store)
  const services = yield* Effect.context<DispatchClient | DispatchScheduler.DispatchScheduler>()
  const build = builderOf(options.site, yield* Effect.context<Exclude<R, Dispatcher | FencingToken>>())
  const latches = Array.from({ length: store.settings.buckets }, () => Latch.makeUnsafe(false))
  const edgesLost = Metrics.edgesLost.tallies(services)()
  const shared = {
    ...settingsOf(options),
    mayTellUnnoted: isConfirmed({ engine, store, clock, guard }),
    onEdgesLost: (count: number) => void (edgesLost.count += count),
    store,
    desk,
    holdings,
    guard,
    build,
    address: engine.address,
    confirmedAt: engine.confirmedAt,
    services
  }
  const held = { buckets: 0 }
  const drained = yield* Deferred.make<void>()
  const watchdog = new Watchdog({ engine, store, drain: Deferred.succeed(drained, undefined) })
  yield* Effect.acquireRelease(store.join(engine.address, engine.release), () =>
    Effect.ignore(store.leave(engine.address))
  )
  yield* Effect.forkScoped(guard.watch)
  yield* Effect.forkScoped(wakeBuckets(latches))
  yield* observe({ engine, clock, holdings, held })
  yield* engine.serve(desk.front)
  yield* engine.runBuckets((bucket) => {
    const changed = latches[bucket] ?? Latch.makeUnsafe(false)
    return counted(held, Bucket.live(bucket, { ...shared, changed }))
  })
  // Others get a bucket as soon as its sites have ended, also if those of another bucket have not.
  yield* Effect.addFinalizer(() => Effect.forkDetach(engine.leave, { startImmediately: true }))
  yield* Effect.forkScoped(watchdog.run)
  return FleetRunner.of({
    address: engine.address,
    drained: Deferred.await(drained),
    running: Effect.sync(() => holdings.all.map(({ token }) => token.microgridId))
  })
})

/** An actor of its own says this for itself; here one line stands for thousands. */
const tellWhatAllShare = ({ name }: FleetStore["Service"]): Effect.Effect<void> =>
  Effect.logInfo(
    `Keeps what is known in the tables of fleet ${name}; rules in local time go by zone data ${zoneDataRelease() ?? "of an unknown version"}`
  )

interface Confirmed {
  readonly engine: FleetEngine["Service"]
  readonly store: FleetStore["Service"]
  readonly clock: Clock.Clock
  readonly guard: Guard
}

/** True while the locks of this process were confirmed lately, and since it last stood still. */
const isConfirmed = ({ clock, engine, guard, store }: Confirmed): (() => boolean) => {
  const tolerance = Duration.toMillis(toleranceOf(store.settings))
  return () => {
    const confirmedAt = engine.confirmedAt()
    return elapsedOf(clock) - confirmedAt < tolerance && guard.pausedAt < confirmedAt
  }
}

/** The number of buckets that this process has. */
interface Held {
  buckets: number
}

/** Counts a bucket while its program runs. */
const counted = <A>(held: Held, program: Effect.Effect<A>): Effect.Effect<A> =>
  Effect.suspend(() => {
    held.buckets += 1
    return Effect.ensuring(
      program,
      Effect.sync(() => void (held.buckets -= 1))
    )
  })

/** The settings of sites, defaults included. */
const settingsOf = ({
  journal,
  makeDispatcher = Dispatchers.make,
  restartDelay = defaultRestartDelay,
  sync
}: Pick<FleetRunnerOptions<never, never>, "journal" | "makeDispatcher" | "restartDelay" | "sync">) => ({
  journals: journal === undefined ? undefined : SiteJournals.underName(journal),
  makeDispatcher,
  restartDelay: Duration.fromInputUnsafe(restartDelay),
  sync: { resyncInterval: defaultResyncInterval, ...sync }
})

/** Shows the size of the share of this process, and the age of its lease, for the life of the scope. */
const observe = Effect.fnUntraced(function* ({
  clock,
  engine,
  held,
  holdings
}: {
  readonly engine: FleetEngine["Service"]
  readonly clock: Clock.Clock
  readonly holdings: Holdings
  readonly held: Held
}) {
  yield* Metrics.siteCount.observe(() => holdings.size)
  yield* Metrics.bucketCount.observe(() => held.buckets)
  yield* Metrics.leaseAge.observe(() => {
    const at = engine.confirmedAt()
    return at === -Infinity ? 0 : (elapsedOf(clock) - at) / 1_000
  })
})

/** Builds the code of a microgrid in the scope at hand. What it needs beside its dispatcher is there already. */
const builderOf =
  <E, R>(
    site: FleetRunnerOptions<E, R>["site"],
    context: Context.Context<Exclude<R, Dispatcher | FencingToken>>
  ) =>
  (id: MicrogridId) =>
    Effect.gen(function* () {
      // Layers are shared by the places that build them, unless each has a memory of its own.
      const memory = yield* Layer.makeMemoMap
      const code = typeof site === "function" ? site(id) : site
      yield* Layer.buildWithMemoMap(code, memory, yield* Scope.Scope)
    }).pipe(
      Effect.updateContext(
        (own: Context.Context<Dispatcher | FencingToken | Scope.Scope>) =>
          // With what was excluded from it, `R` is whole again, which no type can say.
          Context.merge(context, own) as Context.Context<R | Scope.Scope>
      )
    )

/** Has a bucket look when its list has changed, and all of them each time the connection that tells is made anew. */
const wakeBuckets = (latches: ReadonlyArray<Latch.Latch>): Effect.Effect<never, never, FleetRegistry> =>
  Effect.flatMap(FleetRegistry, ({ changes }) =>
    Effect.sync(() => {
      for (const latch of latches) latch.openUnsafe()
    }).pipe(
      Effect.andThen(
        Stream.runForEach(changes, (bucket) => Effect.sync(() => latches[bucket]?.openUnsafe()))
      ),
      Effect.catchCause((cause) => Effect.logDebug("The list of microgrids is listened to again", cause)),
      Effect.andThen(Effect.sleep(lookRetryDelay)),
      Effect.forever
    )
  )
