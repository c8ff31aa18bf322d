/** The differences between a site's knowledge and its service's content. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchRecord } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { isOver } from "./sameness.ts"

/** In words; none, once the site has caught up. */
export const differences = (
  held: ReadonlyMap<DispatchId, DispatchRecord>,
  dispatches: ReadonlyArray<Dispatch>,
  now: number
): ReadonlyArray<string> => {
  const found: Array<string> = []
  const byId = new Map(dispatches.map((dispatch) => [dispatch.id, dispatch]))
  for (const [id, record] of held) {
    const dispatch = byId.get(id)
    if (record._tag === "UnreadableDispatch") {
      if (dispatch !== undefined) found.push(`S8: unreadable, dispatch ${id} goes on to be known`)
    } else if (dispatch === undefined) {
      if (!isOver(record, now)) found.push(`at ${now} dispatch ${id} exists and is not known`)
    } else if (dispatch.updateTime !== record.updateTime || !dispatch.sameContent(record)) {
      found.push(
        `at ${now} dispatch ${id} is known in version ${dispatch.updateTime}, not ${record.updateTime}`
      )
    }
  }
  for (const id of byId.keys()) {
    if (!held.has(id)) {
      found.push(`at ${now} dispatch ${id} is known and does not exist`)
    }
  }
  return found
}
