/**
 * The dispatch service: its use cases, for any store behind it and any wire before it.
 *
 * @since 0.1.0
 */
import type { Feature } from "@effect-dispatch/api/ServiceFeatures"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import {
  type DispatchChanges,
  type NewDispatch,
  type UnreadableDispatch,
  type UpdateOptions
} from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchFilter, DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Context, DateTime, Effect, Exit, Layer, Option, type Scope } from "effect"
import { Caller } from "./Caller.ts"
import * as ChangeFeed from "./ChangeFeed.ts"
import {
  type AuditRecord,
  type Change,
  DispatchStore,
  type NameTaken,
  type StoredDispatch,
  type StoreError
} from "./DispatchStore.ts"
import { changed, created, deleted, withId } from "./internal/dispatchVersions.ts"
import { Lanes } from "./internal/lanes.ts"
import { OfferedFeatures } from "./OfferedFeatures.ts"
import * as MeasuredStore from "./internal/measuredStore.ts"
import * as PageToken from "./internal/pageToken.ts"
import { beginOrResume, readPage } from "./internal/paging.ts"
import { Reading } from "./internal/reading.ts"
import { inTurns } from "./internal/turns.ts"
import * as UnseenSpans from "./internal/unseenSpans.ts"
import { auditLimitMax, listingsPerKeyMax } from "./ListingLimits.ts"
import { checkDispatch, checkFilter, checkIds, checkStart } from "./internal/validation.ts"

/**
 * The page to list: the first of a new listing, or the one that a token points to.
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
  readonly dispatches: ReadonlyArray<StoredDispatch>
  /** Those of the page whose bytes the store holds but the service cannot read. */
  readonly unreadable: ReadonlyArray<UnreadableDispatch>
  /** All dispatches that matched when the listing began. */
  readonly totalItems: number
  /** Absent on the last page. */
  readonly nextPageToken: string | undefined
}

/**
 * The dispatch service.
 *
 * A mutation is acknowledged once it is committed, and passed on to streams after that, in the order of commits.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId, Target } from "@effect-dispatch/core"
 * import { DispatchService, DispatchStoreMemory } from "@effect-dispatch/server"
 * import { Effect, Layer } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const service = yield* DispatchService.DispatchService
 *   const microgridId = MicrogridId.make(1n)
 *   const target = Target.componentCategories("BATTERY")
 *   yield* service.create(microgridId, { type: "CHARGE", startTime: "NOW", duration: "1 hour", target })
 *   const { dispatches, totalItems } = yield* service.list(microgridId, { filter: { active: true } })
 *   assert.strictEqual(totalItems, 1)
 *   assert.strictEqual(dispatches[0]?.dispatch.type, "CHARGE")
 * })
 * const layer = Layer.provide(DispatchService.layer, DispatchStoreMemory.layer)
 * await Effect.runPromise(Effect.provide(program, layer))
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category services
 * @since 0.1.0
 */
export class DispatchService extends Context.Service<
  DispatchService,
  {
    readonly list: (
      microgridId: MicrogridId,
      request: PageRequest
    ) => Effect.Effect<Page, DispatchError.DispatchError>
    readonly get: (
      microgridId: MicrogridId,
      id: DispatchId
    ) => Effect.Effect<StoredDispatch, DispatchError.DispatchError>
    readonly create: (
      microgridId: MicrogridId,
      dispatch: NewDispatch
    ) => Effect.Effect<Dispatch, DispatchError.DispatchError>
    readonly update: (
      microgridId: MicrogridId,
      id: DispatchId,
      changes: DispatchChanges,
      options?: UpdateOptions
    ) => Effect.Effect<Dispatch, DispatchError.DispatchError>
    readonly delete: (
      microgridId: MicrogridId,
      id: DispatchId
    ) => Effect.Effect<void, DispatchError.DispatchError>
    /** The latest changes of a microgrid, or of one dispatch there, newest first: at most `auditLimitMax`. */
    readonly audit: (
      microgridId: MicrogridId,
      options: { readonly id?: DispatchId | undefined; readonly limit: number }
    ) => Effect.Effect<ReadonlyArray<AuditRecord>, DispatchError.DispatchError>
    /** Subscribes from this moment on, for the life of the scope. */
    readonly subscribe: (
      microgridId: MicrogridId
    ) => Effect.Effect<ChangeFeed.Subscription, DispatchError.DispatchError, Scope.Scope>
    /** Succeeds if the store can be reached. */
    readonly check: Effect.Effect<void, DispatchError.DispatchError>
  }
