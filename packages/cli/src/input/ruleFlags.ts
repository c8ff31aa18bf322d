/** The flags of a recurrence, and of the zone whose clock it goes by. */
import { exceptionsMax } from "@effect-dispatch/core/CalendarRule"
import type { LocalClock } from "@effect-dispatch/core/LocalClock"
import { Frequency, Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { type Option, Result } from "effect"
import { Flag } from "effect/cli"
import { counted, flag, listed, type TimeText, timeFlag } from "./flags.ts"
import { parseZone } from "./zone.ts"

/** Whole numbers; where they may be negative, 0 is not one of them. */
const numbers = (name: string, minimum: number, maximum: number) =>
  flag(name, "N,N…", (text) => {
    const list = text.split(",").map((part) => Number(part.trim() === "" ? Number.NaN : part))
    const isAllowed = (number: number) =>
      Number.isInteger(number) && number >= minimum && number <= maximum && (minimum >= 0 || number !== 0)
    return list.every(isAllowed)
      ? Result.succeed(list)
      : Result.fail(
          `must be whole numbers from ${minimum} to ${maximum}${minimum < 0 ? " but not 0" : ""}, with commas between them`
        )
  })

const names = <A extends string>(name: string, known: ReadonlyArray<A>) =>
  flag(name, "DAY,DAY…", (text) => {
    const list = text.split(",").map((part) => part.trim().toUpperCase())
    const found = list.map((part) => known.find((item) => part.length >= 2 && item.startsWith(part)))
    return found.every((item) => item !== undefined)
      ? Result.succeed(found)
      : Result.fail(`must be some of ${known.join(", ").toLowerCase()}, with commas between them`)
  })

/** `--zone`. */
export const zone = flag("zone", "ZONE", parseZone).pipe(
  Flag.withDescription(
    "Time zone of the rule and of the times given; else DISPATCH_ZONE, else the local one"
  ),
  Flag.optional
)

/** `--frequency`, where `-f` means something else as well. */
export const frequencyWithoutAlias = flag("frequency", "UNIT", (text) => {
  const name = Frequency.literals.find((item) => item === text.toUpperCase())
  return name === undefined
    ? Result.fail(`must be one of ${Frequency.literals.join(", ").toLowerCase()}`)
    : Result.succeed(name)
}).pipe(
  Flag.withDescription("Recurs: minutely, hourly (both in UTC), daily, weekly, monthly or yearly"),
  Flag.optional
)

/** The recurrence of a dispatch. */
export const recurrence = {
  zone,
  rrule: Flag.String("rrule").pipe(
    Flag.withMetavar("RRULE"),
    Flag.withDescription('Recurs by a rule of RFC 5545, "FREQ=DAILY;BYHOUR=8"'),
    Flag.optional
  ),
  frequency: frequencyWithoutAlias.pipe(Flag.withAlias("f")),
  interval: counted("interval").pipe(Flag.withDescription("Every so many of them"), Flag.optional),
  count: counted("count").pipe(Flag.withDescription("Ends after so many occurrences"), Flag.optional),
  until: timeFlag("until").pipe(
    Flag.withDescription("Ends at this time, inclusive; a date is the whole day"),
    Flag.optional
  ),
  except: timeFlag("except").pipe(
    Flag.withDescription("Leaves out this run, or all runs of a date; may be repeated"),
    Flag.between(0, exceptionsMax)
  ),
  byMinute: listed(numbers("by-minute", 0, 59).pipe(Flag.withDescription("Only at these minutes"))),
  byHour: listed(numbers("by-hour", 0, 23).pipe(Flag.withDescription("Only in these hours of the zone"))),
  byWeekday: listed(
    names("by-weekday", Weekday.literals).pipe(
      Flag.withDescription("Only on these days of the zone (mon,tue,…)")
    )
  ),
  byMonthday: listed(
    numbers("by-monthday", -31, 31).pipe(Flag.withDescription("Only on these days of the month"))
  ),
  byMonth: listed(numbers("by-month", 1, 12).pipe(Flag.withDescription("Only in these months")))
}

/** The values of the flags of a recurrence. */
export interface RuleFlags {
  readonly zone: Option.Option<LocalClock>
  readonly rrule: Option.Option<string>
  readonly frequency: Option.Option<Frequency>
  readonly interval: Option.Option<number>
  readonly count: Option.Option<number>
  readonly until: Option.Option<TimeText>
  readonly except: ReadonlyArray<TimeText>
  readonly byMinute: Option.Option<ReadonlyArray<number>>
  readonly byHour: Option.Option<ReadonlyArray<number>>
  readonly byWeekday: Option.Option<ReadonlyArray<Weekday>>
  readonly byMonthday: Option.Option<ReadonlyArray<number>>
  readonly byMonth: Option.Option<ReadonlyArray<number>>
}
