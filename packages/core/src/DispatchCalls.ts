/**
 * The calls of a dispatch service, and its answers.
 *
 * @since 0.1.0
 */
import type { DateTime, Duration, Effect, Scope, Stream } from "effect"
import type { CalendarRule } from "./CalendarRule.ts"
import type { ClockOffset } from "./ClockOffset.ts"
import type { Dispatch } from "./Dispatch.ts"
import type { DispatchError } from "./DispatchError.ts"
import type { DispatchFilter, DispatchSort } from "./DispatchFilter.ts"
import type { DispatchId } from "./DispatchId.ts"
import type { MicrogridId } from "./MicrogridId.ts"
import type { Payload } from "./Payload.ts"
import type { Rule } from "./Recurrence.ts"
import type { RecurrenceRule } from "./RecurrenceRule.ts"
import type { Target } from "./Target.ts"

/**
 * A record of the service that this program cannot read as a dispatch, with all that is known of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnreadableDispatch {
  readonly _tag: "UnreadableDispatch"
  /** Absent when even the id could not be read. */
  readonly id: DispatchId | undefined
  /** Nanoseconds since 1970 UTC; absent when it could not be read. */
  readonly updateTime: bigint | undefined
  /** The place of the fault in the model (`recurrence.byHours[2]`). */
  readonly path: string
  /** Says what is wrong there and what would be right. */
  readonly message: string
}

/**
 * An item of a listing or an event: a dispatch, or the honest admission that it could not be read. Its `_tag` tells.
 *
 * @category models
 * @since 0.1.0
 */
export type DispatchRecord = Dispatch | UnreadableDispatch

/**
 * True if the record is a dispatch, and not one that could not be read.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchClient, MicrogridId } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Stream } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const client = yield* DispatchClient.DispatchClient
 *   const records = client.list(MicrogridId.make(1n), { filter: { active: true }, pageSize: 1_000 })
 *   const dispatches = yield* Stream.runCollect(Stream.filter(records, DispatchClient.isReadable))
 *   assert.strictEqual(dispatches.length, 0)
 * })
 * await Effect.runPromise(Effect.provide(program, ServiceClient.layerMemory))
 * ```
 *
 * @see BEHAVIOUR S8
 * @category guards
 * @since 0.1.0
 */
export const isReadable = (record: DispatchRecord): record is Dispatch => record._tag === "Dispatch"

/**
 * Something happened to a dispatch. `Unknown` stands for a kind of event this program does not know.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamEvent {
  readonly kind: "Created" | "Updated" | "Deleted" | "Unknown"
  readonly record: DispatchRecord
}

/**
 * An open event stream.
 *
 * @category models
 * @since 0.1.0
 */
export interface EventStream {
  /**
   * Completes when the service has confirmed the subscription, by response headers or a first event. Many services send
   * headers first even when they refuse: then it completes, and `events` fail at once.
   */
  readonly effective: Effect.Effect<void, DispatchError>
  /** The events. The stream always says how it ended: it ends when the service ends it cleanly. Run it once. */
  readonly events: Stream.Stream<StreamEvent, DispatchError>
}

/**
 * The options of a listing.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListOptions {
  readonly filter?: DispatchFilter | undefined
  readonly sort?: DispatchSort | undefined
  /** Dispatches per page, at most 1,000; the service's default is 100. */
  readonly pageSize?: number | undefined
}

/**
 * A dispatch to be created.
 *
 * @category models
 * @since 0.1.0
 */
export interface NewDispatch {
  /** A name that no other dispatch of the microgrid has, else the call fails with `AlreadyExists`. None unless given. */
  readonly name?: string | undefined
  /** At least one character, at most 256. */
  readonly type: string
  /** An instant in the future, rounded up to whole seconds; or the present second, so that it runs at once. */
  readonly startTime: DateTime.Utc | "NOW"
  /** Whole seconds, such as `"10 minutes"`; a number counts milliseconds. Infinite unless given. */
  readonly duration?: Duration.Input | undefined
  readonly target: Target
  /** `true` unless given. */
  readonly active?: boolean | undefined
  /** `false` unless given. */
  readonly dryRun?: boolean | undefined
  /** Empty unless given. */
  readonly payload?: Payload | undefined
  readonly recurrence?: Rule | undefined
}