>()("@effect-dispatch/server/DispatchService") {}

/**
 * The service over a store and a feed.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerWithFeed: Layer.Layer<DispatchService, never, DispatchStore | ChangeFeed.ChangeFeed> =
  Layer.effect(
    DispatchService,
    Effect.gen(function* () {
      const store = yield* DispatchStore
      const feed = yield* ChangeFeed.ChangeFeed
      const features = yield* OfferedFeatures
      return DispatchService.of({
        ...reads(store),
        ...writes({ store, feed, features }),
        subscribe: (microgridId) => Effect.andThen(checkIds({ microgridId }), feed.subscribe(microgridId)),
        check: Effect.catchTag(store.check, "StoreError", unavailable)
      })
    })
  )

/**
 * The service over a store.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<DispatchService, never, DispatchStore> = layerWithFeed.pipe(
  Layer.provide(ChangeFeed.layer),
  Layer.provide(MeasuredStore.layer)
)

type Service = DispatchService["Service"]

const reads = (store: DispatchStore["Service"]): Pick<Service, "audit" | "list" | "get"> => {
  const lanes = new Lanes(listingsPerKeyMax)
  const secret = once(store.secret)
  const reading = new Reading()
  return {
    audit: Effect.fnUntraced(
      function* (microgridId, { id, limit }) {
        yield* checkIds({ microgridId, ...(id === undefined ? undefined : { id }) })
        return yield* store.audit(microgridId, Math.min(limit, auditLimitMax), id)
      },
      Effect.catchTag("StoreError", unavailable),
      UnseenSpans.named("DispatchService.audit")
    ),
    get: (microgridId, id) => {
      const found = Effect.matchEffect(store.get(microgridId, id), {
        onFailure: unavailable,
        onSuccess: (stored) => {
          if (Option.isNone(stored)) return notFound(microgridId, id)
          const flaw = reading.flawOf(microgridId, id, stored.value)
          if (flaw === undefined) return Effect.succeed(stored.value)
          return Effect.andThen(reading.tell(flaw), DispatchError.protocol(flaw.message))
        }
      })
      return getSpan(Effect.flatMapEager(checkIds({ microgridId, id }), () => found))
    },
    list: Effect.fnUntraced(
      function* (microgridId, request) {
        yield* checkIds({ microgridId })
        yield* checkFilter(request.filter ?? {})
        const key = yield* secret
        const listing = yield* beginOrResume(key, microgridId, request)
        const { id, name } = yield* Caller
        const page = yield* lanes.in(id ?? name, readPage(store, listing))
        const { dispatches: all, isLast, totalItems } = page
        const flaws = yield* inTurns(all, (each) => reading.flawOf(microgridId, each.position.id, each))
        const unreadable = flaws.filter((flaw) => flaw !== undefined)
        yield* Effect.forEach(unreadable, (flaw) => reading.tell(flaw), { discard: true })
        const dispatches =
          unreadable.length === 0 ? all : all.filter((_, index) => flaws[index] === undefined)
        const after = isLast ? undefined : all.at(-1)?.position
        const nextPageToken =
          after === undefined ? undefined : PageToken.write(key, { ...listing, totalItems, after })
        return { dispatches, unreadable, totalItems, nextPageToken }
      },
      Effect.catchTag("StoreError", unavailable),
      UnseenSpans.named("DispatchService.list")
    )
  }
}

const getSpan = UnseenSpans.named("DispatchService.get")

/** The same effect until it succeeds, then its result. */
const once = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> => {
  let kept: Option.Option<A> = Option.none()
  return Effect.suspend(() =>
    Option.isSome(kept)
      ? Effect.succeed(kept.value)
      : Effect.tap(effect, (value) => Effect.sync(() => (kept = Option.some(value))))
  )
}

