/** The rule of a dispatch: by choices, or as RRULE text; either fills the other. */
import { Frequency } from "@effect-dispatch/core/RecurrenceRule"
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import * as Rules from "../words/rules.ts"
import { Field } from "./fields.tsx"
import * as Form from "./form.ts"
import { RuleParts } from "./RuleParts.tsx"

const frequencies: { readonly [name in Frequency]: string } = {
  MINUTELY: "minutes",
  HOURLY: "hours",
  DAILY: "days",
  WEEKLY: "weeks",
  MONTHLY: "months",
  YEARLY: "years"
}

interface Props {
  readonly form: Form.Form
  readonly faults: Form.Faults
  readonly setForm: (form: Form.Form) => void
}

export const RuleFields = ({ faults, form, setForm }: Props) => {
  const zone = useAtom(Atoms.zone)
  const { rule } = form
  const set = (made: Rules.Made | undefined) => setForm(Form.withRule(form, made))
  return (
    <fieldset class="rule">
      <legend>Repeats</legend>
      <Every rule={rule} set={set} />
      {rule === undefined ? null : <RuleParts rule={rule} set={set} />}
      <Field label="As RRULE text" fault={faults.ruleText} hint="FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=6;BYMINUTE=0">
        {(attributes) => (
          <textarea
            {...attributes}
            class="short-text"
            rows={Math.min(4, form.ruleText.split("\n").length)}
            spellcheck={false}
            value={form.ruleText}
            onInput={({ currentTarget }) => setForm(Form.withRuleText(form, currentTarget.value, zone))}
          />
        )}
      </Field>
    </fieldset>
  )
}

/** The frequency and its steps. A rule that begins here is on the clock of the zone that is shown. */
const Every = ({
  rule,
  set
}: {
  readonly rule: Form.Form["rule"]
  readonly set: (made: Rules.Made | undefined) => void
}) => {
  const zone = useAtom(Atoms.zone)
  const hasCalendar = useAtom(Atoms.hasCalendar)
  const timeZone = hasCalendar && zone.name !== "UTC" ? zone.name : undefined
  return (
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
            if (rule !== undefined) set(Rules.withParts(rule, { interval }))
          }}
        />
      </label>
      <select
        aria-label="Unit of repetition"
        value={rule?.frequency ?? ""}
        onChange={({ currentTarget }) => {
          const frequency = Frequency.literals.find((name) => name === currentTarget.value)
          set(frequency === undefined ? undefined : Rules.withFrequency(rule, frequency, timeZone))
        }}
      >
        <option value="">does not repeat</option>
        {Frequency.literals.map((name) => (
          <option key={name} value={name}>
            {frequencies[name]}
          </option>
        ))}
      </select>
    </div>
  )
}
