/** The last run of each dispatch of a table, as sites report it. */
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as RunText from "@effect-dispatch/core/RunText"
import { useMemo } from "react"
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import type { ToldRun } from "../worker/protocol.ts"
import { useAnswer } from "./answer.ts"

/** The last runs of dispatches, each as all of its reporters tell it; none where the service is told of none. */
export const useLastRuns = (ids: ReadonlyArray<DispatchId>): ReadonlyMap<bigint, ReadonlyArray<ToldRun>> => {
  const isAsked = useAtom(Atoms.hasReports) && ids.length > 0
  const answer = useAnswer(isAsked ? { _tag: "LastRuns", ids } : undefined, `${isAsked} ${ids.join()}`)
  return useMemo(
    () => (answer?._tag === "Told" ? Map.groupBy(answer.runs, ({ run }) => run.dispatch.id) : new Map()),
    [answer]
  )
}

export const LastRun = ({ told }: { readonly told: ReadonlyArray<ToldRun> }) => {
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.minute)
  const [first] = told
  if (first === undefined) return <span class="muted">not told</span>
  const begin = first.run.occurrence.epochMilliseconds
  const fates = [...new Set(told.map(({ run }) => RunText.fateWords[run.fate._tag]))].join(", ")
  return (
    <>
      {fates} <time dateTime={Times.iso(begin)}>{Times.moment(zone, begin, now)}</time>
      {told.some(({ contradicted }) => contradicted) ? <span class="badge doubt">! contradicted</span> : null}
    </>
  )
}
