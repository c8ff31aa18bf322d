/** All about one dispatch. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { standingOf } from "@effect-dispatch/core/Standing"
import { DateTime } from "effect"
import type { ComponentChildren } from "preact"
import { useEffect, useRef, useState } from "react"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import * as LeftOut from "../words/leftOut.ts"
import * as Sentence from "../words/sentence.ts"
import * as Words from "../words/state.ts"
import type { Answer, AuditLine } from "../worker/protocol.ts"
import * as Icons from "./icons.tsx"
import { lazily } from "./lazy.tsx"
import { Button, Name, StateMark, useReadOnlyReason } from "./parts.tsx"
import { lengthText, Runs } from "./Preview.tsx"

const Story = lazily(() => import("./past.ts").then((module) => module.Story))

const close = () => {
  const id = registry.get(Atoms.opened)
  registry.set(Atoms.opened, undefined)
  // Back to the row that it was opened from.
  if (id !== undefined) document.querySelector<HTMLElement>('[role="grid"] [tabindex="0"]')?.focus()
}

const Shell = ({
  children,
  title
}: {
  readonly children: ComponentChildren
  readonly title: ComponentChildren
}) => {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <aside
      class="drawer"
      aria-labelledby="drawer-title"
      onKeyDown={(event: KeyboardEvent) => event.key === "Escape" && close()}
    >
      <header>
        <h2 id="drawer-title" tabIndex={-1} ref={heading}>
          {title}
        </h2>
        <Button kind="quiet" label="Close" onPress={close}>
          <Icons.Close />
        </Button>
      </header>
      {children}
    </aside>
  )
}

/** A dispatch that is not there any more. */
export const Gone = ({ id }: { readonly id: bigint }) => (
  <Shell title={`#${id}`}>
    <p>This dispatch is not there any more: it was deleted, or it is over and no longer listed.</p>
  </Shell>
)

/** A dispatch. */
export const Details = ({ dispatch }: { readonly dispatch: Dispatch }) => {
  const now = useAtom(Atoms.second)
  const zone = useAtom(Atoms.zone)
  const hasReports = useAtom(Atoms.hasReports)
  const sentence = Sentence.ofDispatch(dispatch, now, zone)
  const start = dispatch.startTime.epochMilliseconds
  const { state } = standingOf(dispatch, DateTime.makeUnsafe(now))
  const changed = Number(dispatch.updateTime / 1_000_000n)
  return (
    <Shell title={<Name dispatch={dispatch} />}>
      <p class="headline">
        <StateMark state={state} /> {Words.ofDispatch(dispatch, now, zone)}
        {dispatch.dryRun ? <span class="badge">dry run</span> : null}
      </p>
      <Acts dispatch={dispatch} />
      <p class="sentence">{sentence.rule}</p>
      {sentence.here === undefined ? null : <p class="muted">{sentence.here}</p>}
      <dl class="facts-list">
        <dt>Target</dt>
        <dd>{DispatchText.target(dispatch.target).replaceAll(",", ", ")}</dd>
        <dt>Length</dt>
        <dd>{lengthText(dispatch)}</dd>
        <dt>Starts counting</dt>
        <dd>
          {Times.full(zone, start)}
          <small class="muted">{Times.iso(start)}</small>
        </dd>
        <dt>Changed</dt>
        <dd>
          {Times.full(zone, changed)}
          <Audit dispatch={dispatch} />
        </dd>
      </dl>
      <h3>Payload</h3>
      <pre class="payload" tabIndex={0}>
        {DispatchText.safeLines(JSON.stringify(dispatch.payload, undefined, 2))}
      </pre>
      <h3>{dispatch.active ? "Next runs, as planned" : "Next runs, if it were active"}</h3>
      <Runs dispatch={dispatch} now={now} zone={zone} acts={useRunActs(dispatch)} />
      {hasReports ? <Story id={dispatch.id} /> : null}
    </Shell>
  )
}

/** The acts on single runs, where the key may write and the service keeps runs left out. */
const useRunActs = (dispatch: Dispatch) => {
  const mayWrite = useAtom(Atoms.mayWrite)
  const hasCalendar = useAtom(Atoms.hasCalendar)
  if (!mayWrite || !hasCalendar || !LeftOut.canSkip(dispatch)) return undefined
  return {
    skip: (begin: number) => Actions.confirmRuns("skip", dispatch, [begin]),
    haveAgain: (begins: ReadonlyArray<number>) => Actions.confirmRuns("have again", dispatch, begins)
  }
}

const Acts = ({ dispatch }: { readonly dispatch: Dispatch }) => {
  const reason = useReadOnlyReason()
  const action = dispatch.active ? "pause" : "resume"
  return (
    <div class="acts">
      <Button reason={reason} onPress={() => Actions.confirm(action, [dispatch.id])}>
        {dispatch.active ? "Pause…" : "Resume…"}
      </Button>
      <Button reason={reason} onPress={() => Actions.startEdit(dispatch)}>
        Edit
      </Button>
      <Button reason={reason} onPress={() => Actions.startNew(undefined, dispatch)}>
        Duplicate
      </Button>
      <Button kind="danger" reason={reason} onPress={() => Actions.confirm("delete", [dispatch.id])}>
        Delete…
      </Button>
    </div>
  )
}

/** The changes of a dispatch, with their authors where the key may know them. */
const Audit = ({ dispatch }: { readonly dispatch: Dispatch }) => {
  const zone = useAtom(Atoms.zone)
  const [lines, setLines] = useState<ReadonlyArray<AuditLine>>([])
  const [isUntold, setUntold] = useState(false)
  useEffect(() => {
    Actions.asking({ _tag: "Audit", id: dispatch.id }, (answer: Answer) => {
      if (answer._tag === "Audited") setLines(answer.lines)
      setUntold(answer._tag === "Failed" && answer.reason === "Unimplemented")
    })
  }, [dispatch.id, dispatch.updateTime])
  if (isUntold) return <small class="muted">This service does not tell who changed it.</small>
  if (lines.length === 0) return null
  return (
    <ul class="audit">
      {lines.map(({ at, by, kind }, index) => (
        <li key={index}>
          {kind.toLowerCase()} {at === null ? "" : Times.full(zone, at)}
          {by === null ? null : (
            <>
              {" "}
              by <bdi>{DispatchText.safe(by)}</bdi>
            </>
          )}
        </li>
      ))}
    </ul>
  )
}
