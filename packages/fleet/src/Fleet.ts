/**
 * The fleet for those who follow or operate it, from wherever they are.
 *
 * @since 0.1.0
 */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { Context, Effect, Layer, Option, type Stream } from "effect"
import type { Token } from "./FencingToken.ts"
import { FleetFronts, type SiteReport } from "./FleetEngine.ts"
import type { FleetError } from "./FleetError.ts"
import { FleetRegistry, type Registered } from "./FleetRegistry.ts"
import { FleetStore, type KnownRunner, type Position } from "./FleetStore.ts"
import { follow } from "./internal/followedEdges.ts"

/**
 * An edge of a microgrid, wherever its actor runs: ordered by the epoch of its token, then by its number.
 *
 * @category models
 * @since 0.1.0
 */
export interface FleetEdge {
  readonly token: Token
  readonly number: bigint
  readonly change: RunningStateChange
}

/**
 * The options of a reader of edges.
 *
 * @category models
 * @since 0.1.0
 */
export interface EdgesOptions {
  /** The place of the last edge that was seen; what came and went since is told first, as far as it is kept. */
  readonly after?: Position | undefined
  /** Run when edges after that place were removed by now. */
  readonly onMissing?: Effect.Effect<void> | undefined
}

/**
 * The fleet, to follow its microgrids and to look after it.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId } from "@effect-dispatch/core"
 * import { Fleet, FleetNode, TokenGate } from "@effect-dispatch/fleet"
 * import { Effect, Layer, Redacted, Stream } from "effect"
 *
 * const followed = Effect.gen(function* () {
 *   const fleet = yield* Fleet.Fleet
 *   const gate = yield* TokenGate.make
 *   yield* fleet.edges(MicrogridId.make(7n)).pipe(
 *     Stream.filterEffect(({ number, token }) => gate.admit(token, number)),
 *     Stream.runForEach(({ change, token }) => Effect.log(change.state, String(token.epoch)))
 *   )
 * })
 * const url = Redacted.make("postgres://fleet:secret@127.0.0.1:1/fleet")
 * const Followed = Fleet.layer.pipe(Layer.provide(FleetNode.layerClient({ url })))
 * const error = await Effect.runPromise(Effect.flip(Effect.provide(followed, Followed)))
 * assert.strictEqual(error._tag, "FleetError")
 * ```
 *
 * @see BEHAVIOUR F5
 * @category services
 * @since 0.1.0
 */
export class Fleet extends Context.Service<
  Fleet,
  {
    /**
     * The edges of a microgrid. The stream never ends: whoever takes the microgrid over goes on with it. What went on
     * meanwhile is `Running` again, with the new token and no stop before it; what did not is `Stopped`, once the new owner
     * has caught up with the service, or once the microgrid is parked or removed.
     */
    readonly edges: (microgridId: MicrogridId, options?: EdgesOptions) => Stream.Stream<FleetEdge>
    /** The state of a microgrid, as its owner knows it. */
    readonly status: (microgridId: MicrogridId) => Effect.Effect<SiteReport, FleetError>
    /** The owner of a microgrid and its epoch, as the database knows them; nothing if it is not in the fleet. */
    readonly where: (microgridId: MicrogridId) => Effect.Effect<Option.Option<Registered>, FleetError>
    /** The processes of the fleet. */
    readonly runners: Effect.Effect<ReadonlyArray<KnownRunner>, FleetError>
  }
>()("@effect-dispatch/fleet/Fleet") {}

/**
 * The fleet of the store at hand.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Fleet, never, FleetFronts | FleetStore | FleetRegistry> = Layer.effect(
  Fleet,
  Effect.gen(function* () {
    const fronts = yield* FleetFronts
    const registry = yield* FleetRegistry
    const store = yield* FleetStore
    const frontOf = (id: MicrogridId) => fronts.at(Number(id % BigInt(store.settings.buckets)))
    return Fleet.of({
      edges: (id, options = {}) => follow(frontOf(id), id, { ...options, isOut: isOut(registry.get(id)) }),
      status: (id) => frontOf(id).report(id),
      where: registry.get,
      runners: store.runners
    })
  })
)

/** True if nobody will run the microgrid. A database that does not answer says nothing. */
const isOut = (found: Effect.Effect<Option.Option<Registered>, FleetError>): Effect.Effect<boolean> =>
  found.pipe(
    Effect.map(Option.match({ onNone: () => true, onSome: ({ parked }) => parked !== undefined })),
    Effect.orElseSucceed(() => false)
  )
