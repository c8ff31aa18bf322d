/**
 * Where the service keeps its dispatches: a port with dumb drivers. All decisions are the service's.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchFilter, DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Context, type Effect, type Option, Schema } from "effect"

/**
 * The store failed or cannot be reached.
 *
 * @category errors
 * @since 0.1.0
 */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  message: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {}

/**
 * The store cannot be opened: it is not a store, it is damaged, or another process has it. Nothing was changed.
 *
 * @category errors
 * @since 0.1.0
 */
export class StoreUnusable extends Schema.TaggedError<StoreUnusable>()("StoreUnusable", {
  reason: Schema.Literals(["Locked", "Damaged", "Inaccessible"]),
  message: Schema.String
}) {}

/**
 * A committed change. Numbers rise by one with every change of a microgrid, in the order of commits.
 *
 * @category models
 * @since 0.1.0
 */
export interface Change {
  readonly microgridId: MicrogridId
  readonly number: bigint
  readonly kind: "Created" | "Updated" | "Deleted"
  /** The version committed; of a deletion, the last one with the time of the deletion. */
  readonly dispatch: Dispatch
}

/**
 * Where a page begins: after the dispatch with this sort key and id.
 *
 * @category models
 * @since 0.1.0
 */
export interface Position {
  /** Epoch milliseconds of the start or creation, or nanoseconds of the update. */
  readonly key: bigint
  readonly id: DispatchId
}

/**
 * A part of a sorted listing.
 *
 * @category models
 * @since 0.1.0
 */
export interface PageQuery {
  readonly microgridId: MicrogridId
  readonly filter: DispatchFilter
  readonly sort: DispatchSort
  readonly after: Position | undefined
  readonly limit: number
}

/**
 * Where the service keeps its dispatches.
 *
 * Every mutation is one transaction: the dispatch, its change record, nothing or both. A store never asks for the time.
 *
 * @category services
 * @since 0.1.0
 */
export class DispatchStore extends Context.Service<
  DispatchStore,
  {
    /** Inserts what `make` gives for a fresh id. Ids rise and are never used again. */
    readonly insert: (
      microgridId: MicrogridId,
      make: (id: DispatchId) => Dispatch
    ) => Effect.Effect<Change, StoreError>
    /** Replaces or deletes a dispatch by what `decide` says of the present version; none if there is no such dispatch. */
    readonly modify: <E>(
      microgridId: MicrogridId,
      id: DispatchId,
      decide: (
        current: Dispatch
      ) => Effect.Effect<{ readonly kind: "Updated" | "Deleted"; readonly dispatch: Dispatch }, E>
    ) => Effect.Effect<Option.Option<Change>, StoreError | E>
    readonly get: (
      microgridId: MicrogridId,
      id: DispatchId
    ) => Effect.Effect<Option.Option<Dispatch>, StoreError>
    /** The dispatches of a part of a listing, in order. */
    readonly page: (query: PageQuery) => Effect.Effect<ReadonlyArray<Dispatch>, StoreError>
    readonly count: (microgridId: MicrogridId, filter: DispatchFilter) => Effect.Effect<number, StoreError>
    /** Changes of a microgrid with a higher number, in order. */
    readonly changesAfter: (
      microgridId: MicrogridId,
      number: bigint,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Change>, StoreError>
    /** 32 random bytes, made with the store and kept in it; they authenticate page tokens. */
    readonly secret: Effect.Effect<Uint8Array, StoreError>
  }
>()("@effect-dispatch/server/DispatchStore") {}
