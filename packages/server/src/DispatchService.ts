/**
 * The dispatch service: its use cases, whatever store is behind and whatever wire is before it.
 *
 * @since 0.1.0
 */
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import type {
  DispatchChanges,
  NewDispatch,
  RecurrenceChanges,
  UpdateOptions
} from "@effect-dispatch/core/DispatchClient"
import {
  Conflict,
  DispatchClientError,
  NotFound,
  Unavailable
} from "@effect-dispatch/core/DispatchClientError"
import { defaultSort, type DispatchFilter, type DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import {
  Context,
  DateTime,
  Duration,
  Effect,
  Layer,
  Option,
  type Scope,
  Semaphore,
  type Stream
} from "effect"
import { ChangeFeed } from "./ChangeFeed.ts"
import { type Change, DispatchStore, type StoreError } from "./DispatchStore.ts"
import { sortKey } from "./internal/listing.ts"
import * as PageToken from "./internal/pageToken.ts"
import { checkDispatch, checkStart, invalid } from "./internal/validation.ts"

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
    readonly list: (
      microgridId: MicrogridId,
      request: PageRequest
    ) => Effect.Effect<Page, DispatchClientError>
    readonly get: (microgridId: MicrogridId, id: DispatchId) => Effect.Effect<Dispatch, DispatchClientError>
    readonly create: (
      microgridId: MicrogridId,
      dispatch: NewDispatch
    ) => Effect.Effect<Dispatch, DispatchClientError>
    readonly update: (
      microgridId: MicrogridId,
      id: DispatchId,
      changes: DispatchChanges,
      options?: UpdateOptions
    ) => Effect.Effect<Dispatch, DispatchClientError>
    readonly delete: (microgridId: MicrogridId, id: DispatchId) => Effect.Effect<void, DispatchClientError>
    /** Subscribes from this moment on, for the life of the scope. */
    readonly subscribe: (
      microgridId: MicrogridId
    ) => Effect.Effect<Stream.Stream<Change, DispatchClientError>, never, Scope.Scope>
  }
