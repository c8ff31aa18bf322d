/** How well a site is in sync, drawn from what its synchroniser says. Rule S9. */
import { DateTime, Deferred, Effect, SubscriptionRef } from "effect"
import { SyncStatus } from "../../SyncStatus.ts"
import type { Site } from "./site.ts"
import * as ServiceClock from "../sync/serviceClock.ts"
import type { SyncMessage } from "../sync/syncOwner.ts"

/** Tells everybody, with what is known of the service's clock. */
export const tell = ({ serviceClock, status, vitals }: Site, next: SyncStatus) => {
  vitals.enter(next._tag)
  return SubscriptionRef.set(status, ServiceClock.addTo(serviceClock, next))
}

/** Something broke: what was in sync is stale from now on. */
export const broken = Effect.fnUntraced(function* (site: Site, cause: string) {
  const status = yield* SubscriptionRef.get(site.status)
  yield* tell(
    site,
    status._tag === "Connecting"
      ? SyncStatus.Connecting({ cause })
      : SyncStatus.Stale({ since: status._tag === "Stale" ? status.since : yield* DateTime.now, cause })
  )
})

const listed = Effect.fnUntraced(function* (site: Site, streamed: boolean) {
  const status = yield* SubscriptionRef.get(site.status)
  const since = yield* DateTime.now
  site.vitals.listed()
  if (streamed) {
    if (status._tag !== "Synchronised") yield* tell(site, SyncStatus.Synchronised({ since }))
  } else if (status._tag === "Connecting") {
    const cause = status.cause ?? "there is no event stream yet"
    yield* tell(site, SyncStatus.Stale({ since, cause }))
  }
  yield* Deferred.succeed(site.initialized, undefined)
  if (site.keeper !== undefined) yield* site.keeper.listed
})

/** Draws from a message what it says about being in sync. */
export const judge = (site: Site, message: SyncMessage): Effect.Effect<void> => {
  switch (message._tag) {
    case "Listed":
      return listed(site, message.streamed)
    case "Broken":
      return Effect.andThen(Effect.logDebug(`Out of sync: ${message.cause}`), broken(site, message.cause))
    case "Event":
    case "Read":
    case "Missing":
      return Effect.void
  }
}

/** Nobody keeps the site in sync any more. */
export const ended = (site: Site): Effect.Effect<void> =>
  Effect.flatMap(SubscriptionRef.get(site.status), ({ _tag }) =>
    _tag === "Synchronised" ? broken(site, "the actor does not run") : Effect.void
  )
