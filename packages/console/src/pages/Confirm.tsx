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

export const Confirm = ({
  action,
  ids
}: {
  readonly action: Action
  readonly ids: ReadonlyArray<bigint>
}) => {
  const known = useAtom(Atoms.dispatches)
  const now = useAtom(Atoms.minute)
  // What is confirmed is what was shown: later versions are a conflict.
  const [all] = useState(() => ids.flatMap((id) => known.get(id) ?? []))
  const [answers, setAnswers] = useState<ReadonlyMap<bigint, Answer>>(new Map())
  const [phase, setPhase] = useState<"asking" | "doing" | "done">("asking")
  const [typed, setTyped] = useState("")
  const isTyped = all.length <= typedAbove || typed.trim() === String(all.length)
  const { done, title } = words[action]
  const count = DispatchText.counted(all.length, "dispatch", "dispatches")
  const failed = [...answers.values()].filter(({ _tag }) => _tag === "Failed").length

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
        const failures = [...found.values()].filter(({ _tag }) => _tag === "Failed").length
        if (failures > 0) return
        Actions.tell("good", `${all.length === 1 && all[0] ? Actions.nameOf(all[0]) : count} ${done}.`)
        Actions.closeDialog()
      }
    )
  }
  return (
    <Modal
      title={
        all.length === 1 && all[0] ? (
          <>
            {title} <Name dispatch={all[0]} />?
          </>
        ) : (
          `${title} ${count}?`
        )
      }
      onClose={Actions.closeDialog}
    >
      {action === "delete" ? <p>This cannot be undone, and ids are never given again.</p> : null}
      <ul class="consequences">
        {all.slice(0, 100).map((dispatch) => (
          <li key={String(dispatch.id)}>
            <Name dispatch={dispatch} />:{" "}
            <Outcome
              answer={answers.get(dispatch.id)}
              done={done}
              expected={consequence(action, dispatch, now)}
            />
          </li>
        ))}
        {all.length > 100 ? <li>and {all.length - 100} more</li> : null}
      </ul>
      {all.length > typedAbove && phase === "asking" ? (
        <label class="field">
          Type {all.length} to go on
          <input
            inputMode="numeric"
            value={typed}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </label>
      ) : null}
      {phase === "done" && failed > 0 ? (
        <p class="bad" role="alert">
          {failed} of {count} could not be {done}.
        </p>
      ) : null}
      <footer>
        <Button onPress={Actions.closeDialog}>{phase === "asking" ? "Cancel" : "Close"}</Button>
        {phase === "done" ? null : (
          <Button
            kind={action === "delete" ? "danger" : "primary"}
            reason={phase === "doing" ? "being done" : isTyped ? undefined : "type the number first"}
            onPress={run}
          >
            {phase === "doing" ? "Working…" : title}
          </Button>
        )}
      </footer>
    </Modal>
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
