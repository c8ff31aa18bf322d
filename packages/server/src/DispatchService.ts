/**
 * The dispatch service: its use cases, whatever store is behind and whatever wire is before it.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchChanges, NewDispatch, UpdateOptions } from "@effect-dispatch/core/DispatchClient"
import { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { DispatchFilter, DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Context, DateTime, Effect, Exit, Layer, Option, type Scope } from "effect"
import { Caller } from "./Caller.ts"
import { ChangeFeed, type Subscription } from "./ChangeFeed.ts"
import { type Change, DispatchStore, type StoreError } from "./DispatchStore.ts"
import { changed, created, deleted, withId } from "./internal/dispatchVersions.ts"
import { Lanes } from "./internal/lanes.ts"
import { sortKey } from "./internal/listing.ts"
import * as MeasuredStore from "./internal/measuredStore.ts"
import * as PageToken from "./internal/pageToken.ts"
import { beginOrResume, readPage } from "./internal/paging.ts"
import { listingsPerKeyMax } from "./ListingLimits.ts"
import { checkDispatch, checkFilter, checkIds, checkStart } from "./internal/validation.ts"

/**
 * Which page to list: the first of a new listing, or where a token says.
 *
 * @category models
 * @since 0.1.0
 */
export interface PageRequest {
  readonly filter?: DispatchFilter | undefined
  readonly sort?: DispatchSort | undefined
  /** From 1 to 1,000; 0 and none mean 100. */
  readonly pageSize?: number | undefined
  /** With a token, everything else is taken from it. */
  readonly pageToken?: string | undefined
}

/**
 * A page of a listing.
 *
 * @category models
 * @since 0.1.0
 */
export interface Page {
  readonly dispatches: ReadonlyArray<Dispatch>
  /** All dispatches that matched when the listing began. */
  readonly totalItems: number
  /** Absent on the last page. */
  readonly nextPageToken: string | undefined
}

/**
 * The dispatch service.
 *
 * A mutation is acknowledged once it is committed, and told to streams after that, in the order of commits.
 *
 * @category services
 * @since 0.1.0
 */
export class DispatchService extends Context.Service<
  DispatchService,
  {
    readonly list: (microgridId: MicrogridId, request: PageRequest) => Effect.Effect<Page, DispatchError>
    readonly get: (microgridId: MicrogridId, id: DispatchId) => Effect.Effect<Dispatch, DispatchError>
    readonly create: (
      microgridId: MicrogridId,
      dispatch: NewDispatch
    ) => Effect.Effect<Dispatch, DispatchError>
    readonly update: (
      microgridId: MicrogridId,
      id: DispatchId,
      changes: DispatchChanges,
      options?: UpdateOptions
    ) => Effect.Effect<Dispatch, DispatchError>
    readonly delete: (microgridId: MicrogridId, id: DispatchId) => Effect.Effect<void, DispatchError>
    /** Subscribes from this moment on, for the life of the scope. */
    readonly subscribe: (microgridId: MicrogridId) => Effect.Effect<Subscription, DispatchError, Scope.Scope>
    /** Succeeds if the store can be reached. */
    readonly check: Effect.Effect<void, DispatchError>
  }
