/**
 * The dispatch: what shall run, where and when, and the queries about its runs.
 *
 * @since 0.1.0
 */
import { Duration, Schema } from "effect"
import { DispatchId } from "./DispatchId.ts"
import { Payload } from "./Payload.ts"
import { RecurrenceRule } from "./RecurrenceRule.ts"
import { Target } from "./Target.ts"

/** The longest finite duration: what an unsigned 32-bit number of seconds holds. */
const durationSecondsMax = 4_294_967_295

/**
 * How long a run lasts: whole seconds from 0 to 4,294,967,295. `Duration.infinity` means that the dispatch runs until
 * it is stopped; zero makes it a *command*, an instant without a length.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RunDuration = Schema.Duration.check(
  Schema.makeFilter(
    (duration: Duration.Duration) => {
      if (duration === Duration.infinity) return true
      const seconds = Duration.toSeconds(duration)
      return seconds === Infinity || (Number.isInteger(seconds) && seconds >= 0 && seconds <= durationSecondsMax)
    },
    { expected: `whole seconds from 0 to ${durationSecondsMax}, or infinity` }
  )
)

/**
 * One version of a dispatch, as the service holds it.
 *
 * `updateTime` orders versions and keeps the wire's precision: nanoseconds since 1970-01-01T00:00:00Z. All other
 * instants have milliseconds. `endTime` is set by the service for display and filters, never used for the schedule.
 * `deleted` is local: the last known version of a dispatch that is gone carries it.
 *
 * @category models
 * @since 0.1.0
 */
export class Dispatch extends Schema.Class<Dispatch>("Dispatch")({
  id: DispatchId,
  type: Schema.String,
  startTime: Schema.DateTimeUtc,
  duration: RunDuration,
  target: Target,
  active: Schema.Boolean,
  dryRun: Schema.Boolean,
  payload: Payload,
  recurrence: Schema.optionalKey(RecurrenceRule),
  createTime: Schema.DateTimeUtc,
  updateTime: Schema.BigInt,
  endTime: Schema.optionalKey(Schema.DateTimeUtc),
  deleted: Schema.optionalKey(Schema.Literal(true))
}) {}