>()("@effect-dispatch/server/DispatchService") {
  /** The service over a store and a feed. */
  static readonly layerWithFeed: Layer.Layer<DispatchService, never, DispatchStore | ChangeFeed> =
    Layer.effect(
      DispatchService,
      Effect.gen(function* () {
        const store = yield* DispatchStore
        const feed = yield* ChangeFeed
        // Commits and their announcements take turns, so that streams see the order of commits.
        const turns = yield* Semaphore.make(1)
        const commit = <E>(mutation: Effect.Effect<Option.Option<Change>, E>) =>
          turns.withPermits(1)(
            Effect.uninterruptible(
              Effect.tap(mutation, (change) =>
                Option.isSome(change) ? feed.publish(change.value) : Effect.void
              )
            )
          )

        const create = Effect.fn("DispatchService.create")(
          function* (microgridId: MicrogridId, dispatch: NewDispatch) {
            const now = yield* DateTime.now
            if (dispatch.startTime !== "NOW")
              yield* checkStart(dispatch.startTime, now, "dispatch_data.start_time")
            const startTime =
              dispatch.startTime === "NOW" ? nextSecondAfter(now) : roundUpToSecond(dispatch.startTime)
            const make = (id: DispatchId): Dispatch =>
              withEnd({
                id,
                type: dispatch.type,
                startTime,
                duration: dispatch.duration ?? Duration.infinity,
                target: dispatch.target,
                active: dispatch.active ?? true,
                dryRun: dispatch.dryRun ?? false,
                payload: dispatch.payload ?? {},
                createTime: now,
                updateTime: nanosOf(now),
                ...(dispatch.recurrence === undefined ? undefined : { recurrence: dispatch.recurrence })
              })
            yield* checkDispatch(make(1n as DispatchId), "dispatch_data")
            const change = yield* commit(Effect.asSome(store.insert(microgridId, make)))
            return Option.getOrThrow(change).dispatch
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
            const now = yield* DateTime.now
            const decide = Effect.fnUntraced(function* (current: Dispatch) {
              if (options?.ifUpdateTime !== undefined && options.ifUpdateTime !== current.updateTime) {
                return yield* conflict(id)
              }
              const next = yield* changed(current, changes, now)
              yield* checkDispatch(next, "update")
              return { kind: "Updated" as const, dispatch: next }
            })
            const change = yield* commit(store.modify(microgridId, id, decide))
            return Option.isSome(change) ? change.value.dispatch : yield* notFound(microgridId, id)
          },
          Effect.catchTag("StoreError", unavailable)
        )

        const remove = Effect.fn("DispatchService.delete")(
          function* (microgridId: MicrogridId, id: DispatchId) {
            const now = yield* DateTime.now
            const decide = (current: Dispatch) =>
              Effect.succeed({
                kind: "Deleted" as const,
                dispatch: new Dispatch({ ...current, updateTime: laterThan(current, now) })
              })
            const change = yield* commit(store.modify(microgridId, id, decide))
            if (Option.isNone(change)) return yield* notFound(microgridId, id)
          },
          Effect.catchTag("StoreError", unavailable)
        )

        const get = Effect.fn("DispatchService.get")(
          function* (microgridId: MicrogridId, id: DispatchId) {
            const found = yield* store.get(microgridId, id)
            return Option.isSome(found) ? found.value : yield* notFound(microgridId, id)
          },
          Effect.catchTag("StoreError", unavailable)
        )

        const list = Effect.fn("DispatchService.list")(
          function* (microgridId: MicrogridId, request: PageRequest) {
            const secret = yield* store.secret
            const listing = yield* beginOrResume(store, secret, microgridId, request)
            const found = yield* store.page({ ...listing, limit: listing.pageSize + 1 })
            const dispatches = fitting(found.slice(0, listing.pageSize))
            const last = dispatches.at(-1)
            const nextPageToken =
              last === undefined || dispatches.length === found.length
                ? undefined
                : PageToken.write(secret, {
                    ...listing,
                    after: { key: sortKey(last, listing.sort), id: last.id }
                  })
            return { dispatches, totalItems: listing.totalItems, nextPageToken }
          },
          Effect.catchTag("StoreError", unavailable)
        )

        return DispatchService.of({ list, get, create, update, delete: remove, subscribe: feed.subscribe })
      })
    )

  /** The service over a store, within one process. */
  static readonly layer: Layer.Layer<DispatchService, never, DispatchStore> = Layer.provide(
    DispatchService.layerWithFeed,
    ChangeFeed.layer
  )
}

const unavailable = (error: StoreError) =>
  Effect.fail(new DispatchClientError({ reason: new Unavailable({ message: error.message }) }))

const notFound = (microgridId: MicrogridId, id: DispatchId) =>
  Effect.fail(
    new DispatchClientError({
      reason: new NotFound({ message: `microgrid ${microgridId} has no dispatch ${id}` })
    })
  )

const conflict = (id: DispatchId) =>
  Effect.fail(
    new DispatchClientError({
      reason: new Conflict({
        message: `dispatch ${id} was changed by somebody else meanwhile; nothing was overwritten`
      })
    })
  )

/** The dispatch as the changes make it. */
const changed = Effect.fnUntraced(function* (current: Dispatch, changes: DispatchChanges, now: DateTime.Utc) {
  const { startTime } = changes
  const moved = startTime !== undefined && startTime.epochMilliseconds !== current.startTime.epochMilliseconds
  if (moved) yield* checkStart(startTime, now, "update.start_time")
  const { endTime: _, recurrence: present, ...fields } = current
  const recurrence =
    changes.recurrence === undefined ? present : yield* changedRule(present, changes.recurrence)
  return withEnd({
    ...fields,
    ...(moved ? { startTime: roundUpToSecond(startTime) } : undefined),
    ...(changes.duration === undefined ? undefined : { duration: changes.duration ?? Duration.infinity }),
    ...(changes.target === undefined ? undefined : { target: changes.target }),
    ...(changes.active === undefined ? undefined : { active: changes.active }),
    ...(changes.payload === undefined ? undefined : { payload: changes.payload }),
    ...(recurrence === undefined ? undefined : { recurrence }),
    updateTime: laterThan(current, now)
  })
})

