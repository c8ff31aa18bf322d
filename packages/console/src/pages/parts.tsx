/** Small parts that several pages show. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { ComponentChildren } from "preact"
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import type { RowState } from "../state/rows.ts"
import type { Unreadable } from "../worker/protocol.ts"
import * as Icons from "./icons.tsx"

/** A text of others: it is shown, and does nothing. */
export const Foreign = ({ text }: { readonly text: string }) => <bdi>{DispatchText.safe(text)}</bdi>

/** The number, name and type of a dispatch. */
export const Name = ({ dispatch }: { readonly dispatch: Pick<Dispatch, "id" | "name" | "type"> }) => (
  <span class="name">
    <span class="id">#{String(dispatch.id)}</span>{" "}
    {dispatch.name === undefined ? null : (
      <>
        <Foreign text={dispatch.name} />{" "}
      </>
    )}
    <span class={dispatch.name === undefined ? "type" : "type muted"}>
      <Foreign text={dispatch.type} />
    </span>
  </span>
)

/** A dispatch that cannot be read, and what to do about it. */
export const UnreadableWords = ({ unreadable }: { readonly unreadable: Unreadable }) => (
  <>
    <span class="name">{unreadable.id === null ? "a dispatch" : `#${unreadable.id}`} cannot be read</span>{" "}
    <span class="facts">
      It never runs.{" "}
      {unreadable.id === null ? "" : `Delete it by: dispatch delete ${Atoms.microgridId} ${unreadable.id} · `}
      <Foreign text={`${unreadable.path}: ${unreadable.message}`} />
    </span>
  </>
)

const stateIcons = {
  running: Icons.Running,
  waiting: Icons.Waiting,
  inactive: Icons.Paused,
  over: Icons.Over
}
const stateWords = { running: "running", waiting: "waiting", inactive: "paused", over: "over" }

/** The state of a dispatch, as a picture with its word for those who do not see it. */
export const StateMark = ({ state }: { readonly state: RowState }) => {
  const Icon = stateIcons[state]
  return (
    <span class={`state state-${state}`} title={stateWords[state]}>
      <Icon />
    </span>
  )
}

/** The runs of a dispatch that sites have lately reported as missed. */
export const MissedBadge = ({ count }: { readonly count: number }) =>
  count === 0 ? null : (
    <span class="badge missed" title="as sites report it, in the last 7 days">
      {count} missed
    </span>
  )

/** A button that says why it cannot be pressed. */
export const Button = ({
  children,
  kind = "plain",
  onPress,
  reason,
  ...rest
}: {
  readonly children: ComponentChildren
  readonly kind?: "plain" | "primary" | "danger" | "quiet" | undefined
  readonly onPress: () => void
  readonly reason?: string | undefined
  readonly label?: string | undefined
  readonly pressed?: boolean | undefined
  readonly expanded?: boolean | undefined
}) => (
  <button
    type="button"
    class={`button ${kind}`}
    aria-label={rest.label}
    aria-pressed={rest.pressed}
    aria-expanded={rest.expanded}
    aria-disabled={reason !== undefined}
    title={reason ?? rest.label}
    onClick={() => reason === undefined && onPress()}
  >
    {children}
  </button>
)

/** The reason why nothing can be changed, if it cannot. */
export const useReadOnlyReason = (): string | undefined => {
  const mayWrite = useAtom(Atoms.mayWrite)
  const { isCopy } = useAtom(Atoms.knowledge)
  if (mayWrite) return undefined
  return isCopy ? "a site only shows what it knows" : "the key may read, not write"
}
