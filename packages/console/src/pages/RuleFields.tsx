/** The rule of a dispatch: by choices, or as RRULE text; either fills the other. */
import { RecurrenceRule, type Weekday } from "@effect-dispatch/core/RecurrenceRule"
import { DateTime } from "effect"
import { useAtom } from "../state/binding.ts"
import * as Atoms from "../state/atoms.ts"
import * as Times from "../time/times.ts"
import { two } from "../time/zone.ts"
import { Choice, Field } from "./fields.tsx"
import * as Form from "./form.ts"

const frequencies = [
  ["", "does not repeat"],
  ["MINUTELY", "minutes"],
  ["HOURLY", "hours"],
  ["DAILY", "days"],
  ["WEEKLY", "weeks"],
  ["MONTHLY", "months"],
  ["YEARLY", "years"]
] as const

const days: ReadonlyArray<readonly [Weekday, string]> = [
  ["MONDAY", "Mon"],
  ["TUESDAY", "Tue"],
  ["WEDNESDAY", "Wed"],
  ["THURSDAY", "Thu"],
  ["FRIDAY", "Fri"],
  ["SATURDAY", "Sat"],
  ["SUNDAY", "Sun"]
]

interface Props {
  readonly form: Form.Form
  readonly faults: Form.Faults
  readonly setForm: (form: Form.Form) => void
}

type Fields = ConstructorParameters<typeof RecurrenceRule>[0]

/** A rule with other parts; a part that is empty is left out. */
const changed = (
  rule: RecurrenceRule,
  parts: { readonly [part in keyof Fields]?: Fields[part] | undefined }
): RecurrenceRule => {
  const fields = Object.fromEntries(
    Object.entries({ ...rule, ...parts }).filter(
      ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)
    )
  )
  return new RecurrenceRule(fields as Fields)
}

export const RuleFields = ({ faults, form, setForm }: Props) => {
  const { rule } = form
  const set = (next: RecurrenceRule | undefined) => setForm(Form.withRule(form, next))
  return (
    <fieldset class="rule">
      <legend>Repeats</legend>
      <div class="line">
        <label>
          Every{" "}
          <input
            type="number"
            class="short"
            min="1"
            max="9999"
            value={rule?.interval ?? 1}
            disabled={rule === undefined}
            onInput={({ currentTarget }) => {
              const interval = Math.max(1, Math.floor(currentTarget.valueAsNumber || 1))
              if (rule !== undefined) set(changed(rule, { interval }))
            }}
          />
        </label>
        <select
          aria-label="Unit of repetition"
          value={rule?.frequency ?? ""}
          onChange={({ currentTarget }) => {
            const frequency = frequencies.find(([name]) => name === currentTarget.value)?.[0] ?? ""
            set(
              frequency === ""
                ? undefined
                : rule === undefined
                  ? new RecurrenceRule({ frequency, interval: 1 })
                  : changed(rule, { frequency })
            )
          }}
        >
          {frequencies.map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </div>
      {rule === undefined ? null : <Parts rule={rule} set={set} />}
      <Field label="As RRULE text" fault={faults.ruleText} hint="FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=6;BYMINUTE=0">
        {(attributes) => (
          <input
            {...attributes}
            spellcheck={false}
            value={form.ruleText}
            onInput={({ currentTarget }) => setForm(Form.withRuleText(form, currentTarget.value))}
          />
        )}
      </Field>
    </fieldset>
  )
}

const Parts = ({
  rule,
  set
}: {
  readonly rule: RecurrenceRule
  readonly set: (rule: RecurrenceRule) => void
}) => (
  <>
    <div class="chips" role="group" aria-label="On days of the week">
      {days.map(([name, words]) => (
        <label key={name} class="chip">
          <input
            type="checkbox"
            checked={rule.byWeekdays?.includes(name) ?? false}
            onChange={({ currentTarget }) => {
              const others = (rule.byWeekdays ?? []).filter((day) => day !== name)
              const chosen: ReadonlyArray<Weekday> = currentTarget.checked ? [...others, name] : others
              set(changed(rule, { byWeekdays: days.flatMap(([day]) => (chosen.includes(day) ? [day] : [])) }))
            }}
          />
          {words}
        </label>
      ))}
    </div>
    <TimeField rule={rule} set={set} />
    <End rule={rule} set={set} />
  </>
)

const timeOf = ({ byHours, byMinutes }: RecurrenceRule): string =>
  byHours?.length === 1 && byMinutes?.length === 1 ? `${two(byHours[0] ?? 0)}:${two(byMinutes[0] ?? 0)}` : ""

const TimeField = ({
  rule,
  set
}: {
  readonly rule: RecurrenceRule
  readonly set: (rule: RecurrenceRule) => void
}) => {
  if (rule.frequency === "MINUTELY" || rule.frequency === "HOURLY") return null
  const hours = rule.byHours ?? []
  const isPlain = hours.length < 2 && (rule.byMinutes ?? []).length < 2
  const hint = !isPlain
    ? "The text below says several times"
    : hours.length === 0
      ? "Empty: at the time of the start"
      : "Rules are of UTC; the sentence says what that is here"
  return (
    <Field label="At (UTC)" hint={hint}>
      {(attributes) => (
        <input
          {...attributes}
          type="time"
          value={timeOf(rule)}
          onInput={({ currentTarget }) => {
            const [, hour, minute] = /^(\d\d):(\d\d)/.exec(currentTarget.value) ?? []
            set(
              changed(rule, {
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

const End = ({
  rule,
  set
}: {
  readonly rule: RecurrenceRule
  readonly set: (rule: RecurrenceRule) => void
}) => {
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.minute)
  const { end } = rule
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
        onChange={(kind) =>
          set(
            changed(rule, {
              end:
                kind === "Never"
                  ? undefined
                  : kind === "Count"
                    ? { _tag: "Count", count: 10 }
                    : { _tag: "Until", until: DateTime.makeUnsafe(zone.addDays(now, 31)) }
            })
          )
        }
      />
      {end?._tag === "Count" ? (
        <CountField
          count={end.count}
          set={(count) => set(changed(rule, { end: { _tag: "Count", count } }))}
        />
      ) : null}
      {end?._tag === "Until" ? (
        <UntilField
          until={end.until}
          set={(until) => set(changed(rule, { end: { _tag: "Until", until } }))}
        />
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
