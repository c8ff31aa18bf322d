/** The fields of the form, apart from the rule. */
import { useState } from "react"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import { offsetText } from "../time/zone.ts"
import { Choice, Field } from "./fields.tsx"
import * as Form from "./form.ts"

/** Changes fields. */
export type Update = (changes: Partial<Form.Form>) => void

interface Part {
  readonly form: Form.Form
  readonly faults: Form.Faults
  readonly update: Update
  readonly isNew: boolean
}

/** The name, where the service keeps names, or the dispatch has one. */
const NameField = ({ faults, form, update }: Omit<Part, "isNew">) => {
  const hasNames = useAtom(Atoms.hasNames)
  if (!hasNames && form.name === "") return null
  return (
    <Field label="Name, if it has one" fault={faults.name} hint="No other dispatch of the microgrid has it">
      {(attributes) => (
        <input
          {...attributes}
          spellcheck={false}
          value={form.name}
          onInput={({ currentTarget }) => update({ name: currentTarget.value })}
        />
      )}
    </Field>
  )
}

/** The type, the name and the target. */
export const Basics = ({ faults, form, isNew, update }: Part) => (
  <>
    <Field label="Type" fault={faults.type}>
      {(attributes) => (
        <input
          {...attributes}
          list="known-types"
          readOnly={!isNew}
          spellcheck={false}
          value={form.type}
          onInput={({ currentTarget }) => update({ type: currentTarget.value })}
        />
      )}
    </Field>
    <datalist id="known-types">
      {knownTypes().map((type) => (
        <option key={type} value={type} />
      ))}
    </datalist>
    <NameField form={form} faults={faults} update={update} />
    <Choice
      legend="Target"
      value={form.targetKind}
      options={[
        ["categories", "Categories"],
        ["ids", "Component ids"]
      ]}
      onChange={(targetKind) => update({ targetKind })}
    />
    {form.targetKind === "ids" ? (
      <Field label="Ids" fault={faults.ids} hint="Separated by commas">
        {(attributes) => (
          <input
            {...attributes}
            inputMode="numeric"
            value={form.ids}
            onInput={({ currentTarget }) => update({ ids: currentTarget.value })}
          />
        )}
      </Field>
    ) : (
      <Categories form={form} fault={faults.categories} update={update} />
    )}
  </>
)

/** Few at first: these are steered most. */
const common = ["BATTERY", "EV_CHARGER", "INVERTER", "INVERTER:PV", "CHP", "HVAC", "METER", "ELECTROLYZER"]

const Categories = ({
  fault,
  form,
  update
}: {
  readonly form: Form.Form
  readonly fault: string | undefined
  readonly update: Update
}) => {
  const [isAll, setAll] = useState(false)
  const toggle = (name: string) => {
    const others = form.categories.filter((each) => each !== name)
    update({ categories: others.length < form.categories.length ? others : [...others, name] })
  }
  return (
    <fieldset class="field" aria-describedby={fault === undefined ? undefined : "fault-categories"}>
      <legend>Categories</legend>
      <div class="chips">
        {(isAll ? Form.categoryNames : [...new Set([...common, ...form.categories])]).map((name) => (
          <label key={name} class="chip">
            <input
              type="checkbox"
              aria-invalid={fault !== undefined}
              checked={form.categories.includes(name)}
              onChange={() => toggle(name)}
            />
            {name}
          </label>
        ))}
        {isAll ? null : (
          <button type="button" class="button quiet" onClick={() => setAll(true)}>
            All categories
          </button>
        )}
      </div>
      {fault === undefined ? null : (
        <p class="bad" id="fault-categories">
          {fault}
        </p>
      )}
    </fieldset>
  )
}

const knownTypes = (): ReadonlyArray<string> =>
  [...new Set([...registry.get(Atoms.dispatches).values()].map(({ type }) => type))].sort().slice(0, 200)

/** The start, as the clock on the wall shows it. */
export const StartFields = ({ faults, form, isNew, update }: Part) => {
  const zone = useAtom(Atoms.zone)
  const meant = Form.startsOf(form, zone)
  const at = meant[form.startSecond && meant.length > 1 ? 1 : 0]
  return (
    <>
      {isNew ? (
        <Choice
          legend="Start"
          value={form.startKind}
          options={[
            ["now", "Now"],
            ["time", "At a time"]
          ]}
          onChange={(startKind) =>
            update({
              startKind,
              ...(form.start === ""
                ? { start: Times.fieldValue(zone, nextHour(registry.get(Atoms.now))) }
                : undefined)
            })
          }
        />
      ) : null}
      {form.startKind === "now" ? null : (
        <Field
          label={`Start, in ${zone.name}`}
          fault={faults.start}
          hint={at === undefined ? "" : `${offsetText(zone.offset(at))} · ${Times.iso(at)}`}
        >
          {(attributes) => (
            <input
              {...attributes}
              type="datetime-local"
              step="1"
              value={form.start}
              onInput={({ currentTarget }) => update({ start: currentTarget.value, startSecond: false })}
            />
          )}
        </Field>
      )}
      {meant.length < 2 ? null : <Twice form={form} meant={meant} update={update} />}
    </>
  )
}

/** The question for one of two instants that the clock shows alike. */
const Twice = ({
  form,
  meant,
  update
}: Pick<Part, "form" | "update"> & { readonly meant: ReadonlyArray<number> }) => {
  const zone = useAtom(Atoms.zone)
  return (
    <Choice
      legend="This time comes twice, because the clock is set back"
      value={form.startSecond ? "second" : "first"}
      options={[
        ["first", `the first, ${offsetText(zone.offset(meant[0] ?? 0))}`],
        ["second", `the second, ${offsetText(zone.offset(meant[1] ?? 0))}`]
      ]}
      onChange={(which) => update({ startSecond: which === "second" })}
    />
  )
}

const hour = 3_600_000
const nextHour = (now: number): number => Math.ceil(now / hour) * hour

/** The length. */
export const LengthFields = ({ faults, form, update }: Omit<Part, "isNew">) => (
  <>
    <Choice
      legend="Length"
      value={form.lengthKind}
      options={[
        ["length", "For a time"],
        ["command", "Command, an instant"],
        ["unending", "Until it is stopped"]
      ]}
      onChange={(lengthKind) => update({ lengthKind })}
    />
    {form.lengthKind === "length" ? (
      <Field label="How long" fault={faults.length} hint="Such as 1h 30m, 45s or 1:30">
        {(attributes) => (
          <input
            {...attributes}
            value={form.length}
            onInput={({ currentTarget }) => update({ length: currentTarget.value })}
          />
        )}
      </Field>
    ) : null}
  </>
)

/** The payload, and the marks. */
export const PlainFields = ({ faults, form, isNew, update }: Part) => (
  <>
    <Field label="Payload (JSON)" fault={faults.payload}>
      {(attributes) => (
        <textarea
          {...attributes}
          rows={4}
          spellcheck={false}
          value={form.payload}
          onInput={({ currentTarget }) => update({ payload: currentTarget.value })}
        />
      )}
    </Field>
    <div class="checks">
      <label class="check">
        <input
          type="checkbox"
          checked={form.active}
          onChange={({ currentTarget }) => update({ active: currentTarget.checked })}
        />
        Active
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={form.dryRun}
          disabled={!isNew}
          onChange={({ currentTarget }) => update({ dryRun: currentTarget.checked })}
        />
        Dry run: nothing is steered
      </label>
    </div>
  </>
)
