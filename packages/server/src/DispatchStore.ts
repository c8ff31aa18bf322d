/**
 * The place of the service's dispatches: a port with dumb drivers. All decisions are the service's.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchFilter, DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Context, type DateTime, type Effect, type Option, Schema, type Stream } from "effect"

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
 * Another dispatch of the microgrid has the name; its id is told. Nothing was changed.
 *
 * @category errors
 * @since 0.1.0
 */
export class NameTaken extends Schema.TaggedError<NameTaken>()("NameTaken", {
  id: DispatchId,
  name: Schema.String
}) {
  /** Tells a caller who has the name. */
  override get message(): string {
    return `dispatch ${this.id} has the name "${this.name}"`
  }
}

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
 * A dispatch as a store keeps it.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredDispatch {
  /** The bytes of the store, in the form of its `DispatchFormat`. */
  readonly bytes: Uint8Array
  /** The dispatch that they hold, read when it is first asked for; bytes that hold none are a defect. */
  readonly dispatch: Dispatch
  /** The message that the API has of it, to be passed on as it is. */
  readonly message: Uint8Array
}

/**
 * A committed change, with the committed version; for a deletion, with the last one and the time of the deletion.
 * Numbers rise by one with every change of a microgrid, in the order of commits.
 *
 * @category models
 * @since 0.1.0
 */
export interface Change extends StoredDispatch {
  readonly microgridId: MicrogridId
  readonly number: bigint
  readonly kind: "Created" | "Updated" | "Deleted"
}

/**
 * The author and the time of a change.
 *
 * @category models
 * @since 0.1.0
 */
export interface Origin {
  readonly at: DateTime.Utc
  /** The name of the key that was shown. */
  readonly by: string
}

/**
 * The record of the author, kind and time of a change. It outlives the change itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface AuditRecord extends Origin {
  readonly number: bigint
  readonly kind: Change["kind"]
  readonly id: DispatchId
  /** The fault of a record whose time cannot be read, if it cannot: 1970 stands in for it. */
  readonly flaw?: StoreError | undefined
}

/**
 * A hint that changes were committed: in one microgrid up to a number, or perhaps anywhere. It may come late, twice, or
 * for nothing; only `changesAfter` counts.
 *
 * @category models
 * @since 0.1.0
 */
export type ChangeHint =
  | { readonly _tag: "Changed"; readonly microgridId: MicrogridId; readonly number: bigint }
  | { readonly _tag: "Anything" }

/**
 * The kinds of records that a store keeps only for a while.
 *
 * - `changes`: the change records that serve streams;
 * - `audit`: the author of each change;
 * - `nonces`: those of signed requests;
 * - `dispatches`: those deleted, and those whose last run is over and that were not changed since.
 *
 * @category models
 * @since 0.1.0
 */
export type Retained = "changes" | "audit" | "nonces" | "dispatches"

/**
 * The time that retention goes by, and the instant before which records are old enough to remove.
 *
 * @category models
 * @since 0.1.0
 */
export interface PruneTimes {
  readonly now: DateTime.Utc
  readonly before: DateTime.Utc
}

/**
 * The beginning of a page: after the dispatch with this sort key and id.
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
 * A dispatch in a listing, with its place there, which is known also when its bytes cannot be read.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListedDispatch extends StoredDispatch {
  readonly position: Position
}

/**
 * The first part of a listing, and the number of all dispatches that match.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListingBegun {
  readonly dispatches: ReadonlyArray<ListedDispatch>
  readonly total: number
}

/**
 * The change that follows from the present version of a dispatch.
 *
 * @category models
 * @since 0.1.0
 */
export interface Revision {
  readonly kind: "Updated" | "Deleted"
  readonly dispatch: Dispatch
}

/**
 * Answers for the present version of a dispatch. If the store cannot read that version, it gives what stands in for it,
 * and the flaw: such a dispatch can be deleted, and must not be replaced.
 *
 * @category models
 * @since 0.1.0
 */
export type Decide<E> = (current: Dispatch, flaw: StoreError | undefined) => Effect.Effect<Revision, E>

