/** The form for a dispatch, new or known, with what it would do beside it while it is typed. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { DateTime, Result } from "effect"
import { Fragment, useMemo, useRef, useState } from "react"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import * as Sentence from "../words/sentence.ts"
import * as Version from "../words/version.ts"
import * as Warnings from "../words/warnings.ts"
import { type Answer, dispatchOf, type Draft } from "../worker/protocol.ts"
import { Basics, LengthFields, PlainFields, StartFields, type Update } from "./DispatchFields.tsx"
import * as Form from "./form.ts"
import { Modal } from "./Modal.tsx"
import { Button, Name } from "./parts.tsx"
import { Runs } from "./Preview.tsx"
import { RuleFields } from "./RuleFields.tsx"
import { Strip } from "./Strip.tsx"
import { useWork } from "./work.ts"

const fixed = "Type and dry run stay as they are; duplicate it to change them."

interface Props {
  readonly dispatch: Dispatch | undefined
  readonly draft: Draft
}

export const Editor = ({ dispatch, draft }: Props) => {
  const { faults, form, isSent, isTyped, read, refused, send, update } = useEntry(dispatch, draft)
  const [asked, setAsked] = useState<Form.Form>()
  const top = useRef<HTMLFormElement>(null)
  const isNew = dispatch === undefined
  // The question stands until something else is typed.
  const isAsked = asked === form
  const leave = () => (isTyped && !isAsked ? setAsked(form) : Actions.closeDialog())
  return (
    <Modal wide title={<Title dispatch={dispatch} />} onClose={leave}>
      <form
        ref={top}
        class="editor"
        noValidate
        onSubmit={(event: Event) => {
          event.preventDefault()
          send(() => focusFault(top.current))
        }}
      >
        <div class="columns">
          <div class="fields">
            <Basics form={form} faults={faults} update={update} isNew={isNew} />
            <StartFields form={form} faults={faults} update={update} isNew={isNew} />
            <LengthFields form={form} faults={faults} update={update} />
            <RuleFields form={form} faults={faults} setForm={(next) => update(next)} />
            <PlainFields form={form} faults={faults} update={update} isNew={isNew} />
          </div>
          <Outlook dispatch={dispatch} read={read} hasStart={form.startKind === "time"} />
        </div>
        <div class="foot">
          {refused === undefined ? null : <Refused message={refused.message} dispatch={dispatch} />}
          <Footer isNew={isNew} isSent={isSent} isAsked={isAsked} leave={leave} />
        </div>
      </form>
    </Modal>
  )
}

const focusFault = (form: HTMLFormElement | null) =>
  form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()

const Footer = ({
  isAsked,
  isNew,
  isSent,
  leave
}: {
  readonly isNew: boolean
  readonly isSent: boolean
  readonly isAsked: boolean
  readonly leave: () => void
}) => (
  <footer>
    {isAsked ? (
      <span class="bad grow" role="alert">
        What was typed is lost then. Once more discards it.
      </span>
    ) : isNew ? null : (
      <span class="muted grow">{fixed}</span>
    )}
    <Button onPress={leave}>{isAsked ? "Discard" : "Cancel"}</Button>
    <button type="submit" class="button primary" aria-disabled={isSent}>
      {isSent ? "Being written…" : isNew ? "Create" : "Save"}
    </button>
  </footer>
)

/** The form as it is typed, the draft that it reads as, its faults, and its way to the service. */
const useEntry = (dispatch: Dispatch | undefined, draft: Draft) => {
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.minute)
  const [first] = useState(() => Form.formOf(draft, zone))
  const [form, setForm] = useState(first)
  const [refused, setRefused] = useState<{ readonly faults: Form.Faults; readonly message: string }>()
  const { begin, isBusy: isSent } = useWork()
  const [isTried, setTried] = useState(false)
  const read = useMemo(() => Form.draftOf(form, zone, now), [form, zone, now])
  const wrong: Form.Faults = Result.isFailure(read) ? read.failure : {}
  const faults: Form.Faults = { ...(isTried ? wrong : shownEarly(wrong)), ...refused?.faults }
  const update: Update = (changes) => {
    setRefused(undefined)
    setForm({ ...form, ...changes })
  }
  const send = (whenFaulty: () => void) => {
    setTried(true)
    if (Result.isFailure(read)) return whenFaulty()
    if (dispatch !== undefined && Object.keys(Actions.changesOf(dispatch, read.success)).length === 0)
      return Actions.closeUnchanged()
    begin((end) =>
      Actions.save(dispatch, read.success, (answer) => {
        end()
        if (answer._tag === "Failed") setRefused(refusalOf(answer))
      })
    )
  }
  const isTyped = form !== first && !isSent
  return { form, faults, read, refused, isSent, isTyped, update, send }
}

