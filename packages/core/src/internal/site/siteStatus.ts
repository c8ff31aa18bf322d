/** The status of a site, drawn from the reports of its synchroniser and the doubts of its mirror. Rule S9. */
import { DateTime, Deferred, Effect, SubscriptionRef } from "effect"
import { SyncStatus } from "../../SyncStatus.ts"
import { doubtful } from "../mirror/doubtful.ts"
import type { SyncMessage } from "../sync/syncOwner.ts"
import type { Site } from "./site.ts"
import { draw, isSame } from "./standing.ts"

/** The reasons why the site is not in sync, beyond the calls of the service. */
const reasonsOf = ({ mirror, standing: { doubt, fenced } }: Site): ReadonlyArray<string> => {
  const reasons = [...doubtful(mirror)]
  if (doubt !== undefined) reasons.unshift(`the service cannot be asked for what is in doubt: ${doubt}`)
  if (fenced !== undefined) reasons.unshift(fenced)
  return reasons
}

/** Publishes the status if it has changed; logs a warning for a new reason. */
const show = Effect.fnUntraced(function* (site: Site) {
  const { standing, status, vitals } = site
  const now = yield* DateTime.now
  const before = standing.reasons
  standing.reasons = reasonsOf(site)
  if (before.length > 0 && standing.reasons.length === 0 && standing.base._tag === "Synchronised") {
    standing.base = SyncStatus.Synchronised({ since: now })
  }
  const shown = yield* SubscriptionRef.get(status)
  const next = draw(standing, shown, now)
  vitals.enter(next._tag)
  if (!isSame(next, shown)) yield* SubscriptionRef.set(status, next)
  for (const reason of standing.reasons) {
    if (!before.includes(reason)) yield* Effect.logWarning(`Not in sync: ${reason}`)
  }
})

/** Sets the status that calls of the service give from now on. */
export const tell = (site: Site, base: SyncStatus): Effect.Effect<void> => {
  site.standing.base = base
  return show(site)
}

/** Another actor has taken over: the site is stale for good. */
export const fence = (site: Site, reason: string): Effect.Effect<void> => {
  site.standing.fenced = reason
  return show(site)
}

/** Something broke: a site in sync is stale from now on. */
export const broken = Effect.fnUntraced(function* (site: Site, cause: string) {
  const { base } = site.standing
  yield* tell(
    site,
    base._tag === "Connecting"
      ? SyncStatus.Connecting({ cause })
      : SyncStatus.Stale({ since: base._tag === "Stale" ? base.since : yield* DateTime.now, cause })
  )
})

type Listed = Extract<SyncMessage, { readonly _tag: "Listed" }>

const listed = Effect.fnUntraced(function* (site: Site, { streamed }: Listed) {
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

const wentOn = Effect.fnUntraced(function* (site: Site, why: string) {
  // A listing may have come before it.
  if (site.mirror.recovery !== "GivenUp" || site.standing.base._tag === "Stale") return
  const cause = `going on with what an earlier process knew: ${why}`
  yield* tell(site, SyncStatus.Stale({ since: yield* DateTime.now, cause }))
})

const doubted = (site: Site, cause: string | undefined): Effect.Effect<void> => {
  site.standing.doubt = cause
  return show(site)
}

/** Draws the status from a learned message. */
export const judge = (site: Site, message: SyncMessage): Effect.Effect<void> => {
  switch (message._tag) {
    case "Listed":
      return listed(site, message)
    case "Broken":
      return Effect.andThen(
        Effect.logDebug(`Out of sync: ${message.cause}`),
        message.call === "doubt" ? doubted(site, message.cause) : broken(site, message.cause)
      )
    case "Answered":
      return doubted(site, undefined)
    case "GoOn":
      return wentOn(site, message.cause)
    case "Event":
    case "Missing":
      // Either may settle a doubt, neither raises one.
      return site.standing.reasons.length > 0 ? show(site) : Effect.void
    case "Read":
      return show(site)
  }
}

/** The loop has ended: a site in sync becomes stale. */
export const ended = (site: Site): Effect.Effect<void> =>
  Effect.suspend(() => {
    site.standing.doubt = undefined
    return site.standing.base._tag === "Synchronised" ? broken(site, "the actor does not run") : show(site)
  })
