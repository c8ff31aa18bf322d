/**
 * The dispatch: what shall run, where and when, and the queries about its runs.
 *
 * @since 0.1.0
 */
import { DateTime, Duration, type Result, Schema, SchemaTransformation } from "effect"
import { DispatchId } from "./DispatchId.ts"
import * as Json from "./internal/dispatchJson.ts"
import { durationSecondsMax, isRunDuration, read } from "./internal/runDuration.ts"
import { RunSchedule } from "./internal/recurrence/runSchedule.ts"
import { sameRule } from "./internal/recurrence/sameRule.ts"
import * as Payload from "./Payload.ts"
import * as Recurrence from "./Recurrence.ts"
import type { RunningState } from "./RunningState.ts"
import * as Target from "./Target.ts"

/**
 * The length of a run: whole seconds from 0 to 4,294,967,295. With `Duration.infinity` the dispatch runs until it is
 * stopped; zero makes it a *command*, an instant without a length.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RunDuration = Schema.Duration.check(
  Schema.makeFilter(isRunDuration, { expected: `whole seconds from 0 to ${durationSecondsMax}, or infinity` })
)

/**
 * Reads the length of a run as an application writes it; a number counts milliseconds. Fails with the fault.
 *
 * @category constructors
 * @since 0.1.0
 */
export const readRunDuration: (given: Duration.Input) => Result.Result<Duration.Duration, string> = read

/**
 * One version of a dispatch, as the service holds it.
 *
 * `updateTime` orders versions and keeps the wire's precision: nanoseconds since 1970-01-01T00:00:00Z. All other
 * instants have milliseconds. A `name` is the dispatch's own in its microgrid. `endTime` is set by the service for display and filters, never used for the schedule.
 * `deleted` is local: the last known version of a dispatch that is gone carries it.
 *
 * The queries ask about an instant and cost the same whatever the age of the dispatch.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatch, DispatchId, RecurrenceRule, Target } from "@effect-dispatch/core"
 * import { DateTime, Duration } from "effect"
 *
 * const nightly = new Dispatch.Dispatch({
 *   id: DispatchId.make(1n),
 *   type: "CHARGE",
 *   startTime: DateTime.makeUnsafe("2026-11-23T23:30:00Z"),
 *   duration: Duration.hours(1),
 *   target: Target.componentCategories("BATTERY"),
 *   active: true,
 *   dryRun: false,
 *   payload: { power_w: 5_000 },
 *   recurrence: RecurrenceRule.make({ frequency: "DAILY", interval: 1 }),
 *   createTime: DateTime.makeUnsafe("2026-11-23T12:00:00Z"),
 *   updateTime: 1_795_435_200_000_000_000n
 * })
 * const now = DateTime.makeUnsafe("2026-11-25T00:15:00Z")
 * assert.ok(nightly.startedAt(now))
 * assert.deepStrictEqual(nightly.until(now), DateTime.makeUnsafe("2026-11-25T00:30:00Z"))
 * assert.deepStrictEqual(nightly.nextRun(now), DateTime.makeUnsafe("2026-11-25T23:30:00Z"))
 * ```
 *
 * @see BEHAVIOUR section 1
 * @category models
 * @since 0.1.0
 */
