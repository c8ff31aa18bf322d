/** The question before dispatches are paused, resumed or deleted: what will happen, and then what did. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { DateTime } from "effect"
import { useState } from "react"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import type { Answer } from "../worker/protocol.ts"
import { Modal } from "./Modal.tsx"
import { Button, Name } from "./parts.tsx"

type Action = "pause" | "resume" | "delete"

/** More than so many are done only after their number was typed. */
const typedAbove = 20

const words = {
  pause: { title: "Pause", done: "paused" },
  resume: { title: "Resume", done: "resumed" },
  delete: { title: "Delete", done: "deleted" }
}

/** The consequence of an act for one dispatch. */
export const consequence = (action: Action, dispatch: Dispatch, now: number): string => {
  const isRunning = dispatch.startedAt(DateTime.makeUnsafe(now))
  if (action === "resume") {
    const resumed = DateTime.makeUnsafe(now)
    const [run] = dispatch.runs(resumed, DateTime.makeUnsafe(now + 1))
    if (run !== undefined) return "it runs at once: its actor will be told to start"
    return dispatch.nextRun(resumed) === undefined
      ? "it is over, so nothing will run"
      : "it runs again as planned"
  }
  if (isRunning) return "it runs now: its actor will be told to stop"
  return action === "pause" ? "nothing of it runs until it is resumed" : "nothing of it will run any more"
}

type Phase = "asking" | "doing" | "done"

/** Does it to all, and keeps the answers. */
const useDoing = (action: Action, all: ReadonlyArray<Dispatch>, told: string) => {
  const [answers, setAnswers] = useState<ReadonlyMap<bigint, Answer>>(new Map())
  const [phase, setPhase] = useState<Phase>("asking")
  const run = () => {
    setPhase("doing")
    const found = new Map<bigint, Answer>()
    Actions.doEach(
      action,
      all,
      ({ id }, answer) => setAnswers(new Map(found.set(id, answer))),
      () => {
        setPhase("done")
        registry.set(Atoms.selected, new Set())
        if ([...found.values()].some(({ _tag }) => _tag === "Failed")) return
        Actions.tell("good", told)
        Actions.closeDialog()
      }
    )
  }
  return { answers, phase, run, failed: [...answers.values()].filter(({ _tag }) => _tag === "Failed").length }
}

export const Confirm = ({
  action,
  ids
}: {
  readonly action: Action
  readonly ids: ReadonlyArray<bigint>
}) => {
  const known = useAtom(Atoms.dispatches)
  // The versions that were shown are confirmed: later ones are a conflict.
  const [all] = useState(() => ids.flatMap((id) => known.get(id) ?? []))
  const { done, title } = words[action]
  const count = DispatchText.counted(all.length, "dispatch", "dispatches")
  const [only] = all.length === 1 ? all : []
  const doing = useDoing(action, all, `${only === undefined ? count : Actions.nameOf(only)} ${done}.`)
  return (
    <Modal
      title={
        <>
          {title} {only === undefined ? count : <Name dispatch={only} />}?
        </>
      }
      onClose={Actions.closeDialog}
    >
      {action === "delete" ? <p>This cannot be undone, and ids are never given again.</p> : null}
      <Consequences action={action} all={all} answers={doing.answers} />
      {doing.phase === "done" && doing.failed > 0 ? (
        <p class="bad" role="alert">
          {doing.failed} of {count} could not be {done}.
        </p>
      ) : null}
      <Answering action={action} number={all.length} phase={doing.phase} run={doing.run} />
    </Modal>
  )
}

/** The consequence for each, and then what came of it. */
const Consequences = ({
  action,
  all,
  answers
}: {
  readonly action: Action
  readonly all: ReadonlyArray<Dispatch>
  readonly answers: ReadonlyMap<bigint, Answer>
}) => {
  const now = useAtom(Atoms.minute)
  return (
    <ul class="consequences">
      {all.slice(0, shownMax).map((dispatch) => (
        <li key={String(dispatch.id)}>
          <Name dispatch={dispatch} />:{" "}
          <Outcome
            answer={answers.get(dispatch.id)}
            done={words[action].done}
            expected={consequence(action, dispatch, now)}
          />
        </li>
      ))}
      {all.length > shownMax ? <li>and {all.length - shownMax} more</li> : null}
    </ul>
  )
}

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
            reason={phase === "doing" ? "being done" : isTyped ? undefined : "type the number first"}
            onPress={run}
          >
            {phase === "doing" ? "Working…" : words[action].title}
          </Button>
        )}
      </footer>
    </>
  )
}

const Outcome = ({
  answer,
  done,
  expected
}: {
  readonly answer: Answer | undefined
  readonly done: string
  readonly expected: string
}) => {
  if (answer === undefined) return <>{expected}</>
  if (answer._tag !== "Failed") return <span class="good">{done}</span>
  return (
    <span class="bad">
      {answer.reason === "Conflict"
        ? "somebody else changed it meanwhile; nothing was done"
        : DispatchText.safe(answer.message)}
    </span>
  )
}