const changedRule = (
  present: RecurrenceRule | undefined,
  changes: RecurrenceRule | RecurrenceChanges | null
): Effect.Effect<RecurrenceRule | undefined, DispatchClientError> => {
  if (changes === null) return Effect.undefined
  if (changes instanceof RecurrenceRule) return Effect.succeed(changes)
  const frequency = changes.frequency ?? present?.frequency
  if (frequency === undefined) {
    return Effect.fail(
      invalid("update.recurrence.freq", "is required for a dispatch that does not recur yet")
    )
  }
  const { end: presentEnd, ...rest } = present ?? { interval: 1 }
  const { end: newEnd, ...newRest } = changes
  const end = newEnd === undefined ? presentEnd : newEnd
  return Effect.mapError(
    Effect.fromResult(
      RecurrenceRule.makeResult({ ...rest, ...newRest, frequency, ...(end == null ? undefined : { end }) })
    ),
    ({ message }) => invalid("update.recurrence", message)
  )
}

type DispatchFields = ConstructorParameters<typeof Dispatch>[0]

/** The dispatch with the end of its last run, where there is one. */
const withEnd = (fields: DispatchFields): Dispatch => {
  const dispatch = new Dispatch(fields, { disableChecks: true })
  const end =
    dispatch.recurrence !== undefined && dispatch.recurrence.end === undefined
      ? Infinity
      : dispatch.schedule.lastEnd
  return Number.isFinite(end)
    ? new Dispatch({ ...fields, endTime: DateTime.makeUnsafe(end) }, { disableChecks: true })
    : dispatch
}

const secondOf = (instant: DateTime.Utc): number => instant.epochMilliseconds / 1_000

const roundUpToSecond = (instant: DateTime.Utc): DateTime.Utc =>
  DateTime.makeUnsafe(Math.ceil(secondOf(instant)) * 1_000)

const nextSecondAfter = (instant: DateTime.Utc): DateTime.Utc =>
  DateTime.makeUnsafe((Math.floor(secondOf(instant)) + 1) * 1_000)

const nanosOf = (instant: DateTime.Utc): bigint => BigInt(Math.floor(instant.epochMilliseconds)) * 1_000_000n

/** The time of a new version: now, but always later than the version before, whatever the clock says. */
const laterThan = (current: Dispatch, now: DateTime.Utc): bigint => {
  const nanos = nanosOf(now)
  return nanos > current.updateTime ? nanos : current.updateTime + 1n
}

const beginOrResume = Effect.fnUntraced(function* (
  store: DispatchStore["Service"],
  secret: Uint8Array,
  microgridId: MicrogridId,
  request: PageRequest
) {
  if (request.pageToken !== undefined) {
    const listing = PageToken.read(secret, request.pageToken)
    if (Option.isSome(listing) && listing.value.microgridId === microgridId) return listing.value
    return yield* invalid(
      "pagination_params.page_token",
      "is not a token that this service gave for this microgrid"
    )
  }
  const pageSize = request.pageSize || WireLimits.pageSizeDefault
  const filter = request.filter ?? {}
  return {
    microgridId,
    filter,
    sort: request.sort ?? defaultSort,
    pageSize: Math.min(pageSize, WireLimits.pageSizeMax),
    totalItems: yield* store.count(microgridId, filter),
    after: undefined
  }
})

/** As many of the dispatches as fit a page, at least one. */
const fitting = (dispatches: ReadonlyArray<Dispatch>): ReadonlyArray<Dispatch> => {
  let bytes = 0
  const end = dispatches.findIndex((dispatch, index) => {
    bytes += bytesAtMost(dispatch)
    return bytes > WireLimits.pageBytesMax && index > 0
  })
  return end < 0 ? dispatches : dispatches.slice(0, end)
}

/** An upper bound of the size of a dispatch on the wire. */
const bytesAtMost = (dispatch: Dispatch): number => {
  const { payload, target, type } = dispatch
  const targets = target._tag === "ComponentIds" ? target.ids.length : target.categories.length
  const { byHours, byMinutes, byMonthDays, byMonths, byWeekdays } = dispatch.recurrence ?? {}
  const lists = [byHours, byMinutes, byMonthDays, byMonths, byWeekdays].reduce(
    (sum, list) => sum + (list?.length ?? 0),
    0
  )
  return 200 + 4 * type.length + 12 * targets + 10 * lists + 8 * JSON.stringify(payload).length
}
