/** The events since somebody listened, newest first. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import type { Happening } from "../worker/protocol.ts"

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

export const ActivityPage = () => {
  const lines = useAtom(Atoms.happenings)
  const since = useAtom(Atoms.listeningSince)
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.minute)
  return (
    <div class="activity">
      <p class="muted">
        Listening since {Times.full(zone, since)}. What happened before is not here, and what sites did is not
        known.
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
              {line.id === null ? null : (
                <button
                  type="button"
                  class="link"
                  onClick={() => registry.set(Atoms.opened, BigInt(line.id ?? 0))}
                >
                  #{line.id} <bdi>{DispatchText.safe(line.type)}</bdi>
                </button>
              )}
              <span class="muted">{DispatchText.safe(line.detail)}</span>
            </li>
          ))}
      </ol>
    </div>
  )
}
