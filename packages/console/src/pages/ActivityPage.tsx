/** The next starts and ends, and the events since somebody listened, newest first. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { DateTime } from "effect"
import { useMemo } from "react"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import { comingUp } from "../words/coming.ts"
import type { Happening } from "../worker/protocol.ts"
import { Name } from "./parts.tsx"

const words: { readonly [kind in Happening["kind"]]: string } = {
  Created: "created",
  Updated: "changed",
  Deleted: "deleted",
  Retired: "over, no longer listed",
  Running: "runs, as planned",
  Stopped: "stopped, as planned",
  Missed: "missed",
  Status: "connection"
}

const shownMax = 300

/** The most that are told of what comes. */
const comingMax = 12

export const ActivityPage = () => (
  <div class="activity">
    <ComingUp />
    <Happened />
  </div>
)

/** The next starts, ends and commands. */
const ComingUp = () => {
  const dispatches = useAtom(Atoms.dispatches)
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.minute)
  const coming = useMemo(() => comingUp(dispatches.values(), now, comingMax), [dispatches, now])
  return (
    <section aria-label="Coming up">
      <h2>Coming up, as planned</h2>
      <p class="muted">
        {coming.length === 0 ? "Nothing starts or ends." : "The next two starts or ends of a dispatch."}
      </p>
      <ol class="happenings">
        {coming.map(({ at, dispatch, kind }) => (
          <li key={`${dispatch.id} ${at} ${kind}`} class={`kind-${kind}`}>
            <time dateTime={Times.iso(at)}>{Times.moment(zone, at, now)}</time>
            <span class="what">{kind}</span>
            <span class="about">
              <Link dispatch={dispatch} />
              {dispatch.dryRun ? <span class="badge">dry run</span> : null}
              <span class="muted">{DispatchText.distance(instant(at), instant(now))}</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** The name of a dispatch, which opens it. */
const Link = ({ dispatch }: { readonly dispatch: NonNullable<Happening["dispatch"]> }) => (
  <button type="button" class="link" onClick={() => registry.set(Atoms.opened, dispatch.id)}>
    <Name dispatch={dispatch} />
  </button>
)

const instant = (at: number) => DateTime.makeUnsafe(at)

const Happened = () => {
  const lines = useAtom(Atoms.happenings)
  const since = useAtom(Atoms.listeningSince)
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.minute)
  return (
    <section aria-label="Since the page listens">
      <h2>What happened</h2>
      <p class="muted">
        Listening since {Times.full(zone, since)}. What happened before is not here, and starts and stops are
        those of the plan.
      </p>
      {lines.length === 0 ? <p>Nothing has happened yet.</p> : null}
      <ol class="happenings">
        {lines
          .slice(-shownMax)
          .toReversed()
          .map((line, index) => (
            <li key={lines.length - index} class={`kind-${line.kind.toLowerCase()}`}>
              <time dateTime={Times.iso(line.at)}>{Times.moment(zone, Times.wholeSecond(line.at), now)}</time>
              <span class="what">{words[line.kind]}</span>
              <span class="about">
                {line.dispatch === null ? null : <Link dispatch={line.dispatch} />}
                <span class="muted">{DispatchText.safe(line.detail)}</span>
              </span>
            </li>
          ))}
      </ol>
    </section>
  )
}
