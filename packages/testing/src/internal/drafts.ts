/** Drafts of dispatches: drawn by chance, biased to boundaries. */
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import type { Payload } from "@effect-dispatch/core/Payload"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import { isFast, RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { DateTime } from "effect"
import type { Chance } from "../Chance.ts"

/**
 * The wanted content of a dispatch. Its start is counted from the instant of the step, in milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface Draft {
  readonly type: string
  readonly startsIn: number
  /** Seconds; `null` means no end. */
  readonly duration: number | null
  readonly target: Target.Target
  readonly active: boolean
  readonly dryRun: boolean
  readonly payload: Payload
  readonly recurrence: ConstructorParameters<typeof RecurrenceRule>[0] | undefined
  /** The zone of the rule, if it is not one in UTC; rules by hours and minutes have none. */
  readonly timeZone?: string | undefined
  /** The hours by which the service finds the end of a rule in local time elsewhere: it has other zone data. */
  readonly endsOff?: number
}

/** The rule of a draft. One by hours or minutes has no zone. */
export const ruleOf = (fields: NonNullable<Draft["recurrence"]>, timeZone: string | undefined): Rule => {
  if (timeZone === undefined || isFast(fields.frequency)) return new RecurrenceRule(fields)
  const { timeZone: _, ...parts } = fields
  return new CalendarRule({ ...parts, timeZone })
}

/** Lengths in milliseconds. */
export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute

/** No simulation lasts longer than this. */
export const simulationLengthMax = 72 * hour

/** Ends of days, months and years, the 29th of February, and nothing special. */
export const beginnings = [
  "2026-01-05T10:00:00Z",
  "2026-12-31T23:40:00Z",
  "2028-02-28T23:50:00Z",
  "2028-02-29T12:00:00Z",
  "2026-01-30T22:15:00Z",
  "2027-07-31T23:59:30Z"
].map((text) => DateTime.makeUnsafe(text).epochMilliseconds)

/** Nights in which clocks are changed. */
export const nights = ["2026-03-28T23:30:00Z", "2026-10-25T00:10:00Z"].map(
  (text) => DateTime.makeUnsafe(text).epochMilliseconds
)

/** The types there are. */
export const types = ["CHARGE", "DISCHARGE", "PEAK"]
const targets = [
  Target.componentIds(1n),
  Target.componentIds(1n, 2n),
  Target.componentIds(18_446_744_073_709_551_615n),
  Target.componentCategories("BATTERY"),
  Target.componentCategories({ category: "INVERTER", subtype: "PV" })
]
const payloads: ReadonlyArray<Payload> = [
  {},
  { power: 1 },
  { power: 2, list: [1, 2] },
  { deep: { er: null } }
]
const durations = [null, 0, 0, 1, 10, 60, 60, 90, 600, 3_600, 90_000]

/** Draws a whole dispatch. */
export const drawDraft = (chance: Chance): Draft => inSomeZone(drawPlain(chance))

/** No draw of its own decides on the zone, so that a seed goes on drawing what it drew without zones. */
const inSomeZone = (draft: Draft): Draft => {
  const { duration, recurrence, startsIn } = draft
  const number = Math.abs(startsIn / second) + (duration ?? 5) + 3 * (recurrence?.interval ?? 0)
  const timeZone = zones[number % (zones.length + 1)]
  const endsOff = [0, -26, 0, 1, 26, 0, -1][number % 7] ?? 0
  return { ...draft, ...(timeZone === undefined ? undefined : { timeZone }), endsOff }
}

const zones = ["Europe/Berlin", "Australia/Lord_Howe", "America/New_York", "UTC"]

const drawPlain = (chance: Chance): Draft => ({
  type: chance.pick(types),
  startsIn: drawStart(chance),
  duration: chance.pick(durations),
  target: chance.pick(targets),
  active: chance.happens(0.85),
  dryRun: chance.happens(0.1),
  payload: chance.pick(payloads),
  recurrence: chance.happens(0.5) ? drawRule(chance) : undefined
})

/** Draws some fields of one. */
export const drawChanges = (chance: Chance): Partial<Draft> => {
  const all = drawDraft(chance)
  const keys = chance.some(
    [
      "startsIn",
      "duration",
      "target",
      "active",
      "payload",
      "recurrence",
      "type",
      "dryRun",
      "timeZone"
    ] as const,
    chance.pick([0.15, 0.3])
  )
  // A service never changes these two; an actor copes all the same (R4).
  const kept = keys.filter((key) => (key !== "type" && key !== "dryRun") || chance.happens(0.3))
  const changes: Partial<Draft> = Object.fromEntries(kept.map((key) => [key, all[key]]))
  return "recurrence" in changes && all.timeZone !== undefined
    ? { ...changes, timeZone: all.timeZone }
    : changes
}

const drawStart = (chance: Chance): number =>
  chance.pick([
    0,
    0,
    second,
    10 * second,
    minute,
    chance.int(0, 120) * second,
    -second,
    -minute,
    -chance.int(0, 7_200) * second,
    hour,
    chance.int(1, 48) * hour
  ])

const drawRule = (chance: Chance): ConstructorParameters<typeof RecurrenceRule>[0] => {
  const end = chance.next()
  return {
    frequency: chance.pick([
      "MINUTELY",
      "MINUTELY",
      "MINUTELY",
      "HOURLY",
      "HOURLY",
      "DAILY",
      "WEEKLY",
      "MONTHLY",
      "YEARLY"
    ]),
    interval: chance.pick([0, 1, 1, 1, 2, 7]),
    ...(end < 0.3
      ? { end: { _tag: "Count" as const, count: chance.int(1, 20) } }
      : end < 0.5
        ? {
            end: {
              _tag: "Until" as const,
              until: DateTime.makeUnsafe(chance.pick(beginnings) + chance.int(0, 48) * hour)
            }
          }
        : {}),
    ...(chance.happens(0.2) ? { byMinutes: chance.pick([[0], [0, 30], [59, 15, 15], []]) } : {}),
    ...(chance.happens(0.2) ? { byHours: chance.pick([[0], [10, 22], [23, 0, 1]]) } : {}),
    ...(chance.happens(0.15)
      ? { byWeekdays: chance.pick([["MONDAY"], ["SUNDAY", "TUESDAY"]] as const) }
      : {}),
    ...(chance.happens(0.15) ? { byMonthDays: chance.pick([[31], [-1], [29], [1, 15]]) } : {}),
    ...(chance.happens(0.1) ? { byMonths: chance.pick([[2], [1, 12]]) } : {})
  }
}
