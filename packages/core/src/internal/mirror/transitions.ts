/** The mirror's transitions as the timeline and the subscribers of events are told of them. */
import { DispatchEvent } from "../../DispatchEvent.ts"
import type { DispatchId } from "../../DispatchId.ts"
import type { Transition } from "./mirrorOutcome.ts"
import type * as Timeline from "../timeline/timeline.ts"

/** The dispatch that it is about. */
export const idOf = (transition: Transition): DispatchId =>
  "id" in transition ? transition.id : transition.dispatch.id

/** As an input of the timeline. */
export const toInput = (transition: Transition): Timeline.Input => {
  switch (transition._tag) {
    case "Created":
      return {
        id: transition.dispatch.id,
        version: transition.dispatch,
        cause: transition.cause,
        late: transition.late
      }
    case "Updated":
      return {
        id: transition.dispatch.id,
        version: transition.dispatch,
        cause: transition.cause,
        late: false
      }
    case "Confirmed":
      return {
        id: transition.dispatch.id,
        version: transition.dispatch,
        cause: transition.cause,
        late: false
      }
    case "Deleted":
    case "Retired":
    case "Unschedulable":
    case "Vanished":
      return { id: transition.id, version: undefined, cause: transition.cause, late: false }
  }
}

/** As an event, if subscribers are told. */
export const toEvent = (transition: Transition): DispatchEvent | undefined => {
  switch (transition._tag) {
    case "Created":
    case "Confirmed":
      return DispatchEvent.Created({ dispatch: transition.dispatch })
    case "Updated": {
      const { dispatch, previous } = transition
      // A dispatch that was unreadable for a while, and is unchanged, is no news.
      return dispatch.sameContent(previous) ? undefined : DispatchEvent.Updated({ dispatch, previous })
    }
    case "Deleted":
      return DispatchEvent.Deleted({ dispatch: transition.dispatch })
    case "Retired":
      return DispatchEvent.Retired({ dispatch: transition.dispatch })
    case "Unschedulable":
    case "Vanished":
      return undefined
  }
}
