/** The dispatches that a plan is about, as they are at the service. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect } from "effect"
import { explain } from "../connection.ts"
import * as Text from "../output/text.ts"
import { type Plan, type Planned, prefixOf } from "../plan/plan.ts"
import { Failure } from "../UsageError.ts"
import { select, selectByIds, selectByNames, unfiltered } from "./selection.ts"

/** The dispatches that are there. */
export interface Present {
  /** The one that is planned. */
  readonly of: (planned: Planned) => Dispatch | undefined
  /** Those that have a name below that of the plan, and are not in it. */
  readonly unplanned: ReadonlyArray<Dispatch>
}

/** Finds the dispatches of a plan by their names and ids; what else it has made only if it is to be pruned. */
export const presentOf = (plan: Plan, microgrid: MicrogridId, pruning: string | undefined) =>
  Effect.gen(function* () {
    const names = plan.dispatches.flatMap(({ name }) => name ?? [])
    const ids = plan.dispatches.flatMap(({ id }) => id ?? [])
    const named = yield* pruning === undefined
      ? selectByNames(microgrid, names)
      : allBelow(microgrid, prefixOf(pruning))
    const known = ids.length === 0 ? [] : (yield* selectByIds(microgrid, ids, unfiltered)).found
    const byName = new Map(named.map((dispatch) => [dispatch.name, dispatch]))
    const byId = new Map(known.map((dispatch) => [dispatch.id, dispatch]))
    const planned = new Set(names)
    return {
      of: ({ id, name }) =>
        id !== undefined ? byId.get(id) : name === undefined ? undefined : byName.get(name),
      unplanned:
        pruning === undefined ? [] : named.filter(({ id, name }) => !planned.has(name ?? "") && !byId.has(id))
    } satisfies Present
  }).pipe(Effect.catchTag("DispatchError", explainNames))

/** The dispatches below a name. A service that keeps no names would show all without theirs: it is asked first. */
const allBelow = Effect.fnUntraced(function* (microgrid: MicrogridId, prefix: string) {
  yield* selectByNames(microgrid, [prefix])
  const { found } = yield* select(microgrid, unfiltered, {})
  return found.filter(({ name }) => name?.startsWith(prefix) === true)
})

/** Without names nothing that a plan has made would be found again. */
const explainNames = (error: DispatchError) =>
  error.reason._tag === "Unsupported"
    ? Effect.fail(new Failure({ message: `${Text.safeLines(error.reason.message)}\n${wayOut}` }))
    : explain(error)

/** The way out where dispatches could not be found again. */
export const wayOut = "dispatch create MICROGRID --file creates what a plan holds, all of it as new."
