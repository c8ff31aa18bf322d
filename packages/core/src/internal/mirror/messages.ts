/** The effect of each message of the synchroniser on the mirror. */
import * as DispatchMirror from "./dispatchMirror.ts"
import type { Outcome } from "./mirrorOutcome.ts"
import type { Moment } from "../moment.ts"
import type { SyncMessage } from "../sync/syncOwner.ts"
import { makeOutcome } from "./knownVersions.ts"

/** Applies a message, taken at a moment. */
export const learn = (
  mirror: DispatchMirror.DispatchMirror,
  message: SyncMessage,
  moment: Moment
): Outcome => {
  switch (message._tag) {
    case "Event":
      return DispatchMirror.applyEvent(mirror, message)
    case "Listed":
      return DispatchMirror.applyListing(mirror, message, moment)
    case "Read":
      return DispatchMirror.applyRead(mirror, message, moment)
    case "Missing":
      return DispatchMirror.applyMissing(mirror, message)
    case "GoOn":
      return DispatchMirror.isWaiting(mirror) ? DispatchMirror.confirmAll(mirror, message.at) : makeOutcome()
    case "Broken":
    case "Answered":
      return makeOutcome()
  }
}
