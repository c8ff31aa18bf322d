/** How well a site is in sync, drawn from what its synchroniser says and what its mirror doubts. Rule S9. */
import { DateTime, Deferred, Effect, SubscriptionRef } from "effect"
import * as DispatchMirror from "../../DispatchMirror.ts"
import { SyncStatus } from "../../SyncStatus.ts"
import type { SyncMessage } from "../sync/syncOwner.ts"
import type { Site } from "./site.ts"

/** What the status is drawn from. */
export interface Standing {
  /** How well the site is in sync as far as calls of the service tell. */
  base: SyncStatus
  /** Why what is in doubt cannot be asked for (S7). */
  doubt: string | undefined
  /** Why the actor has ended for good (S10). */
  fenced: string | undefined
  /** The reasons, beyond the base, that are told at present. */
  reasons: ReadonlyArray<string>
}

export const make = (): Standing => ({
  base: SyncStatus.Connecting({}),
  doubt: undefined,
  fenced: undefined,
  reasons: []
})

/** Why the site is not in sync, whatever calls of the service tell. */
const reasonsOf = ({ mirror, standing: { doubt, fenced } }: Site): ReadonlyArray<string> => {
  const reasons = [...DispatchMirror.doubtful(mirror)]
  if (doubt !== undefined) reasons.unshift(`the service cannot be asked for what is in doubt: ${doubt}`)
  if (fenced !== undefined) reasons.unshift(fenced)
  return reasons
}

/** What the standing amounts to. Whatever makes it stale, it has been so since the first reason. */
const draw = ({ base, fenced, reasons }: Standing, shown: SyncStatus, now: DateTime.Utc): SyncStatus => {
  if (fenced === undefined && base._tag === "Connecting") return base
  if (base._tag !== "Stale" && reasons.length === 0) return base
  const causes = base._tag === "Stale" ? [base.cause, ...reasons] : reasons
  const since = shown._tag === "Stale" ? shown.since : base._tag === "Stale" ? base.since : now
  return SyncStatus.Stale({ since, cause: causes.join("; ") })
}

/** Tells everybody how the site is, if that is news; a reason that is new is warned of. */
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

const isSame = (one: SyncStatus, other: SyncStatus): boolean =>
  one._tag === other._tag &&
  ("cause" in one && one.cause) === ("cause" in other && other.cause) &&
  ("since" in one && one.since.epochMilliseconds) === ("since" in other && other.since.epochMilliseconds)

/** From now on calls of the service tell this. */
export const tell = (site: Site, base: SyncStatus): Effect.Effect<void> => {
  site.standing.base = base
  return show(site)
}

/** Another has taken over: the site is stale for good. */
export const fence = (site: Site, reason: string): Effect.Effect<void> => {
  site.standing.fenced = reason
  return show(site)
}

/** Something broke: what was in sync is stale from now on. */
export const broken = Effect.fnUntraced(function* (site: Site, cause: string) {
  const { base } = site.standing
  yield* tell(
    site,
    base._tag === "Connecting"
      ? SyncStatus.Connecting({ cause })
      : SyncStatus.Stale({ since: base._tag === "Stale" ? base.since : yield* DateTime.now, cause })
  )
})

const listed = Effect.fnUntraced(function* (site: Site, streamed: boolean) {
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
  if (site.keeper !== undefined) yield* site.keeper.listed
})

const wentOn = Effect.fnUntraced(function* (site: Site, why: string) {
  if (site.standing.base._tag !== "Connecting") return
  const cause = `going on with what an earlier process knew: ${why}`
  yield* tell(site, SyncStatus.Stale({ since: yield* DateTime.now, cause }))
})

const doubted = (site: Site, cause: string | undefined): Effect.Effect<void> => {
  site.standing.doubt = cause
  return show(site)
}

/** Draws from a message that has been learned what it says about being in sync. */
export const judge = (site: Site, message: SyncMessage): Effect.Effect<void> => {
  switch (message._tag) {
    case "Listed":
      return listed(site, message.streamed)
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

/** Nobody keeps the site in sync any more, and nobody asks. */
export const ended = (site: Site): Effect.Effect<void> =>
  Effect.suspend(() => {
    site.standing.doubt = undefined
    return site.standing.base._tag === "Synchronised" ? broken(site, "the actor does not run") : show(site)
  })