export class Dispatch extends Schema.Class<Dispatch>("Dispatch")({
  id: DispatchId,
  name: Schema.optionalKey(Schema.String),
  type: Schema.String,
  startTime: Schema.DateTimeUtc,
  duration: RunDuration,
  target: Target.Target,
  active: Schema.Boolean,
  dryRun: Schema.Boolean,
  payload: Payload.Payload,
  recurrence: Schema.optionalKey(Recurrence.Rule),
  createTime: Schema.DateTimeUtc,
  updateTime: Schema.BigInt,
  endTime: Schema.optionalKey(Schema.DateTimeUtc),
  deleted: Schema.optionalKey(Schema.Literal(true))
}) {
  #schedule: RunSchedule | undefined

  /** Tells it from a record that could not be read. No field: no text of a dispatch has it. */
  get _tag(): "Dispatch" {
    return "Dispatch"
  }

  /** The runs as plain numbers, made on first use. @internal */
  get schedule(): RunSchedule {
    return (this.#schedule ??= new RunSchedule(this.startTime, this.duration, this.recurrence))
  }

  /** True if it is active, not deleted, and one of its runs contains the instant. */
  startedAt(at: DateTime.Utc): boolean {
    return this.active && this.deleted !== true && !Number.isNaN(this.schedule.runAt(at.epochMilliseconds))
  }

  /** Its running state at the instant, for an application that handles one type. */
  runningState(type: string, at: DateTime.Utc): RunningState {
    return this.type !== type ? "DifferentType" : this.startedAt(at) ? "Running" : "Stopped"
  }

  /** End of the run that contains the instant; `undefined` unless `startedAt`, and for a run without an end. */
  until(at: DateTime.Utc): DateTime.Utc | undefined {
    return this.startedAt(at)
      ? instant(this.schedule.runAt(at.epochMilliseconds) + this.schedule.length)
      : undefined
  }

  /** The earliest occurrence at or after the instant, `undefined` if there is none. Ignores `active` and `deleted`. */
  nextRun(at: DateTime.Utc): DateTime.Utc | undefined {
    return instant(this.schedule.next(at.epochMilliseconds))
  }

  /** The occurrences from `since` (inclusive) to `at` (exclusive), in order, lazily. Ignores `active`, `deleted`. */
  *missedRuns(since: DateTime.Utc, at: DateTime.Utc): Generator<DateTime.Utc, void, void> {
    const { rule, start } = this.schedule
    if (rule !== undefined) return yield* Recurrence.missedRuns(rule, since, at)
    if (since.epochMilliseconds <= start && start < at.epochMilliseconds) yield DateTime.makeUnsafe(start)
  }

  /**
   * Every run that overlaps the half-open interval, and every command in it, by occurrence, lazily.
   * Ignores `active` and `deleted`.
   */
  *runs(from: DateTime.Utc, to: DateTime.Utc): Generator<Recurrence.Run, void, void> {
    const { length, rule, start } = this.schedule
    if (rule !== undefined) return yield* Recurrence.runs(rule, this.duration, from, to)
    const isOver = length === 0 ? start < from.epochMilliseconds : start + length <= from.epochMilliseconds
    if (isOver || start >= to.epochMilliseconds) return
    yield { occurrence: DateTime.makeUnsafe(start), until: instant(start + length) }
  }

  /** True if another version is of the same type, and a dry run if this is one: no run goes on as another kind. */
  isSameKind(that: Dispatch): boolean {
    return this.type === that.type && this.dryRun === that.dryRun
  }

  /** True if another version says the same in every field; payloads, targets and lists compare by meaning. */
  sameContent(that: Dispatch): boolean {
    return (
      this.id === that.id &&
      this.updateTime === that.updateTime &&
      this.name === that.name &&
      this.isSameKind(that) &&
      this.active === that.active &&
      this.startTime.epochMilliseconds === that.startTime.epochMilliseconds &&
      this.createTime.epochMilliseconds === that.createTime.epochMilliseconds &&
      this.endTime?.epochMilliseconds === that.endTime?.epochMilliseconds &&
      Duration.Equivalence(this.duration, that.duration) &&
      Target.equals(this.target, that.target) &&
      Payload.equals(this.payload, that.payload) &&
      sameRule(this.recurrence, that.recurrence)
    )
  }

  /** The value that `JSON.stringify` writes, by `DispatchJson`; `--json` of the command line adds state and runs. */
  toJSON(): DispatchJson {
    return encodeJson(this)
  }

  /** The same version, not marked as gone. @internal */
  asKnown(): Dispatch {
    const { deleted: _, ...fields }: Dispatch = this
    return new Dispatch(fields, { disableChecks: true })
  }

  /** The same version, marked as gone. */
  asDeleted(): Dispatch {
    return new Dispatch({ ...this, deleted: true }, { disableChecks: true })
  }
}

/**
 * The JSON of a dispatch: ids are decimal strings, instants ISO 8601 in UTC (`updateTime` with nanoseconds), a duration
 * is in seconds; absent `durationSeconds`, `recurrence` and `endTime` are `null`. A rule in local time is `calendar`,
 * beside a `recurrence` of `null`; a `name` is there if the dispatch has one. It does not say that a dispatch is gone.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DispatchJson = Json.Fields.pipe(
  Schema.decodeTo(
    Schema.toType(Dispatch),
    SchemaTransformation.transform({
      decode: ({ calendar, durationSeconds: duration, endTime, recurrence, ...rest }) =>
        new Dispatch(
          {
            ...rest,
            duration,
            ...(recurrence !== null && { recurrence }),
            ...(calendar !== undefined && { recurrence: calendar }),
            ...(endTime !== null && { endTime })
          },
          { disableChecks: true }
        ),
      encode: ({ duration: durationSeconds, endTime = null, recurrence, ...rest }) => ({
        ...rest,
        durationSeconds,
        ...(recurrence?.timeZone === undefined
          ? { recurrence: recurrence ?? null }
          : { recurrence: null, calendar: recurrence }),
        endTime
      })
    })
  )
)

/**
 * The JSON of a dispatch, as a value.
 *
 * @category models
 * @since 0.1.0
 */
export type DispatchJson = typeof DispatchJson.Encoded

const encodeJson = Schema.encodeSync(DispatchJson)

const instant = (millis: number): DateTime.Utc | undefined =>
  Number.isFinite(millis) ? DateTime.makeUnsafe(millis) : undefined
