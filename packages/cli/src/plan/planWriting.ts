/** Writes dispatches as a plan, in YAML. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import type { Rule } from "@effect-dispatch/core/Recurrence"
import type { Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { DateTime, Duration } from "effect"
import { Document, isCollection, isMap, isSeq } from "yaml"
import * as Text from "../output/text.ts"
import type { Times } from "../output/times.ts"
import { prefixOf } from "./plan.ts"
import { type Draft, exceptionsOf } from "../schedule/draft.ts"
import { isFast, plainest } from "../schedule/rule.ts"

/** Where the dispatches of a plan are from. */
export interface Origin {
  /** The name of the plan that has made them. */
  readonly plan: string | undefined
  readonly microgrid: MicrogridId
  readonly service: string
}

/** A dispatch that a plan can hold: it starts at an instant. */
export interface Planable extends Omit<Draft, "startTime"> {
  readonly startTime: DateTime.Utc
}

/** A dispatch of a plan, as it is written. */
type Item = Readonly<Record<string, unknown>>

/** The plan of dispatches that there are, each known by its name, or else by its id. */
export const ofDispatches = (dispatches: ReadonlyArray<Dispatch>, origin: Origin, times: Times): string =>
  textOf(
    {
      ...(origin.plan === undefined ? undefined : { plan: origin.plan }),
      microgrid: origin.microgrid,
      service: origin.service,
      defaults: { zone: times.zone }
    },
    dispatches.map((dispatch) => ({ ...keyOf(dispatch, origin), ...itemOf(dispatch, times) })),
    dispatches.some(({ name }) => name === undefined)
      ? ["The ids count only at this service and this microgrid; create --file makes new ones of all of it."]
      : []
  )

const keyOf = ({ id, name }: Dispatch, { plan }: Origin): Item => {
  if (name === undefined) return { id }
  return { name: plan === undefined ? name : name.slice(prefixOf(plan).length) }
}

/** The plan of dispatches that are at no service yet, each with its name. */
export const ofNew = (
  drafts: ReadonlyArray<Planable & { readonly name: string }>,
  plan: string | undefined,
  times: Times
): string =>
  textOf(
    { ...(plan === undefined ? undefined : { plan }), defaults: { zone: times.zone } },
    drafts.map((draft) => ({ name: draft.name, ...itemOf(draft, times) })),
    []
  )

const remarks = ["A field that it leaves out stays as it is. dispatch schema tells editors all fields."]

const textOf = (head: object, items: ReadonlyArray<Item>, more: ReadonlyArray<string>): string => {
  const document = new Document({ ...head, dispatches: items })
  document.commentBefore = [...more, ...remarks].map((line) => ` ${line}`).join("\n")
  const list = document.get("dispatches", true)
  if (isSeq(list)) {
    for (const item of list.items) {
      for (const field of ["recurrence", "exceptions", "payload", "target"]) {
        const value = isMap(item) ? item.get(field, true) : undefined
        if (isCollection(value)) value.flow = true
      }
    }
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}

const itemOf = (
  draft: Omit<Draft, "startTime"> & { readonly startTime: DateTime.Utc },
  times: Times
): Item => ({
  type: draft.type,
  start: times.iso(draft.startTime),
  duration: lengthOf(draft.duration),
  target: Text.target(draft.target),
  // Usual values need not be said.
  ...(draft.active ? undefined : { active: false }),
  ...(draft.dryRun ? { dryRun: true } : undefined),
  ...(Object.keys(draft.payload).length === 0 ? undefined : { payload: draft.payload }),
  ...(draft.recurrence === undefined ? undefined : { recurrence: ruleOf(draft.recurrence, times) }),
  ...(exceptionsOf(draft.recurrence).length === 0
    ? undefined
    : { exceptions: exceptionsOf(draft.recurrence).map(times.iso) })
})

const lengthOf = (duration: Duration.Duration): string | number | null => {
  if (!Duration.isFinite(duration)) return null
  return Duration.isZero(duration) ? 0 : Text.duration(duration)
}

/** A rule as a plan describes it. Its zone is that of the plan unless it says another; steps of real time have none. */
const ruleOf = (given: Rule, times: Times): Item => {
  const rule = plainest(given)
  const { byWeekdays, end, frequency, interval, timeZone = "UTC", ...rest } = rule
  const { exceptions: _, nthWeekdays, weekStart, ...lists } = { ...noLocalParts, ...rest }
  return {
    frequency: frequency.toLowerCase(),
    ...(interval === 1 ? undefined : { interval }),
    ...(timeZone === times.zone || isFast(rule) ? undefined : { zone: timeZone }),
    ...(end?._tag === "Count" ? { count: end.count } : undefined),
    ...(end?._tag === "Until" ? { until: times.iso(end.until) } : undefined),
    ...(byWeekdays === undefined ? undefined : { byWeekdays: byWeekdays.map(shortDay) }),
    ...(nthWeekdays === undefined
      ? undefined
      : { nthWeekdays: nthWeekdays.map(({ nth, weekday }) => `${nth}${shortDay(weekday)}`) }),
    ...(weekStart === undefined ? undefined : { weekStart: shortDay(weekStart) }),
    ...lists
  }
}

const noLocalParts: Pick<Partial<CalendarRule>, "exceptions" | "nthWeekdays" | "weekStart"> = {}

const shortDay = (day: Weekday): string => day.slice(0, 3).toLowerCase()
