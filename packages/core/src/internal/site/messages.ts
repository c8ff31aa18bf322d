/** The messages of the synchroniser. Each is read once: for the mirror, which learns of it, and for the status. */
import type { Effect } from "effect"
import * as DispatchMirror from "../mirror/dispatchMirror.ts"
import { makeOutcome } from "../mirror/knownVersions.ts"
import type { Outcome } from "../mirror/mirrorOutcome.ts"
import type { Moment } from "../moment.ts"
import type { SyncMessage } from "../sync/syncOwner.ts"
import type { Site } from "./site.ts"
import * as SiteStatus from "./siteStatus.ts"

/** A message that was read. */
export interface ReadMessage {
  /** Applies it to the mirror. */
  readonly learn: (mirror: DispatchMirror.DispatchMirror, moment: Moment) => Outcome
  /** Draws the status from it, once the mirror has learned of it. */
  readonly show: (site: Site) => Effect.Effect<void>
}

export const read = (message: SyncMessage): ReadMessage => {
  switch (message._tag) {
    case "Event":
      return { learn: (mirror) => DispatchMirror.applyEvent(mirror, message), show: SiteStatus.recheck }
    case "Listed":
      return {
        learn: (mirror, moment) => DispatchMirror.applyListing(mirror, message, moment),
        show: (site) => SiteStatus.listed(site, message)
      }
    case "Read":
      return {
        learn: (mirror, moment) => DispatchMirror.applyRead(mirror, message, moment),
        show: SiteStatus.show
      }
    case "Missing":
      return { learn: (mirror) => DispatchMirror.applyMissing(mirror, message), show: SiteStatus.recheck }
    case "GoOn":
      return {
        learn: (mirror) =>
          DispatchMirror.isWaiting(mirror) ? DispatchMirror.confirmAll(mirror, message.at) : makeOutcome(),
        show: (site) => SiteStatus.wentOn(site, message.cause)
      }
    case "Broken":
      return { learn: makeOutcome, show: (site) => SiteStatus.callFailed(site, message.call, message.cause) }
    case "Answered":
      return { learn: makeOutcome, show: (site) => SiteStatus.doubted(site, undefined) }
  }
}
