import type { Dispatch } from "../../Dispatch.ts"
import { DispatchEvent } from "../../DispatchEvent.ts"

/**
 * The events that a subscriber to one type sees. A dispatch that takes on the type is new to it; for one that changes
 * to another type, that is its last event.
 */
export const eventsOfType =
  (type: string | undefined) =>
  (events: ReadonlyArray<DispatchEvent>): ReadonlyArray<DispatchEvent> => {
    if (type === undefined) return events
    const isOf = (dispatch: Dispatch) => dispatch.type === type
    return events.flatMap((event) => {
      const { dispatch } = event
      if (event._tag !== "Updated" || isOf(event.previous) === isOf(dispatch)) {
        return isOf(dispatch) ? [event] : []
      }
      return isOf(dispatch) ? [DispatchEvent.Created({ dispatch })] : [event]
    })
  }
