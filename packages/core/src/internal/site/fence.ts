/** The end of a site that another actor has taken over. Rule S10, Fenced. */
import { Cause, Effect } from "effect"
import type { Fenced } from "../../SitePersistence.ts"
import * as Publisher from "./publisher.ts"
import type { Site } from "./site.ts"
import * as SiteStatus from "./siteStatus.ts"

/** Ends the loop at once, then tells why and ends all subscriptions; the first reason counts. */
export const fence = (site: Site, reason: Fenced): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { hubs, inbox, standing } = site
    if (standing.fenced !== undefined) return Effect.void
    standing.fenced = reason
    inbox.end(Cause.fail(reason))
    return Effect.map(SiteStatus.show(site), () => Publisher.close(hubs))
  })
