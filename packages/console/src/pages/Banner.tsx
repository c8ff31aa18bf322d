/** Says what is wrong with what is shown. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import type { ComponentChildren } from "preact"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import * as Link from "../state/link.ts"
import * as Times from "../time/times.ts"
import * as Words from "../words/state.ts"
import { Button } from "./parts.tsx"

export const Banner = () => {
  const { clockLead, status } = useAtom(Atoms.knowledge)
  const isOnline = useAtom(Atoms.isOnline)
  const isOutdated = useAtom(Atoms.isOutdated)
  const fault = useAtom(Atoms.fault)
  const loss = useAtom(Atoms.loss)
  if (fault !== undefined)
    return (
      <Bar>
        <span role="alert">
          <b>A part of this page has failed.</b> What it shows may be old or wrong.{" "}
          {Words.sentence(DispatchText.safe(fault))}
        </span>
        <Reload />
      </Bar>
    )
  if (loss !== undefined)
    return (
      <Stale title="No longer updated.">
        {loss.kind === "Unloadable" ? <Reload /> : <Button onPress={Link.tryAgain}>Try again</Button>}
      </Stale>
    )
  if (status === "Stale" || !isOnline)
    return (
      <Stale title={isOnline ? "Stale." : "This computer is offline."}>
        <Button onPress={() => Actions.asking({ _tag: "TryNow" }, () => {})}>Try now</Button>
      </Stale>
    )
  if (isOutdated)
    return (
      <Bar kind="mild">
        <span>A newer console is there.</span>
        <Reload />
      </Bar>
    )
  if (clockLead === null) return null
  return (
    <Bar kind="mild">
      The clock of the service is {Math.abs(Math.round(clockLead / 1_000))} s{" "}
      {clockLead > 0 ? "ahead of" : "behind"} the one here; times are shown by the service's.
    </Bar>
  )
}

/** A landmark, so that those who listen find what stands beside the alert. */
const Bar = ({ children, kind = "" }: { readonly children: ComponentChildren; readonly kind?: string }) => (
  <section class={`banner ${kind}`} aria-label="State of this page">
    {children}
  </section>
)

export const Reload = () => <Button onPress={() => location.reload()}>Reload</Button>

/** Knowledge that may be old, and the way out. */
const Stale = ({ children, title }: { readonly children: ComponentChildren; readonly title: string }) => {
  const { cause, since, status } = useAtom(Atoms.knowledge)
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.tick)
  const isKnown = status !== "Connecting"
  const isDated = status === "Stale" && since !== null
  return (
    <Bar>
      <span role="alert">
        {isKnown ? <b>{title}</b> : null}{" "}
        {isDated ? (
          <>
            Sure until{" "}
            <time dateTime={Times.iso(since)}>{Times.moment(zone, Times.wholeSecond(since), now)}</time>.{" "}
          </>
        ) : null}
        {cause === null ? "" : `${Words.sentence(DispatchText.safe(cause))} `}
        {isKnown ? "What was known before is still shown." : null}
      </span>
      {/* Beside the alert, which would be said again each second. */}
      {isDated ? <span class="age">{Words.since(since, now)} ago</span> : null}
      {children}
    </Bar>
  )
}
