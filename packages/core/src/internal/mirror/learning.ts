/** What the mirror learns of a message. */
import * as DispatchMirror from "../../DispatchMirror.ts"
import type { Outcome } from "../../MirrorOutcome.ts"
import type { SyncMessage } from "../sync/syncOwner.ts"
import { makeOutcome } from "./knownVersions.ts"

/** An instant: by the wall clock (epoch milliseconds) and by elapsed time (milliseconds). */
export interface Moment {
  readonly now: number
  readonly elapsed: number
}
const nothing: Outcome = makeOutcome()
export const learn = (mirror: DispatchMirror.DispatchMirror, message: SyncMessage, { now }: Moment): Outcome => {
  switch (message._tag) {
    case "Event":
      return DispatchMirror.applyEvent(mirror, message.event)
    case "Listed":
      return DispatchMirror.applyListing(mirror, message.listing, message.records, message.openStreamsSince, now)
    case "Read":
      return DispatchMirror.applyRead(mirror, message.record, message.askedAt)
    case "Missing":
      return DispatchMirror.applyMissing(mirror, message.id, message.askedAt)
    case "Broken":
      return nothing
  }
}