/**
 * The place of the service's dispatches.
 *
 * Every mutation is one transaction: the dispatch, its change record and its audit record, nothing or all. A store
 * never reads a clock: time is a parameter. It keeps the bytes that a `DispatchFormat` makes of a dispatch, and the
 * values that listings go by.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId, Target } from "@effect-dispatch/core"
 * import { DispatchService, DispatchStore, DispatchStoreMemory } from "@effect-dispatch/server"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const store = yield* DispatchStore.DispatchStore
 *   const { create } = yield* DispatchService.DispatchService
 *   const microgridId = MicrogridId.make(1n)
 *   assert.strictEqual(yield* store.lastChange(microgridId), 0n)
 *   yield* create(microgridId, { type: "CHARGE", startTime: "NOW", target: Target.componentIds(7n) })
 *   const [change] = yield* store.changesAfter(microgridId, 0n, 10)
 *   assert.strictEqual(change?.number, 1n)
 * })
 * const layer = Layer.provideMerge(DispatchService.layer, DispatchStoreMemory.layer)
 * await Effect.runPromise(Effect.provide(program, layer))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class DispatchStore extends Context.Service<
  DispatchStore,
  {
    /**
     * Inserts the dispatch that `make` gives for a fresh id; it may be called more than once. Ids rise and are never
     * used again. A name that another dispatch of the microgrid has is refused.
     */
    readonly insert: (
      microgridId: MicrogridId,
      origin: Origin,
      make: (id: DispatchId) => Dispatch
    ) => Effect.Effect<Change, StoreError | NameTaken>
    /**
     * Replaces or deletes a dispatch as `decide` answers for the present version; none if there is no such dispatch.
     * `decide` may be called more than once: the last answer counts. A name that another dispatch of the microgrid has is
     * refused; that of a deleted one is free.
     */
    readonly modify: <E>(
      microgridId: MicrogridId,
      id: DispatchId,
      origin: Origin,
      decide: Decide<E>
    ) => Effect.Effect<Option.Option<Change>, StoreError | NameTaken | E>
    readonly get: (
      microgridId: MicrogridId,
      id: DispatchId
    ) => Effect.Effect<Option.Option<StoredDispatch>, StoreError>
    /**
     * The first part of a listing, in order, and the number of matches, both from one look. A read sees every commit
     * before it; a long one also sees some of those made meanwhile.
     */
    readonly begin: (query: Omit<PageQuery, "after">) => Effect.Effect<ListingBegun, StoreError>
    /** The dispatches of a part of a listing, in order. */
    readonly page: (query: PageQuery) => Effect.Effect<ReadonlyArray<ListedDispatch>, StoreError>
    /** Changes of a microgrid with a higher number that are still kept, in order. */
    readonly changesAfter: (
      microgridId: MicrogridId,
      number: bigint,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Change>, StoreError>
    /** The number of the last change of a microgrid, kept or not; 0 before the first. */
    readonly lastChange: (microgridId: MicrogridId) => Effect.Effect<bigint, StoreError>
    /** Hints about commits of others to the same store. Never ends, never fails. */
    readonly hints: Stream.Stream<ChangeHint>
    /** The latest audit records of a microgrid, or of one dispatch there, newest first. */
    readonly audit: (
      microgridId: MicrogridId,
      limit: number,
      id?: DispatchId
    ) => Effect.Effect<ReadonlyArray<AuditRecord>, StoreError>
    /**
     * Moves the time that retention goes by: `decide` gets the kept time or, without one, that of the newest record, if
     * any. It may be called more than once.
     */
    readonly moveRetentionTime: (
      decide: (kept: DateTime.Utc | undefined) => DateTime.Utc
    ) => Effect.Effect<DateTime.Utc, StoreError>
    /**
     * Removes nonces beyond so many, at most `limit`: first those taken later than `last`, left by a clock that was
     * ahead, then the oldest of the keys that have most of them. Gives the number removed.
     */
    readonly trimNonces: (
      most: number,
      limit: number,
      last: DateTime.Utc
    ) => Effect.Effect<number, StoreError>
    /**
     * Removes the oldest records before an instant, at most `limit`, and gives the number removed. Records written by a
     * clock without battery count from now on instead.
     */
    readonly prune: (what: Retained, times: PruneTimes, limit: number) => Effect.Effect<number, StoreError>
    /** Succeeds if the store can be reached. */
    readonly check: Effect.Effect<void, StoreError>
    /** 32 random bytes, made with the store and kept in it; they authenticate page tokens. */
    readonly secret: Effect.Effect<Uint8Array, StoreError>
  }
>()("@effect-dispatch/server/DispatchStore") {}
