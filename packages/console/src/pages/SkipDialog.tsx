/** The question before runs of a dispatch are left out, or had again. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { Duration, Result } from "effect"
import { useState } from "react"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import * as LeftOut from "../words/leftOut.ts"
import * as Names from "../words/names.ts"
import { failureText } from "./Confirm.tsx"
import { Modal } from "./Modal.tsx"
import { Button, Name } from "./parts.tsx"
import { useWork } from "./work.ts"

interface Props {
  readonly act: "skip" | "have again"
  readonly dispatch: Dispatch
  readonly begins: ReadonlyArray<number>
}

/** The consequence for a run that is on by the clock. */
const atOnce = ({ act, begins, dispatch }: Props, now: number): string | undefined => {
  const length = Duration.toMillis(dispatch.duration)
  if (!dispatch.active || !begins.some((begin) => begin <= now && now < begin + length)) return undefined
  return act === "skip"
    ? "It runs now: its actor will be told to stop."
    : "It runs at once: its actor will be told to start."
}

export const SkipDialog = (props: Props) => {
  const { act, begins, dispatch } = props
  const zone = useAtom(Atoms.zone)
  const [asked] = useState(() => registry.get(Atoms.now))
  const { begin, isBusy } = useWork()
  const [refused, setRefused] = useState<string>()
  const left = act === "skip" ? LeftOut.skip(dispatch, begins, asked) : LeftOut.haveAgain(dispatch, begins)
  const runs = DispatchText.counted(begins.length, "run")
  const send = () => {
    if (Result.isFailure(left)) return setRefused(left.failure)
    const done = `${runs} of ${Names.ofDispatch(dispatch)} ${act === "skip" ? "skipped" : "back in the plan"}.`
    begin((end) =>
      Actions.change(dispatch, left.success.changes, done, (answer) => {
        end()
        if (answer._tag === "Failed") setRefused(failureText(answer))
      })
    )
  }
  const warning = act === "skip" ? LeftOut.warningOf(dispatch) : undefined
  return (
    <Modal
      title={
        <>
          {act === "skip" ? "Skip" : "Have again"} {runs} of <Name dispatch={dispatch} />?
        </>
      }
      onClose={Actions.closeDialog}
    >
      <ul class="consequences">
        {begins.slice(0, 10).map((begin) => (
          <li key={begin}>{Times.full(zone, begin)}</li>
        ))}
        {begins.length > 10 ? <li>and {begins.length - 10} more</li> : null}
      </ul>
      <p>{atOnce(props, asked)}</p>
      {warning === undefined ? null : <p class="bad">{warning}</p>}
      {refused === undefined ? null : (
        <p class="bad" role="alert">
          Not done: {refused}.
        </p>
      )}
      <footer>
        <Button onPress={Actions.closeDialog}>Cancel</Button>
        <Button kind="primary" reason={isBusy ? "being done" : undefined} onPress={send}>
          {act === "skip" ? "Skip" : "Have again"}
        </Button>
      </footer>
    </Modal>
  )
}
