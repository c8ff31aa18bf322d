/**
 * The knowledge and announcements of an actor, kept across restarts of its process. Rules S10 and R11.
 *
 * Without it, an actor that starts while the service cannot be reached knows nothing. A stop that fell into the time
 * without a process is not published.
 *
 * @since 0.1.0
 */
import {
  Context,
  Duration,
  Effect,
  FileSystem,
  Layer,
  Option,
  Path,
  type PlatformError,
  Schema,
  type Scope
} from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as FileStore from "./internal/site/fileStore.ts"
import * as MicrogridLock from "./internal/site/microgridLock.ts"
import type { MicrogridId } from "./MicrogridId.ts"
import type { MicrogridTaken } from "./MicrogridTaken.ts"
import type { RunningStateChange } from "./RunningStateChange.ts"
import type { SyncStatus } from "./SyncStatus.ts"

/**
 * Another actor has taken over: a store whose `KeyValueStoreError` has this as its `cause` refuses for good. The actor
 * ends without a restart. `message` says who has taken over, or why.
 *
 * @category errors
 * @since 0.1.0
 */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", { message: Schema.String }) {}

/**
 * The time for which a layer may wait for an actor. After it a warning says that no actor has taken the layer.
 * Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const untakenAfter = Duration.seconds(10)

/**
 * A store of one microgrid that keeps more than records: it follows the changes that its actor tells. Its functions are
 * called within decisions, so they return at once and never throw.
 *
 * @category models
 * @since 0.1.0
 */
export interface SiteFollower {
  /** Called once, before all others: `status` gives the quality of the knowledge of the service at any moment. */
  readonly begin?: ((status: () => SyncStatus["_tag"]) => void) | undefined
  /** The next write notes these changes, which are about to be told: in their order, a command as its pair. */
  readonly noting: (changes: ReadonlyArray<RunningStateChange>) => void
  /** These are told now, in this order, before any subscriber gets them. */
  readonly telling: (changes: ReadonlyArray<RunningStateChange>) => void
  /** These were noted and will not be told: they do not stand any more. */
  readonly dropping: (changes: ReadonlyArray<RunningStateChange>) => void
  /** Asked again and again while starts cannot be noted: true if they may be told all the same. Commands never are. */
  readonly mayTellUnnoted: () => boolean
  /** All that followed from the first knowledge of the service, or from going on without it, has been told. */
  readonly caughtUp: () => void
}

/**
 * A store for the knowledge of actors. A plain `KeyValueStore` is one. It may also name its place, and ensure that only
 * one actor uses the records of a microgrid.
 *
 * @category models
 * @since 0.1.0
 */
export interface SiteStore extends KeyValueStore.KeyValueStore {
  /** The place of the records, for people: the log names it. */
  readonly place?: string | undefined
  /** Called by each actor before it uses the store, for its life. */
  readonly take?: ((microgridId: MicrogridId) => Effect.Effect<void, MicrogridTaken, Scope.Scope>) | undefined
  /** Follows the changes of the actor, for a store of one microgrid. */
  readonly follower?: SiteFollower | undefined
}

/**
 * The store in which dispatching actors keep what they know: none unless set.
 *
 * An announced run is written down before its `Running` is published and struck out after its `Stopped`, so that a
 * crash can lead to one stop too many, never to one too few. A command is written down before it is executed.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher, MicrogridId, SitePersistence, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer, Stream } from "effect"
 * import { KeyValueStore } from "effect/persistence"
 *
 * const program = Effect.gen(function* () {
 *   const { client, microgridId, runningStateChanges } = yield* Dispatcher.Dispatcher
 *   const changes = yield* runningStateChanges("CHARGE")
 *   yield* client.create(microgridId, { type: "CHARGE", startTime: "NOW", target: Target.componentIds(7n) })
 *   yield* Stream.runDrain(Stream.take(changes, 1))
 *   const store = yield* KeyValueStore.KeyValueStore
 *   assert.ok((yield* store.size) > 0)
 * })
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n) }).pipe(
 *   Layer.provide([ServiceClient.layerMemory, SitePersistence.layer]),
 *   Layer.provideMerge(KeyValueStore.layerMemory)
 * )
 * await Effect.runPromise(Effect.scoped(Effect.provide(program, Site)))
 * ```
 *
 * @see BEHAVIOUR S10
 * @category references
 * @since 0.1.0
 */
export const SitePersistence = Context.Reference<Option.Option<SiteStore>>(
  "@effect-dispatch/core/SitePersistence",
  { defaultValue: () => Option.none() }
)

/**
 * Keeps the knowledge of actors in the `KeyValueStore` at hand. A store whose `set` is not atomic risks the value it
 * was writing: a damaged value is reported and set aside. Only one actor may use the records of a microgrid;
 * `layerFiles` ensures that, this layer does not.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, KeyValueStore.KeyValueStore> = Layer.effect(
  SitePersistence,
  Effect.flatMap(KeyValueStore.KeyValueStore, (store) => offered({ ...store, place: "a key-value store" }))
)

/**
 * Keeps the knowledge of actors in files of a directory, which is made if need be. A file is replaced as a whole and on
 * disk before it counts as written.
 *
 * Several actors may share the directory, one for each microgrid: each holds a lock of its microgrid, which goes with
 * its process. An actor that finds it taken logs the holder, waits (30 s), and fails with `MicrogridTaken`. (The lock
 * takes Node 22.13 or later; elsewhere there is a warning and no lock.)
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFiles = (
  directory: string
): Layer.Layer<never, PlatformError.PlatformError, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    SitePersistence,
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const store = yield* FileStore.make(directory)
      return yield* offered({
        ...store,
        place: directory,
        take: (microgridId) =>
          MicrogridLock.hold(directory, microgridId).pipe(
            Effect.provideService(FileSystem.FileSystem, files),
            Effect.provideService(Path.Path, path)
          )
      })
    })
  )

/** Warns if no actor takes it: then it was provided in a place where no actor was made. */
const offered = Effect.fnUntraced(function* (
  store: SiteStore
): Effect.fn.Return<Option.Option<SiteStore>, never, Scope.Scope> {
  let isTaken = false
  const warn = Effect.suspend(() => {
    if (isTaken) return Effect.void
    isTaken = true
    return Effect.logWarning(
      `Nothing is kept in ${store.place}: no dispatching actor was made with this layer; provide it to the layer that makes the actor`
    )
  })
  yield* Effect.forkScoped(Effect.andThen(Effect.sleep(untakenAfter), warn))
  yield* Effect.addFinalizer(() => warn)
  return Option.some({
    ...store,
    take: (microgridId) => {
      isTaken = true
      return store.take?.(microgridId) ?? Effect.void
    }
  })
})
