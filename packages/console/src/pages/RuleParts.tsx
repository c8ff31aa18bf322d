/** The parts of a rule: its clock, days, times and end. */
import type { Rule } from "@effect-dispatch/core/Recurrence"
import type { Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { DateTime } from "effect"
import { useState } from "react"
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import { two } from "../time/zone.ts"
import * as Rules from "../words/rules.ts"
import { Choice, Field } from "./fields.tsx"

interface Part {
  readonly rule: Rule
  readonly set: (made: Rules.Made) => void
}

export const RuleParts = ({ rule, set }: Part) => {
  const isLong = rule.frequency === "MONTHLY" || rule.frequency === "YEARLY"
  return (
    <>
      {Rules.isFast(rule) ? null : <ClockField rule={rule} set={set} />}
      {isLong ? <MonthDays rule={rule} set={set} /> : null}
      <Weekdays rule={rule} set={set} />
      {rule.frequency === "YEARLY" ? <Months rule={rule} set={set} /> : null}
      <TimeField rule={rule} set={set} />
      <End rule={rule} set={set} />
    </>
  )
}

/** The clock that days and times are meant on. */
const ClockField = ({ rule, set }: Part) => {
  const zone = useAtom(Atoms.zone)
  const hasCalendar = useAtom(Atoms.hasCalendar)
  const present = Rules.clockOf(rule)
  const names = [...new Set([...(hasCalendar ? [zone.name] : []), "UTC", present])]
  const hint = hasCalendar
    ? present === "UTC"
      ? "In UTC its times here move when the clock is set"
      : "The times stay, summer and winter"
    : "This service keeps rules in UTC alone"
  return (
    <Field label="On the clock of" hint={hint}>
      {(attributes) => (
        <select
          {...attributes}
          value={present}
          onChange={({ currentTarget }) => set(Rules.onClock(rule, currentTarget.value))}
        >
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

const days: ReadonlyArray<readonly [Weekday, string]> = [
  ["MONDAY", "Mon"],
  ["TUESDAY", "Tue"],
  ["WEDNESDAY", "Wed"],
  ["THURSDAY", "Thu"],
  ["FRIDAY", "Fri"],
  ["SATURDAY", "Sat"],
  ["SUNDAY", "Sun"]
]

const nths: ReadonlyArray<readonly [number, string]> = [
  [0, "every"],
  [1, "the first"],
  [2, "the second"],
  [3, "the third"],
  [4, "the fourth"],
  [-1, "the last"]
]

/** The weekdays of a rule, and their number in the month; `undefined` where they have several numbers. */
const chosenDays = (
  rule: Rule
): { readonly nth: number; readonly weekdays: ReadonlyArray<Weekday> } | undefined => {
  const numbered = rule.timeZone === undefined ? [] : (rule.nthWeekdays ?? [])
  const plain = rule.byWeekdays ?? []
  const numbers = new Set(numbered.map(({ nth }) => nth))
  if (numbered.length > 0 && (plain.length > 0 || numbers.size > 1)) return undefined
  const [nth = 0] = numbers
  return { nth, weekdays: numbered.length > 0 ? numbered.map(({ weekday }) => weekday) : plain }
}

const withDays = (rule: Rule, nth: number, chosen: ReadonlyArray<Weekday>): Rules.Made => {
  const weekdays = days.flatMap(([day]) => (chosen.includes(day) ? [day] : []))
  return nth === 0
    ? Rules.withParts(rule, { byWeekdays: weekdays, nthWeekdays: undefined })
    : Rules.withParts(rule, {
        timeZone: Rules.clockOf(rule),
        byWeekdays: undefined,
        nthWeekdays: weekdays.map((weekday) => ({ nth, weekday }))
      })
}

const Weekdays = ({ rule, set }: Part) => {
  const hasCalendar = useAtom(Atoms.hasCalendar)
  const [wanted, setWanted] = useState(0)
  const chosen = chosenDays(rule)
  if (chosen === undefined) return <p class="hint">The text below says on which weekdays.</p>
  const nth = chosen.weekdays.length === 0 ? wanted : chosen.nth
  const isNumbered =
    hasCalendar && (rule.frequency === "MONTHLY" || (rule.frequency === "YEARLY" && nth !== 0))
  return (
    <div class="line" role="group" aria-label="On days of the week">
      {isNumbered ? (
        <select
          aria-label="Number of the weekday in the month"
          value={String(nth)}
          onChange={({ currentTarget }) => {
            setWanted(Number(currentTarget.value))
            set(withDays(rule, Number(currentTarget.value), chosen.weekdays))
          }}
        >
          {nths.map(([number, words]) => (
            <option key={number} value={String(number)}>
              {words}
            </option>
          ))}
        </select>
      ) : null}
      <div class="chips">
        {days.map(([name, words]) => (
          <label key={name} class="chip">
            <input
              type="checkbox"
              checked={chosen.weekdays.includes(name)}
              onChange={({ currentTarget }) => {
                const others = chosen.weekdays.filter((day) => day !== name)
                set(withDays(rule, nth, currentTarget.checked ? [...others, name] : others))
              }}
            />
            {words}
          </label>
        ))}
      </div>
    </div>
  )
}

/** Days of the month as they are typed: `1, 15, last`. */
export const readMonthDays = (text: string): ReadonlyArray<number> | undefined => {
  const parts = text.split(/[\s,]+/).filter((part) => part !== "")
  const numbers = parts.map((part) => (part.toLowerCase() === "last" ? -1 : Number(part)))
  return numbers.every((number) => Number.isInteger(number) && number !== 0 && Math.abs(number) <= 31)
    ? numbers
    : undefined
}

const monthDaysText = ({ byMonthDays = [] }: Rule): string =>
  byMonthDays.map((number) => (number === -1 ? "last" : String(number))).join(", ")

const MonthDays = ({ rule, set }: Part) => {
  const [typed, setTyped] = useState(monthDaysText(rule))
  const read = readMonthDays(typed)
  // The rule may have been changed elsewhere since.
  const text =
    read === undefined || read.join() === (rule.byMonthDays ?? []).join() ? typed : monthDaysText(rule)
  return (
    <Field
      label="On days of the month"
      fault={read === undefined ? "give numbers from 1 to 31, or last" : undefined}
      hint="Such as 1, 15 or last; empty: the day of the start, or days of the week"
    >
      {(attributes) => (
        <input
          {...attributes}
          value={text}
          onInput={({ currentTarget }) => {
            setTyped(currentTarget.value)
            const byMonthDays = readMonthDays(currentTarget.value)
            if (byMonthDays !== undefined) set(Rules.withParts(rule, { byMonthDays }))
          }}
        />
      )}
    </Field>
  )
}

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

const Months = ({ rule, set }: Part) => (
  <div class="chips" role="group" aria-label="In months">
    {monthNames.map((words, index) => (
      <label key={words} class="chip">
        <input
          type="checkbox"
          checked={rule.byMonths?.includes(index + 1) ?? false}
          onChange={({ currentTarget }) => {
            const others = (rule.byMonths ?? []).filter((month) => month !== index + 1)
            const chosen = currentTarget.checked ? [...others, index + 1] : others
            set(Rules.withParts(rule, { byMonths: chosen.toSorted((one, other) => one - other) }))
          }}
        />
        {words}
      </label>
    ))}
  </div>
)

const timeOf = ({ byHours, byMinutes }: Rule): string =>
  byHours?.length === 1 && byMinutes?.length === 1 ? `${two(byHours[0] ?? 0)}:${two(byMinutes[0] ?? 0)}` : ""

const TimeField = ({ rule, set }: Part) => {
  if (Rules.isFast(rule)) return null
  const hours = rule.byHours ?? []
  const isPlain = hours.length < 2 && (rule.byMinutes ?? []).length < 2
  const hint = !isPlain
    ? "The text below says several times"
    : hours.length === 0
      ? "Empty: at the time of the start"
      : undefined
  return (
    <Field label={`At, in ${Rules.clockOf(rule)}`} hint={hint}>
      {(attributes) => (
        <input
          {...attributes}
          type="time"
          value={timeOf(rule)}
          onInput={({ currentTarget }) => {
            const [, hour, minute] = /^(\d\d):(\d\d)/.exec(currentTarget.value) ?? []
            set(
              Rules.withParts(rule, {
                byHours: hour === undefined ? undefined : [Number(hour)],
                byMinutes: minute === undefined ? undefined : [Number(minute)]
              })
            )
          }}
        />
      )}
    </Field>
  )
}

const End = ({ rule, set }: Part) => {
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.minute)
  const { end } = rule
  const setEnd = (changed: Rule["end"]) => set(Rules.withParts(rule, { end: changed }))
  return (
    <>
      <Choice
        legend="Ends"
        value={end?._tag ?? "Never"}
        options={[
          ["Never", "Never"],
          ["Count", "After a number"],
          ["Until", "At a time"]
        ]}
        onChange={(kind) => {
          if (kind === "Never") setEnd(undefined)
          else if (kind === "Count") setEnd({ _tag: "Count", count: 10 })
          else setEnd({ _tag: "Until", until: DateTime.makeUnsafe(zone.addDays(now, 31)) })
        }}
      />
      {end?._tag === "Count" ? (
        <CountField count={end.count} set={(count) => setEnd({ _tag: "Count", count })} />
      ) : null}
      {end?._tag === "Until" ? (
        <UntilField until={end.until} set={(until) => setEnd({ _tag: "Until", until })} />
      ) : null}
    </>
  )
}

const CountField = ({ count, set }: { readonly count: number; readonly set: (count: number) => void }) => (
  <Field label="Number of runs">
    {(attributes) => (
      <input
        {...attributes}
        type="number"
        min="1"
        value={count}
        onInput={({ currentTarget }) => set(Math.max(1, Math.floor(currentTarget.valueAsNumber || 1)))}
      />
    )}
  </Field>
)

const UntilField = ({
  set,
  until
}: {
  readonly until: DateTime.Utc
  readonly set: (until: DateTime.Utc) => void
}) => {
  const zone = useAtom(Atoms.zone)
  return (
    <Field label={`Until, in ${zone.name}`} hint={Times.iso(until.epochMilliseconds)}>
      {(attributes) => (
        <input
          {...attributes}
          type="datetime-local"
          value={Times.fieldValue(zone, until.epochMilliseconds)}
          onInput={({ currentTarget }) => {
            const wall = Times.wallOfField(currentTarget.value)
            if (wall !== undefined) set(DateTime.makeUnsafe(zone.firstInstant(wall)))
          }}
        />
      )}
    </Field>
  )
}
