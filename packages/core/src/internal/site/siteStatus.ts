/** The status of a site, drawn from the reports of its synchroniser and the doubts of its mirror. Rule S9. */
import { DateTime, Deferred, Effect } from "effect"
import { SyncStatus } from "../../SyncStatus.ts"
import { doubtful } from "../mirror/doubtful.ts"
import type { Site } from "./site.ts"
import { draw, isSame } from "./standing.ts"

/** The reasons why the site is not in sync, beyond the calls of the service. */
const reasonsOf = ({ mirror, standing: { doubt, fenced } }: Site): ReadonlyArray<string> => {
  const reasons = [...doubtful(mirror)]
  if (doubt !== undefined) reasons.unshift(`the service cannot be asked for what is in doubt: ${doubt}`)
  if (fenced !== undefined) reasons.unshift(fenced.message)
  return reasons
}

/** Publishes the status if it has changed; logs a warning for a new reason. */
export const show = Effect.fnUntraced(function* (site: Site) {
  const { board, standing, vitals } = site
  const now = yield* DateTime.now
  const before = standing.reasons
  standing.reasons = reasonsOf(site)
  if (before.length > 0 && standing.reasons.length === 0 && standing.base._tag === "Synchronised") {
    standing.base = SyncStatus.Synchronised({ since: now })
  }
  const shown = board.status
  const next = draw(standing, shown, now)
  vitals.enter(next._tag)
  if (!isSame(next, shown)) board.show(next)
  for (const reason of standing.reasons) {
    if (!before.includes(reason)) yield* Effect.logWarning(`Not in sync: ${reason}`)
  }
})

/** Sets the status that calls of the service give from now on. */
const showBase = (site: Site, base: SyncStatus): Effect.Effect<void> => {
  site.standing.base = base
  return show(site)
}

/** Something broke: a site in sync is stale from now on. */
const broken = Effect.fnUntraced(function* (site: Site, cause: string) {
  const { base } = site.standing
  yield* showBase(
    site,
    base._tag === "Connecting"
      ? SyncStatus.Connecting({ cause })
      : SyncStatus.Stale({ since: base._tag === "Stale" ? base.since : yield* DateTime.now, cause })
  )
})

/** A whole listing was applied; `streamed` if an event stream stood all the while. */
export const listed = Effect.fnUntraced(function* (site: Site, { streamed }: { readonly streamed: boolean }) {
  const { base } = site.standing
  const since = yield* DateTime.now
  site.vitals.listed()
  if (streamed) {
    if (base._tag !== "Synchronised") site.standing.base = SyncStatus.Synchronised({ since })
  } else if (base._tag === "Connecting") {
    const cause = base.cause ?? "there is no event stream yet"
    site.standing.base = SyncStatus.Stale({ since, cause })
  }
  yield* show(site)
  yield* Deferred.succeed(site.initialized, undefined)
})

/** The actor goes on from what an earlier process knew, if it waited for that. */
export const wentOn = Effect.fnUntraced(function* (site: Site, why: string) {
  // A listing may have come before it.
  if (site.mirror.recovery !== "GivenUp" || site.standing.base._tag === "Stale") return
  const cause = `going on with what an earlier process knew: ${why}`
  yield* showBase(site, SyncStatus.Stale({ since: yield* DateTime.now, cause }))
})

/** Dispatches in doubt can be asked for again, unless there is a cause why not. */
export const doubted = (site: Site, cause: string | undefined): Effect.Effect<void> => {
  site.standing.doubt = cause
  return show(site)
}

/** A stream ended, a listing failed, or asking for doubts failed several times in a row. */
export const callFailed = (
  site: Site,
  call: "stream" | "listing" | "doubt",
  cause: string
): Effect.Effect<void> =>
  Effect.andThen(
    Effect.logDebug(`Out of sync: ${cause}`),
    call === "doubt" ? doubted(site, cause) : broken(site, cause)
  )

/** Looks at the reasons again, if there are any: one may be gone. */
export const recheck = (site: Site): Effect.Effect<void> =>
  site.standing.reasons.length > 0 ? show(site) : Effect.void

/** The loop has ended: a site in sync becomes stale. */
export const ended = (site: Site): Effect.Effect<void> =>
  Effect.suspend(() => {
    site.standing.doubt = undefined
    return site.standing.base._tag === "Synchronised" ? broken(site, "the actor does not run") : show(site)
  })
