/** The doubts about known dispatches, in words. Rules S5, S6, S9. */
import type { IdMap } from "../idMap.ts"
import type { KnownVersions } from "./knownVersions.ts"

/**
 * The reasons why known dispatches cannot be trusted, although everything was listed: the service tells two stories of
 * a dispatch (S5), or shows a deleted one (S6).
 */
export const doubtful = ({ stories, tombstones }: KnownVersions): ReadonlyArray<string> => {
  const reasons: Array<string> = []
  if (stories.contradicted.size > 0) reasons.push(`two stories of ${named(stories.contradicted)}`)
  if (tombstones.reappeared.size > 0) {
    reasons.push(`the service shows what was deleted: ${named(tombstones.reappeared)}`)
  }
  return reasons
}

/** The number of dispatches a reason names; the others are only counted. */
const namedMax = 3

const named = (ids: IdMap<unknown>): string => {
  const first: Array<string> = []
  for (const id of ids.keys()) {
    if (first.length === namedMax) break
    first.push(`dispatch ${id}`)
  }
  const others = ids.size - first.length
  return `${first.join(", ")}${others > 0 ? ` and ${others} more` : ""}`
}
