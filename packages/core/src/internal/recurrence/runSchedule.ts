/**
 * The runs of one dispatch as plain numbers: epoch milliseconds, `NaN` for none, `Infinity` for no end.
 *
 * All questions about time go through here: the queries of a dispatch, the timeline, the mirror. A schedule is made
 * once a dispatch, on first use, and kept with it.
 */
import { DateTime, Duration } from "effect"
import * as Recurrence from "../../Recurrence.ts"
import { latestInstant } from "../instants.ts"

/** The runs of one dispatch. Times are epoch milliseconds. */
export class RunSchedule {
  /** Length of every run in milliseconds; `Infinity` without an end, 0 for a command. */
  readonly length: number
  /** The one occurrence of a one-off dispatch; the anchor of a recurring one. */
  readonly start: number
  readonly rule: Recurrence.Compiled | undefined

  constructor(startTime: DateTime.Utc, duration: Duration.Duration, rule: Recurrence.Rule | undefined) {
    this.start = startTime.epochMilliseconds
    this.length = Duration.toMillis(duration)
    // A dispatch without an end is one-off, whatever its rule says.
    this.rule =
      rule === undefined || this.length === Infinity ? undefined : Recurrence.compile(rule, this.start / 1000)
  }

  /** The latest occurrence at or before an instant. */
  previous(at: number): number {
    if (this.rule === undefined) return this.start <= at ? this.start : Number.NaN
    return Recurrence.previousSeconds(this.rule, Math.floor(at / 1000)) * 1000
  }

  /** The earliest occurrence at or after an instant. */
  next(at: number): number {
    if (this.rule === undefined) return this.start >= at ? this.start : Number.NaN
    return Recurrence.nextSeconds(this.rule, Math.ceil(at / 1000)) * 1000
  }

  /** The occurrence whose run contains an instant: with equal lengths, always the latest one. */
  runAt(at: number): number {
    const occurrence = this.previous(at)
    return at < occurrence + this.length ? occurrence : Number.NaN
  }

  /** The number of occurrences from one instant to another, both inclusive. */
  count(from: number, to: number): number {
    if (this.rule === undefined) return from <= this.start && this.start <= to ? 1 : 0
    return Recurrence.countSeconds(this.rule, from / 1000, to / 1000)
  }

  /** End of the last run of all: `Infinity` without an end, `NaN` for a rule that never matches. */
  get lastEnd(): number {
    return this.length === Infinity ? Infinity : this.previous(latestInstant) + this.length
  }
}