/**
 * Fields of a recurrence rule to change, the others stay. Lists replace lists; an empty list or `null` clears.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecurrenceChanges {
  /** A rule in local time goes into `calendar`. */
  readonly timeZone?: never
  readonly frequency?: RecurrenceRule["frequency"]
  readonly interval?: number
  readonly end?: RecurrenceRule["end"] | null
  readonly byMinutes?: ReadonlyArray<number>
  readonly byHours?: ReadonlyArray<number>
  readonly byWeekdays?: NonNullable<RecurrenceRule["byWeekdays"]>
  readonly byMonthDays?: ReadonlyArray<number>
  readonly byMonths?: ReadonlyArray<number>
}

/**
 * The exceptions of a rule in local time: all of them, in place of those it has. The rest of the rule stays.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExceptionChanges {
  readonly exceptions: CalendarRule["exceptions"] & {}
}

/**
 * The changes of a dispatch: only the given keys change. The type and `dryRun` of a dispatch never change.
 *
 * @category models
 * @since 0.1.0
 */
export interface DispatchChanges {
  /** A name that no other dispatch of the microgrid has; `null` takes it away. */
  readonly name?: string | null
  readonly startTime?: DateTime.Utc
  /** `Duration.infinity` (or `null`) makes it run until it is stopped. */
  readonly duration?: Duration.Input | null
  readonly target?: Target
  readonly active?: boolean
  readonly payload?: Payload
  /** A whole rule replaces any other, a part changes a rule in UTC, `null` takes a rule in UTC away. */
  readonly recurrence?: RecurrenceRule | RecurrenceChanges | null
  /** A whole rule replaces any other, exceptions change a rule in local time, `null` takes such a rule away. */
  readonly calendar?: CalendarRule | ExceptionChanges | null
}

/**
 * Options of an update.
 *
 * @category models
 * @since 0.1.0
 */
export interface UpdateOptions {
  /** Updates only if this is still the dispatch's `updateTime` (nanoseconds), else fails with `Conflict`. */
  readonly ifUpdateTime?: bigint | undefined
}

/**
 * The calls of a dispatch service.
 *
 * @category models
 * @since 0.1.0
 */
export interface DispatchCalls {
  /** Lists a microgrid's dispatches, page by page as the stream is pulled. An unknown microgrid is empty. */
  readonly list: (
    microgridId: MicrogridId,
    options?: ListOptions
  ) => Stream.Stream<DispatchRecord, DispatchError>
  /** Subscribes to the events of a microgrid's dispatches; the subscription ends with the scope. */
  readonly stream: (microgridId: MicrogridId) => Effect.Effect<EventStream, DispatchError, Scope.Scope>
  /** Creates a dispatch and gives the service's record of it. */
  readonly create: (microgridId: MicrogridId, dispatch: NewDispatch) => Effect.Effect<Dispatch, DispatchError>
  /** Changes a dispatch and gives the service's record of it. */
  readonly update: (
    microgridId: MicrogridId,
    id: DispatchId,
    changes: DispatchChanges,
    options?: UpdateOptions
  ) => Effect.Effect<Dispatch, DispatchError>
  /** Reads one dispatch. */
  readonly get: (microgridId: MicrogridId, id: DispatchId) => Effect.Effect<Dispatch, DispatchError>
  /** Deletes a dispatch, for ever. */
  readonly delete: (microgridId: MicrogridId, id: DispatchId) => Effect.Effect<void, DispatchError>
  /**
   * The distance of the service's clock from the local one, as far as answers have told (S9): known once, for all who use
   * this client. Absent if there is no clock but the local one.
   */
  readonly clockOffset?: () => ClockOffset | undefined
}
