/**
 * A copy of the dispatches of one microgrid, as an actor knows them: it is served to be read, and never written.
 *
 * @since 0.1.0
 */
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { DateTime, Duration, Effect, Layer, Option, type Scope, Stream } from "effect"
import * as AccessControl from "./AccessControl.ts"
import * as ChangeFeed from "./ChangeFeed.ts"
import * as DispatchService from "./DispatchService.ts"
import { DispatchStore, type NameTaken, type Origin, type StoreError } from "./DispatchStore.ts"
import * as DispatchStoreMemory from "./DispatchStoreMemory.ts"
import { OriginalStatus } from "./internal/originalStatus.ts"
import * as Retention from "./Retention.ts"
import type { ReportStore } from "./ReportStore.ts"

/**
 * The actor whose knowledge is copied.
 *
 * @category models
 * @since 0.1.0
 */
export interface Original {
  readonly microgridId: MicrogridId
  /** Subscribes to all that it knows, and then to what changes. */
  readonly lifecycleEvents: (options: {
    readonly current: true
  }) => Effect.Effect<Stream.Stream<DispatchEvent>, never, Scope.Scope>
  readonly statusChanges: Stream.Stream<SyncStatus>
}

/**
 * Most reports of runs that a copy keeps, beside them its changes for streams for `replicaSpan`. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const replicaReportsMax = 20_000

/**
 * The time for which a copy keeps changes for streams, and dispatches that are over. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const replicaSpan: Duration.Duration = Duration.hours(1)

/**
 * Serves the copy to this machine, to be read, for the life of the layer. Reports may be kept beside it.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchId, MicrogridId } from "@effect-dispatch/core"
 * import { DispatchReplica, DispatchService } from "@effect-dispatch/server"
 * import { Effect, Stream } from "effect"
 *
 * const microgridId = MicrogridId.make(1n)
 * const lifecycleEvents = () => Effect.succeed(Stream.never)
 * const copy = DispatchReplica.layer({ microgridId, lifecycleEvents, statusChanges: Stream.never })
 * const program = Effect.gen(function* () {
 *   const service = yield* DispatchService.DispatchService
 *   assert.strictEqual((yield* service.list(microgridId, {})).totalItems, 0)
 *   const refused = yield* Effect.flip(service.delete(microgridId, DispatchId.make(1n)))
 *   assert.strictEqual(refused.reason._tag, "PermissionDenied")
 * })
 * await Effect.runPromise(Effect.provide(program, copy))
 * ```
 *
 * @see BEHAVIOUR W11
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  original: Original
): Layer.Layer<DispatchService.DispatchService | AccessControl.AccessControl | ReportStore> =>
  Layer.mergeAll(
    Layer.effect(DispatchService.DispatchService, copy(original)),
    Layer.effect(AccessControl.AccessControl, Effect.map(AccessControl.AccessControl, readers(original))),
    Layer.succeed(OriginalStatus, Option.some(original.statusChanges))
  ).pipe(
    Layer.provideMerge(Retention.layer(kept)),
    Layer.provide(DispatchService.layerWithFeed.pipe(Layer.provideMerge(ChangeFeed.layer))),
    Layer.provideMerge(DispatchStoreMemory.layer),
    Layer.provide(AccessControl.layerLoopback)
  )

const kept = {
  changes: replicaSpan,
  audit: replicaSpan,
  dispatches: replicaSpan,
  reportsPerMicrogrid: replicaReportsMax
}

/** The service over a store that follows the actor. */
const copy = Effect.fnUntraced(function* ({ lifecycleEvents, microgridId }: Original) {
  const store = yield* DispatchStore
  const feed = yield* ChangeFeed.ChangeFeed
  const service = yield* DispatchService.DispatchService
  const events = yield* lifecycleEvents({ current: true })
  const follower = new Follower(store, feed, microgridId)
  yield* Effect.forkScoped(Stream.runForEach(events, (event) => Effect.orDie(follower.follow(event))))
  const refused = () => Effect.fail(readOnly)
  return DispatchService.DispatchService.of({
    ...service,
    create: refused,
    update: refused,
    delete: refused,
    audit: () => Effect.fail(DispatchError.unimplemented("a site does not know who changed a dispatch"))
  })
})

const readOnly = DispatchError.permissionDenied(
  "this is what a site knows, which cannot be written: dispatches are made at the service"
)

/** Does in the store what was done to the dispatches that the actor knows. */
class Follower {
  readonly #store: DispatchStore["Service"]
  readonly #feed: ChangeFeed.ChangeFeed["Service"]
  readonly #microgridId: MicrogridId

  constructor(
    store: DispatchStore["Service"],
    feed: ChangeFeed.ChangeFeed["Service"],
    microgridId: MicrogridId
  ) {
    this.#store = store
    this.#feed = feed
    this.#microgridId = microgridId
  }

  /** Readers find by themselves that a dispatch is over, as the actor did. */
  follow({ _tag, dispatch }: DispatchEvent): Effect.Effect<void, StoreError | NameTaken> {
    return _tag === "Retired"
      ? Effect.void
      : this.#write(_tag === "Deleted" ? "Deleted" : "Updated", dispatch)
  }

  #write(kind: "Updated" | "Deleted", dispatch: Dispatch): Effect.Effect<void, StoreError | NameTaken> {
    const { id } = dispatch
    return Effect.gen({ self: this }, function* () {
      const origin: Origin = { at: yield* DateTime.now, by: "the service" }
      const replaced = yield* this.#store.modify(this.#microgridId, id, origin, () =>
        Effect.succeed({ kind, dispatch })
      )
      if (Option.isSome(replaced)) return yield* this.#feed.publish(replaced.value)
      if (kind === "Deleted") return
      yield* this.#feed.publish(yield* this.#store.insert(this.#microgridId, origin, () => dispatch))
    }).pipe(
      // The other dispatch has given its name away, and that is told next.
      Effect.catchTag("NameTaken", (taken) =>
        Effect.andThen(this.#unname(taken), this.#write(kind, dispatch))
      )
    )
  }

  #unname({ id }: NameTaken): Effect.Effect<void, StoreError | NameTaken> {
    return Effect.flatMap(this.#store.get(this.#microgridId, id), (holder) => {
      if (Option.isNone(holder)) return Effect.void
      const { name: _, ...rest } = holder.value.dispatch
      return this.#write("Updated", new Dispatch(rest, { disableChecks: true }))
    })
  }
}

/** Lets this machine read the microgrid of the site, and nothing else. */
const readers =
  ({ microgridId }: Original) =>
  ({ gate, isKeyed }: AccessControl.AccessControl["Service"]): AccessControl.AccessControl["Service"] => ({
    isKeyed,
    gate: (call) => {
      if (call.right !== undefined && call.right !== "read") return Effect.fail(readOnly)
      return Effect.map(gate(call), (admission) => ({
        ...admission,
        key: { name: undefined, rights: ["read"], microgrids: [microgridId] },
        enter: (asked) =>
          asked === undefined || asked === microgridId
            ? admission.enter(asked)
            : Effect.fail(
                DispatchError.permissionDenied(`this is the site of microgrid ${microgridId} alone`)
              )
      }))
    }
  })
