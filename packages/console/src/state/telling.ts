/** Follows what sites report of the dispatches in view, and of runs that were missed. The service tells when it is asked. */
import * as DispatchId from "@effect-dispatch/core/DispatchId"
import { Duration } from "effect"
import * as Clock from "../browser/clock.ts"
import { pastOf } from "../timeline/pastPaint.ts"
import type { Answer, RunQuery } from "../worker/protocol.ts"
import * as Actions from "./actions.ts"
import * as Atoms from "./atoms.ts"
import { registry } from "./binding.ts"
import { missedOf, toldOf } from "./toldRuns.ts"

/** Time between questions while nothing moves, and after something has. */
const interval = 10_000
const pause = 200

const day = 86_400_000

/** Longest time before the view in which the beginnings of runs are looked for. */
const lookBackMax = 31 * day

/** The time for which missed runs count as recent. */
const missedSpan = 7 * day

/** Most dispatches of a question, and most runs of its answer. */
const idsMax = 100
const runsMax = 1_000

/** Begins to follow. */
export const follow = (): void => {
  registry.set(Atoms.pastOf, pastOf)
  let asked = ""
  let isAwaited = false
  const later = () => {
    if (isAwaited) return
    isAwaited = true
    Clock.after(pause, () => {
      isAwaited = false
      const fresh = nameOf(queryInView())
      if (fresh !== asked) askInView()
      asked = fresh
    })
  }
  for (const atom of [Atoms.view, Atoms.inView]) registry.subscribe<unknown>(atom, later)
  Clock.everySeen(interval, look)
  look()
}

const look = (): void => {
  askInView()
  askMissed()
}

/** The runs of the rows in view that may be over or on. */
const queryInView = (): RunQuery | undefined => {
  const { from, to } = registry.get(Atoms.view)
  const now = registry.get(Atoms.now)
  const ids = registry.get(Atoms.inView).slice(0, idsMax)
  if (ids.length === 0 || from >= now) return undefined
  return {
    ids: ids.map((id) => DispatchId.DispatchId.make(id)),
    // A run that began before the view may go on in it.
    from: Math.floor(from - longestRun(ids)),
    to: to >= now ? null : Math.ceil(to),
    missed: false,
    most: runsMax
  }
}

const longestRun = (ids: ReadonlyArray<bigint>): number => {
  const dispatches = registry.get(Atoms.dispatches)
  return ids.reduce((longest, id) => {
    const dispatch = dispatches.get(id)
    const length = dispatch === undefined ? 0 : Duration.toMillis(dispatch.duration)
    return Math.min(lookBackMax, Math.max(longest, length))
  }, 0)
}

const nameOf = (query: RunQuery | undefined): string =>
  query === undefined ? "" : `${query.ids.join()} ${query.from} ${query.to}`

/** The number of questions about the rows in view. */
let questions = 0

const askInView = (): void => {
  const query = queryInView()
  if (query === undefined) return
  const number = ++questions
  askRuns(query, (answer) => {
    // An answer that comes late is about another view.
    if (number === questions) registry.set(Atoms.told, toldOf(query, answer))
  })
}

const askMissed = (): void => {
  const from = Math.floor(registry.get(Atoms.now) - missedSpan)
  const query = { ids: [], from, to: null, missed: true, most: runsMax }
  askRuns(query, (answer) => registry.set(Atoms.missed, missedOf(answer.runs)))
}

/** The failure that is told, until there is an answer. */
let failure: string | undefined

const askRuns = (query: RunQuery, then: (answer: Extract<Answer, { readonly _tag: "Told" }>) => void): void =>
  Actions.asking({ _tag: "Runs", query }, (answer) => {
    if (answer._tag === "Told") {
      if (failure !== undefined && registry.get(Atoms.notice)?.text === failure)
        registry.set(Atoms.notice, undefined)
      failure = undefined
      then(answer)
    } else if (answer._tag === "Failed") tellFailure(answer.message)
  })

/** Once each; while the service is not reached, the page says that. */
const tellFailure = (message: string): void => {
  const text = `What really ran is not shown: ${message}.`
  if (failure === text || registry.get(Atoms.knowledge).status !== "Synchronised") return
  failure = text
  Actions.tell("bad", text)
}
