/** The form for a dispatch, new or known, with what it would do beside it while it is typed. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { DateTime, Result } from "effect"
import { useMemo, useRef, useState } from "react"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import { offsetText } from "../time/zone.ts"
import * as Sentence from "../words/sentence.ts"
import * as Warnings from "../words/warnings.ts"
import { type Answer, dispatchOf, type Draft } from "../worker/protocol.ts"
import { Choice, Field } from "./fields.tsx"
import * as Form from "./form.ts"
import { Modal } from "./Modal.tsx"
import { Button, Name } from "./parts.tsx"
import { Runs } from "./Preview.tsx"
import { RuleFields } from "./RuleFields.tsx"

interface Props {
  readonly dispatch: Dispatch | undefined
  readonly draft: Draft
}

type Update = (changes: Partial<Form.Form>) => void

export const Editor = ({ dispatch, draft }: Props) => {
  const zone = useAtom(Atoms.zone)
  const [form, setForm] = useState(() => Form.formOf(draft, zone))
  const [refused, setRefused] = useState<{ readonly faults: Form.Faults; readonly message: string }>()
  const [isSent, setSent] = useState(false)
  const [isTried, setTried] = useState(false)
  const top = useRef<HTMLFormElement>(null)
  const read = useMemo(() => Form.draftOf(form, zone), [form, zone])
  const wrong: Form.Faults = Result.isFailure(read) ? read.failure : {}
  const faults: Form.Faults = { ...(isTried ? wrong : shownEarly(wrong)), ...refused?.faults }
  const update: Update = (changes) => {
    setRefused(undefined)
    setForm((before) => ({ ...before, ...changes }))
  }
  const send = () => {
    setTried(true)
    if (Result.isFailure(read))
      return top.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
    setSent(true)
    Actions.save(dispatch, read.success, (answer) => {
      setSent(false)
      if (answer._tag === "Failed") setRefused(refusalOf(answer))
    })
  }
  return (
    <Modal
      wide
      title={
        dispatch === undefined ? (
          "New dispatch"
        ) : (
          <>
            Edit <Name dispatch={dispatch} />
          </>
        )
      }
      onClose={Actions.closeDialog}
    >
      <form
        ref={top}
        class="editor"
        noValidate
        onSubmit={(event: Event) => {
          event.preventDefault()
          send()
        }}
      >
        <div class="columns">
          <div class="fields">
            <Basics form={form} faults={faults} update={update} isNew={dispatch === undefined} />
            <StartFields form={form} faults={faults} update={update} isNew={dispatch === undefined} />
            <LengthFields form={form} faults={faults} update={update} />
            <RuleFields form={form} faults={faults} setForm={(next) => update(next)} />
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
                  disabled={dispatch !== undefined}
                  onChange={({ currentTarget }) => update({ dryRun: currentTarget.checked })}
                />
                Dry run: nothing is steered
              </label>
            </div>
          </div>
          <Outlook dispatch={dispatch} read={read} />
        </div>
        {refused === undefined ? null : (
          <p class="bad" role="alert">
            {DispatchText.safe(refused.message)}
            {dispatch === undefined ? null : <Theirs before={dispatch} />}
          </p>
        )}
        <footer>
          {dispatch === undefined ? null : (
            <span class="muted grow">Type and dry run stay as they are; duplicate it to change them.</span>
          )}
          <Button onPress={Actions.closeDialog}>Cancel</Button>
          <button type="submit" class="button primary" aria-disabled={isSent}>
            {isSent ? "Being written…" : dispatch === undefined ? "Create" : "Save"}
          </button>
        </footer>
      </form>
    </Modal>
  )
}

/** Faults that are told while one types; a field that is still empty is not one of them. */
const shownEarly = ({ payload, ruleText, start }: Form.Faults): Form.Faults => ({
  ...(payload === undefined ? undefined : { payload }),
  ...(ruleText === undefined ? undefined : { ruleText }),
  ...(start === undefined || start.startsWith("give") ? undefined : { start })
})