const Title = ({ dispatch }: { readonly dispatch: Dispatch | undefined }) =>
  dispatch === undefined ? (
    "New dispatch"
  ) : (
    <>
      Edit <Name dispatch={dispatch} />
    </>
  )

const Refused = ({
  dispatch,
  message
}: {
  readonly message: string
  readonly dispatch: Dispatch | undefined
}) => (
  <div role="alert">
    <span class="bad">{DispatchText.safe(message)}</span>
    {dispatch === undefined ? null : <Theirs before={dispatch} />}
  </div>
)

/** Faults that are told while one types; a field that is still empty is not one of them. */
const shownEarly = ({ name, payload, ruleText, start }: Form.Faults): Form.Faults => ({
  ...(name === undefined ? undefined : { name }),
  ...(payload === undefined ? undefined : { payload }),
  ...(ruleText === undefined ? undefined : { ruleText }),
  ...(start === undefined || start.startsWith("give") ? undefined : { start })
})

const refusalOf = ({ field, message, reason }: Extract<Answer, { readonly _tag: "Failed" }>) => {
  const named = reason === "AlreadyExists" ? "name" : Form.fieldOf(field)
  return {
    faults: named === undefined ? {} : { [named]: message },
    message:
      reason === "Conflict"
        ? `Not saved: ${message}.`
        : named === undefined
          ? message
          : `Not saved: ${field ?? named}: ${message}`
  }
}

/** The version that somebody else has made meanwhile, where it differs. */
const Theirs = ({ before }: { readonly before: Dispatch }) => {
  const theirs = useAtom(Atoms.dispatches).get(before.id)
  const now = useAtom(Atoms.minute)
  const zone = useAtom(Atoms.zone)
  if (theirs === undefined) return <> It is not there any more.</>
  if (theirs.updateTime === before.updateTime) return null
  const changes = Actions.changesOf(before, Actions.draftOf(theirs))
  const texts = Version.fieldTexts(changes, theirs, { now, zone })
  return (
    <>
      {texts.length === 0 ? " Theirs differs in nothing that is shown here." : " Theirs has:"}
      <dl class="facts-list">
        {texts.map(([name, text]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{DispatchText.safe(text)}</bdi>
            </dd>
          </Fragment>
        ))}
      </dl>
      <button type="button" class="button quiet" onClick={() => Actions.startEdit(theirs)}>
        Begin again with theirs
      </button>
    </>
  )
}

interface OutlookProps {
  readonly dispatch: Dispatch | undefined
  readonly hasStart: boolean
  readonly read: Result.Result<Draft, Form.Faults>
}

/** The prospect of what is typed, once it can be read. */
const Outlook = ({ dispatch, hasStart, read }: OutlookProps) => (
  <section class="outlook" aria-label="What it will do">
    <h3>What it will do</h3>
    {Result.isSuccess(read) ? (
      <Prospect dispatch={dispatch} draft={read.success} hasStart={hasStart} />
    ) : (
      <p class="muted">Shown once type, target and times are there.</p>
    )}
  </section>
)

/** The sentence, the picture, the next runs and the doubts of a draft. */
const Prospect = ({
  dispatch,
  draft,
  hasStart
}: Pick<OutlookProps, "dispatch" | "hasStart"> & { readonly draft: Draft }) => {
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.minute)
  const others = useAtom(Atoms.dispatches)
  const wanted = useMemo(() => dispatchOf(draft, DateTime.makeUnsafe(now)), [draft, now])
  const { here, rule } = Sentence.ofDispatch(wanted, now, zone)
  const known = [...others.values()].filter(({ id }) => id !== dispatch?.id)
  const isNew = dispatch === undefined
  const doubts = Warnings.ofDispatch(wanted, { others: known, now, zone, isNew, hasStart })
  return (
    <>
      {/* Said when it changes; runs and picture tell the same at more length. */}
      <div aria-live="polite">
        <p class="sentence">{rule}</p>
        {here === undefined ? null : <p class="muted">{here}</p>}
        {doubts.length === 0 ? null : (
          <ul class="doubts">
            {doubts.map((doubt) => (
              <li key={doubt}>{doubt}</li>
            ))}
          </ul>
        )}
      </div>
      <Strip present={dispatch && (others.get(dispatch.id) ?? dispatch)} typed={wanted} />
      <h3>Next runs</h3>
      <Runs dispatch={wanted} now={Math.max(now, wanted.startTime.epochMilliseconds)} zone={zone} />
    </>
  )
}
