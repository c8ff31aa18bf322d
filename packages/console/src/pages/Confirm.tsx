/** The question before dispatches are paused, resumed or deleted: what will happen, and then what did. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { Result } from "effect"
import { useState } from "react"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import * as Consequences from "../words/consequences.ts"
import * as Names from "../words/names.ts"
import { type PauseEnd, resumedByHand, untilOf } from "../words/pauseEnd.ts"
import type { Answer } from "../worker/protocol.ts"
import { Modal } from "./Modal.tsx"
import { Button, Name } from "./parts.tsx"
import { useWork } from "./work.ts"
import { PauseChoice } from "./PauseChoice.tsx"

type Action = "pause" | "resume" | "delete"

/** More than so many are done only after their number was typed. */
const typedAbove = 20

const words = {
  pause: { title: "Pause", done: "paused" },
  resume: { title: "Resume", done: "resumed" },
  delete: { title: "Delete", done: "deleted" }
}

type Phase = "asking" | "doing" | "done"

/** Does it to all, and keeps the answers. */
const useDoing = (told: Actions.Told) => {
  const [answers, setAnswers] = useState<ReadonlyMap<bigint, Answer>>(new Map())
  const [phase, setPhase] = useState<Phase>("asking")
  const { begin } = useWork()
  const run = (tasks: ReadonlyArray<Actions.Task>) =>
    begin((end) => {
      setPhase("doing")
      const found = new Map<bigint, Answer>()
      Actions.doEach(tasks, {
        told,
        each: ({ id }, answer) => setAnswers(new Map(found.set(id, answer))),
        whenDone: () => {
          end()
          setPhase("done")
        }
      })
    })
  return { answers, phase, run, failed: [...answers.values()].filter(({ _tag }) => _tag === "Failed").length }
}

interface Asked {
  readonly action: Action
  readonly ids: ReadonlyArray<bigint>
}

/** The consequences for the versions that were shown: later ones are a conflict. */
const useConsequences = ({ action, ids }: Asked, end: PauseEnd) => {
  const known = useAtom(Atoms.dispatches)
  const now = useAtom(Atoms.minute)
  const zone = useAtom(Atoms.zone)
  const [all] = useState(() => ids.flatMap((id) => known.get(id) ?? []))
  const until = untilOf(end, zone, now)
  const expected = all.map((dispatch) => ({
    dispatch,
    consequence: Result.flatMap(until, (end) =>
      Consequences.of(action === "pause" ? { _tag: action, until: end } : { _tag: action }, dispatch, {
        now,
        zone
      })
    )
  }))
  const tasks = expected.flatMap(({ dispatch, consequence }) =>
    Result.isSuccess(consequence) ? [{ dispatch, request: consequence.success.request }] : []
  )
  return { all, expected, tasks, fault: Result.isFailure(until) ? until.failure : undefined }
}

export const Confirm = ({ action, ids }: Asked) => {
  const [end, setEnd] = useState(resumedByHand)
  const { all, fault, expected, tasks } = useConsequences({ action, ids }, end)
  const { done, title } = words[action]
  const count = DispatchText.counted(tasks.length, "dispatch", "dispatches")
  const [only] = all.length === 1 ? all : []
  const doing = useDoing({ what: only === undefined ? count : Names.ofDispatch(only), done })
  return (
    <Modal
      title={
        <>
          {title}{" "}
          {only === undefined ? (
            DispatchText.counted(all.length, "dispatch", "dispatches")
          ) : (
            <Name dispatch={only} />
          )}
          ?
        </>
      }
      onClose={Actions.closeDialog}
    >
      {action === "delete" ? <p>This cannot be undone, and ids are never given again.</p> : null}
      {action === "pause" && doing.phase === "asking" ? (
        <PauseChoice all={all} end={end} setEnd={setEnd} fault={fault} />
      ) : null}
      {fault === undefined ? (
        <ConsequenceList expected={expected} answers={doing.answers} done={done} />
      ) : null}
      {doing.phase === "done" && doing.failed > 0 ? (
        <p class="bad" role="alert">
          {Actions.failureOf({ what: count, done }, doing.failed)}
        </p>
      ) : null}
      <Answering action={action} number={tasks.length} phase={doing.phase} run={() => doing.run(tasks)} />
    </Modal>
  )
}

interface Shown {
  readonly dispatch: Dispatch
  readonly consequence: Consequences.Consequence
}

/** The consequence for each, and then what came of it. */
const ConsequenceList = ({
  answers,
  done,
  expected
}: {
  readonly expected: ReadonlyArray<Shown>
  readonly answers: ReadonlyMap<bigint, Answer>
  readonly done: string
}) => (
  <ul class="consequences" tabIndex={expected.length > 5 ? 0 : undefined}>
    {expected.slice(0, shownMax).map(({ dispatch, consequence }) => (
      <li key={String(dispatch.id)}>
        <Name dispatch={dispatch} />:{" "}
        <ConsequenceWords answer={answers.get(dispatch.id)} done={done} consequence={consequence} />
      </li>
    ))}
    {expected.length > shownMax ? <li>and {expected.length - shownMax} more</li> : null}
  </ul>
)

const shownMax = 100

/** The buttons; above a number, that number must be typed first. */
const Answering = ({
  action,
  number,
  phase,
  run
}: {
  readonly action: Action
  readonly number: number
  readonly phase: Phase
  readonly run: () => void
}) => {
  const [typed, setTyped] = useState("")
  const isTyped = number <= typedAbove || typed.trim() === String(number)
  return (
    <>
      {number > typedAbove && phase === "asking" ? (
        <label class="field">
          Type {number} to go on
          <input
            inputMode="numeric"
            value={typed}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </label>
      ) : null}
      <footer>
        <Button onPress={Actions.closeDialog}>{phase === "asking" ? "Cancel" : "Close"}</Button>
        {phase === "done" ? null : (
          <Button
            kind={action === "delete" ? "danger" : "primary"}
            reason={reasonOf(phase, number, isTyped ? "typed" : "untyped")}
            onPress={run}
          >
            {phase === "doing" ? "Working…" : words[action].title}
          </Button>
        )}
      </footer>
    </>
  )
}

const reasonOf = (phase: Phase, number: number, typed: "typed" | "untyped"): string | undefined => {
  if (phase === "doing") return "being done"
  if (number === 0) return "there is nothing to do"
  return typed === "typed" ? undefined : "type the number first"
}

const ConsequenceWords = ({
  answer,
  done,
  consequence
}: {
  readonly answer: Answer | undefined
  readonly done: string
  readonly consequence: Consequences.Consequence
}) => {
  if (answer === undefined)
    return Result.isSuccess(consequence) ? (
      <>{consequence.success.words}</>
    ) : (
      <em>stays as it is: {consequence.failure}</em>
    )
  if (answer._tag !== "Failed") return <span class="good">{done}</span>
  return <span class="bad">{failureText(answer)}</span>
}

/** The reason why nothing was done, in words. */
export const failureText = ({ message, reason }: Extract<Answer, { readonly _tag: "Failed" }>): string =>
  reason === "Conflict" ? "somebody else changed it meanwhile; nothing was done" : DispatchText.safe(message)