const refusalOf = ({ field, message, reason }: Extract<Answer, { readonly _tag: "Failed" }>) => {
  const named = Form.fieldOf(field)
  return {
    faults: named === undefined ? {} : { [named]: message },
    message:
      reason === "Conflict"
        ? `Not saved: ${message}.`
        : named === undefined
          ? message
          : `Not saved: ${field}: ${message}`
  }
}

/** The version that somebody else has made meanwhile, where it differs. */
const Theirs = ({ before }: { readonly before: Dispatch }) => {
  const now = useAtom(Atoms.dispatches).get(before.id)
  if (now === undefined) return <> It is not there any more.</>
  if (now.updateTime === before.updateTime) return null
  const changes = Object.keys(Actions.changesOf(before, Actions.draftOf(now)))
  return (
    <>
      {" "}
      Theirs differs in {changes.join(", ") || "nothing that is shown here"}.{" "}
      <button type="button" class="button quiet" onClick={() => Actions.startEdit(now)}>
        Begin again with theirs
      </button>
    </>
  )
}

const Basics = ({
  faults,
  form,
  isNew,
  update
}: {
  readonly form: Form.Form
  readonly faults: Form.Faults
  readonly update: Update
  readonly isNew: boolean
}) => (
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
  const toggle = (name: string, isChosen: boolean) =>
    update({
      categories: isChosen ? [...form.categories, name] : form.categories.filter((each) => each !== name)
    })
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
              onChange={({ currentTarget }) => toggle(name, currentTarget.checked)}
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

const StartFields = ({
  faults,
  form,
  isNew,
  update
}: {
  readonly form: Form.Form
  readonly faults: Form.Faults
  readonly update: Update
  readonly isNew: boolean
}) => {
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
      {meant.length < 2 ? null : (
        <Choice
          legend="This time comes twice, because the clock is set back"
          value={form.startSecond ? "second" : "first"}
          options={[
            ["first", `the first, ${offsetText(zone.offset(meant[0] ?? 0))}`],
            ["second", `the second, ${offsetText(zone.offset(meant[1] ?? 0))}`]
          ]}
          onChange={(which) => update({ startSecond: which === "second" })}
        />
      )}
    </>
  )
}

const hour = 3_600_000
const nextHour = (now: number): number => Math.ceil(now / hour) * hour

const LengthFields = ({
  faults,
  form,
  update
}: {
  readonly form: Form.Form
  readonly faults: Form.Faults
  readonly update: Update
}) => (
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

/** The sentence, the next runs and the doubts of what is typed. */
const Outlook = ({
  dispatch,
  read
}: {
  readonly dispatch: Dispatch | undefined
  readonly read: Result.Result<Draft, Form.Faults>
}) => {
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.minute)
  const others = useAtom(Atoms.dispatches)
  if (Result.isFailure(read))
    return (
      <section class="outlook" aria-label="What it will do">
        <h3>What it will do</h3>
        <p class="muted">Shown once type, target and times are there.</p>
      </section>
    )
  const wanted = dispatchOf(read.success, DateTime.makeUnsafe(now))
  const { here, rule } = Sentence.ofDispatch(wanted, now, zone)
  const known = [...others.values()].filter(({ id }) => id !== dispatch?.id)
  const doubts = Warnings.ofDispatch(wanted, { others: known, now, zone, isNew: dispatch === undefined })
  return (
    <section class="outlook" aria-label="What it will do" aria-live="polite">
      <h3>What it will do</h3>
      <p class="sentence">{rule}</p>
      {here === undefined ? null : <p class="muted">{here}</p>}
      {doubts.length === 0 ? null : (
        <ul class="doubts">
          {doubts.map((doubt) => (
            <li key={doubt}>{doubt}</li>
          ))}
        </ul>
      )}
      <h3>Next runs</h3>
      <Runs dispatch={wanted} now={Math.max(now, wanted.startTime.epochMilliseconds)} zone={zone} />
    </section>
  )
}
