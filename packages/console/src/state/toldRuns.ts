/** Runs as they were told, in the order in which the page needs them. */
import type { Answer, RunQuery, ToldRun } from "../worker/protocol.ts"

type Answered = Extract<Answer, { readonly _tag: "Told" }>

/** Runs of a dispatch as sites report them: all that were told of the time since an instant, the earliest first. */
export interface Told {
  readonly since: number
  readonly runs: ReadonlyArray<ToldRun>
}

/** Runs by dispatch. If they are the latest alone, nothing is known of what was before them. */
export const toldOf = (
  { from, ids }: Pick<RunQuery, "from" | "ids">,
  { isAll, runs: latest }: Pick<Answered, "isAll" | "runs">
): ReadonlyMap<bigint, Told> => {
  const first = latest.at(-1)?.run.occurrence.epochMilliseconds
  // Missed runs that are told as one may begin before the time that was asked for.
  const since = Math.max(from ?? -Infinity, (isAll ? from : first) ?? -Infinity)
  const runs = Map.groupBy(latest.toReversed(), ({ run }) => run.dispatch.id)
  return new Map(ids.map((id) => [id, { since, runs: runs.get(id) ?? [] }]))
}

/** The number of missed runs by dispatch; those that two reporters tell count once. */
export const missedOf = (runs: ReadonlyArray<ToldRun>): ReadonlyMap<bigint, number> => {
  const counts = new Map<bigint, number>()
  const seen = new Set<string>()
  for (const { run } of runs) {
    const { dispatch, fate, occurrence } = run
    const name = `${dispatch.id} ${occurrence.epochMilliseconds}`
    if (fate._tag !== "Missed" || seen.has(name)) continue
    seen.add(name)
    counts.set(dispatch.id, (counts.get(dispatch.id) ?? 0) + fate.count)
  }
  return counts
}