/** All that writes need. */
interface Parts {
  readonly store: DispatchStore["Service"]
  readonly feed: ChangeFeed.ChangeFeed["Service"]
  readonly features: ReadonlySet<Feature>
}

const writes = (parts: Parts): Pick<Service, "create" | "update" | "delete"> => ({
  create: create(parts),
  update: update(parts),
  delete: remove(parts)
})

const create = ({ features, feed, store }: Parts): Service["create"] =>
  Effect.fnUntraced(
    function* (microgridId, dispatch) {
      yield* checkIds({ microgridId })
      const origin = yield* originNow
      if (dispatch.startTime !== "NOW") yield* checkStart(dispatch.startTime, origin.at)
      const first = yield* created(dispatch, origin.at)
      yield* checkDispatch(first, features)
      const insert = store.insert(microgridId, origin, withId(first))
      const change = yield* announced(feed, microgridId, insert, (committed) => committed)
      return change.dispatch
    },
    Effect.catchTags(refusals),
    UnseenSpans.named("DispatchService.create")
  )

const update = ({ features, feed, store }: Parts): Service["update"] =>
  Effect.fnUntraced(
    function* (microgridId, id, changes, options) {
      yield* checkIds({ microgridId, id })
      const origin = yield* originNow
      const decide = Effect.fnUntraced(function* (current: Dispatch, flaw: StoreError | undefined) {
        if (flaw !== undefined) return yield* DispatchError.protocol(flaw.message)
        if (options?.ifUpdateTime !== undefined && options.ifUpdateTime !== current.updateTime) {
          return yield* DispatchError.conflict(
            `dispatch ${id} was changed by somebody else meanwhile; nothing was overwritten`
          )
        }
        const next = yield* changed(current, changes, origin.at)
        yield* checkDispatch(next, features, current)
        return { kind: "Updated" as const, dispatch: next }
      })
      const modify = store.modify(microgridId, id, origin, decide)
      const change = yield* announced(feed, microgridId, modify, Option.getOrUndefined)
      return Option.isSome(change) ? change.value.dispatch : yield* notFound(microgridId, id)
    },
    Effect.catchTags(refusals),
    UnseenSpans.named("DispatchService.update")
  )

const remove = ({ feed, store }: Parts): Service["delete"] =>
  Effect.fnUntraced(
    function* (microgridId, id) {
      yield* checkIds({ microgridId, id })
      const origin = yield* originNow
      const modify = store.modify(microgridId, id, origin, (current) =>
        Effect.succeed({ kind: "Deleted" as const, dispatch: deleted(current, origin.at) })
      )
      const change = yield* announced(feed, microgridId, modify, Option.getOrUndefined)
      if (Option.isNone(change)) return yield* notFound(microgridId, id)
    },
    Effect.catchTags(refusals),
    UnseenSpans.named("DispatchService.delete")
  )

/** The writer and the time of a change. */
const originNow = Effect.map(Effect.zip(DateTime.now, Caller), ([at, { name }]) => ({ at, by: name }))

/** Announces a committed change; if the commit is uncertain, that is left to the feed. */
const announced = <A, E>(
  feed: ChangeFeed.ChangeFeed["Service"],
  microgridId: MicrogridId,
  mutation: Effect.Effect<A, E>,
  changeOf: (committed: A) => Change | undefined
): Effect.Effect<A, E> =>
  Effect.onExit(mutation, (exit) => {
    if (Exit.isFailure(exit)) return feed.look(microgridId)
    const change = changeOf(exit.value)
    return change === undefined ? Effect.void : feed.publish(change)
  })

const unavailable = ({ message }: StoreError) => DispatchError.unavailable(message)

/** The failures of a write as its caller is told of them. */
const refusals = {
  StoreError: unavailable,
  NameTaken: ({ message }: NameTaken) => DispatchError.alreadyExists(message)
}

const notFound = (microgridId: MicrogridId, id: DispatchId) =>
  DispatchError.notFound(`microgrid ${microgridId} has no dispatch ${id}`)