>()("@effect-dispatch/server/DispatchService") {
  /** The service over a store and a feed. */
  static readonly layerWithFeed: Layer.Layer<DispatchService, never, DispatchStore | ChangeFeed> =
    Layer.effect(
      DispatchService,
      Effect.gen(function* () {
        const store = yield* DispatchStore
        const feed = yield* ChangeFeed
        const now = Effect.map(Effect.zip(DateTime.now, Caller), ([at, { name }]) => ({ at, by: name }))
        /** Announces what is committed; whoever cannot tell whether it was leaves that to the feed. */
        const announced = <A, E>(
          microgridId: MicrogridId,
          mutation: Effect.Effect<A, E>,
          changeOf: (committed: A) => Change | undefined
        ) =>
          Effect.onExit(mutation, (exit) => {
            if (Exit.isFailure(exit)) return feed.look(microgridId)
            const change = changeOf(exit.value)
            return change === undefined ? Effect.void : feed.publish(change)
          })

        const create = Effect.fn("DispatchService.create")(
          function* (microgridId: MicrogridId, dispatch: NewDispatch) {
            yield* checkIds({ microgrid_id: microgridId })
            const origin = yield* now
            if (dispatch.startTime !== "NOW")
              yield* checkStart(dispatch.startTime, origin.at, "dispatch_data.start_time")
            const first = yield* created(dispatch, origin.at)
            yield* checkDispatch(first, "dispatch_data")
            const insert = store.insert(microgridId, origin, withId(first))
            const change = yield* announced(microgridId, insert, (committed) => committed)
            return change.dispatch
          },
          Effect.catchTag("StoreError", unavailable)
        )

        const update = Effect.fn("DispatchService.update")(
          function* (
            microgridId: MicrogridId,
            id: DispatchId,
            changes: DispatchChanges,
            options?: UpdateOptions
          ) {
            yield* checkIds({ microgrid_id: microgridId, dispatch_id: id })
            const origin = yield* now
            const decide = Effect.fnUntraced(function* (current: Dispatch) {
              if (options?.ifUpdateTime !== undefined && options.ifUpdateTime !== current.updateTime) {
                return yield* conflict(id)
              }
              const next = yield* changed(current, changes, origin.at)
              yield* checkDispatch(next, "update")
              return { kind: "Updated" as const, dispatch: next }
            })
            const modify = store.modify(microgridId, id, origin, decide)
            const change = yield* announced(microgridId, modify, Option.getOrUndefined)
            return Option.isSome(change) ? change.value.dispatch : yield* notFound(microgridId, id)
          },
          Effect.catchTag("StoreError", unavailable)
        )

        const remove = Effect.fn("DispatchService.delete")(
          function* (microgridId: MicrogridId, id: DispatchId) {
            yield* checkIds({ microgrid_id: microgridId, dispatch_id: id })
            const origin = yield* now
            const modify = store.modify(microgridId, id, origin, (current) =>
              Effect.succeed({ kind: "Deleted" as const, dispatch: deleted(current, origin.at) })
            )
            const change = yield* announced(microgridId, modify, Option.getOrUndefined)
            if (Option.isNone(change)) return yield* notFound(microgridId, id)
          },
          Effect.catchTag("StoreError", unavailable)
        )

        const get = Effect.fn("DispatchService.get")(
          function* (microgridId: MicrogridId, id: DispatchId) {
            yield* checkIds({ microgrid_id: microgridId, dispatch_id: id })
            const found = yield* store.get(microgridId, id)
            return Option.isSome(found) ? found.value : yield* notFound(microgridId, id)
          },
          Effect.catchTag("StoreError", unavailable)
        )

        let kept: Uint8Array | undefined
        // It never changes, but may not be there to be read the first time.
        const secret = Effect.suspend(() =>
          kept === undefined
            ? Effect.tap(store.secret, (read) => Effect.sync(() => (kept = read)))
            : Effect.succeed(kept)
        )
        const lanes = new Lanes(listingsPerKeyMax)
        const list = Effect.fn("DispatchService.list")(
          function* (microgridId: MicrogridId, request: PageRequest) {
            yield* checkIds({ microgrid_id: microgridId })
            yield* checkFilter(request.filter ?? {})
            const key = yield* secret
            const listing = yield* beginOrResume(key, microgridId, request)
            const { id, name } = yield* Caller
            const { dispatches, isLast, totalItems } = yield* lanes.in(id ?? name, readPage(store, listing))
            const last = dispatches.at(-1)
            const nextPageToken =
              last === undefined || isLast
                ? undefined
                : PageToken.write(key, {
                    ...listing,
                    totalItems,
                    after: { key: sortKey(last, listing.sort), id: last.id }
                  })
            return { dispatches, totalItems, nextPageToken }
          },
          Effect.catchTag("StoreError", unavailable)
        )

        const subscribe = (microgridId: MicrogridId) =>
          Effect.andThen(checkIds({ microgrid_id: microgridId }), feed.subscribe(microgridId))

        const check = Effect.catchTag(store.check, "StoreError", unavailable)
        return DispatchService.of({ list, get, create, update, delete: remove, subscribe, check })
      })
    )

  /** The service over a store. */
  static readonly layer: Layer.Layer<DispatchService, never, DispatchStore> =
    DispatchService.layerWithFeed.pipe(Layer.provide(ChangeFeed.layer), Layer.provide(MeasuredStore.layer))
}

const unavailable = (error: StoreError) => Effect.fail(DispatchError.unavailable(error.message))

const notFound = (microgridId: MicrogridId, id: DispatchId) =>
  Effect.fail(DispatchError.notFound(`microgrid ${microgridId} has no dispatch ${id}`))

const conflict = (id: DispatchId) =>
  Effect.fail(
    DispatchError.conflict(`dispatch ${id} was changed by somebody else meanwhile; nothing was overwritten`)
  )
