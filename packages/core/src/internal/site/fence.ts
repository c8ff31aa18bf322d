/** The end of a site that another actor has taken over. Rule S10, Fenced. */
import { Cause, Effect } from "effect"
import type { Fenced } from "../../SitePersistence.ts"
import type { Site } from "./site.ts"
import * as SiteStatus from "./siteStatus.ts"

/** Ends the loop at once, then tells why and ends all subscriptions; the first reason counts. */
export const fence = (site: Site, reason: Fenced): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { hubs, inbox, standing } = site
    if (standing.fenced !== undefined) return Effect.void
    standing.fenced = reason
    inbox.end(Cause.fail(reason))
    const close = [hubs.changes.close, hubs.missed.close, hubs.events.close]
    return Effect.andThen(SiteStatus.show(site), Effect.all(close, { discard: true }))
  })
