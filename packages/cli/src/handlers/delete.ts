import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, type Option } from "effect"
import { clientLayer, explain } from "../connection.ts"
import { type Filters, isUnfiltered } from "../input/filters.ts"
import { field } from "../input/flags.ts"
import { tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import { UsageError } from "../UsageError.ts"
import { callAll, type Task } from "./bulk.ts"
import { confirmed, tellMissing, tellWhich } from "./confirmation.ts"
import { idsOf, type Selection, selectByIds, tellNothingFound } from "./selection.ts"

interface Options extends Filters {
  readonly microgrid: MicrogridId
  readonly ids: ReadonlyArray<DispatchId>
  readonly active: Option.Option<boolean>
  readonly yes: boolean
  readonly quiet: boolean
  readonly keepGoing: boolean
  readonly json: boolean
  readonly utc: boolean
}

const example = "dispatch delete 1 3-5 --yes"

/** Deletes dispatches, after it has shown them and was told to. */
export const run = (options: Options) =>
  Effect.gen(function* () {
    const { ids, yes } = options
    const isChosenById = isUnfiltered(options) && options.active._tag === "None"
    if (isChosenById && ids.length === 0) {
      return yield* new UsageError({
        message: "nothing to delete: give ids, or filters such as --type",
        example
      })
    }
    // Named dispatches that may go need not be looked at, and a key that only writes is enough.
    if (yes && isChosenById) return yield* removeAll(options, ids)
    const selection = yield* Effect.catch(chosen(options), explain)
    const named = isChosenById ? ids : [...idsOf(selection)]
    if (named.length === 0) return yield* tellNothingFound(options, selection)
    if (!yes && !(yield* isMeant(named, selection))) return yield* tell("Nothing was deleted.")
    yield* removeAll(options, named)
  }).pipe(Effect.provide(clientLayer))

const chosen = (options: Options) =>
  selectByIds(options.microgrid, options.ids, options, field("active", options.active))

const isMeant = Effect.fnUntraced(function* (ids: ReadonlyArray<DispatchId>, selection: Selection) {
  yield* tellWhich(selection.found)
  const known = idsOf(selection)
  yield* tellMissing(ids, known)
  const what =
    ids.length === 1 ? `dispatch ${ids[0]}` : `${Text.counted(known.size, "dispatch", "dispatches")}`
  return yield* confirmed(`Delete ${what} for ever?`, example)
})

const removeAll = Effect.fnUntraced(function* (options: Options, ids: ReadonlyArray<DispatchId>) {
  const client = yield* DispatchClient
  const tasks = ids.map((id): Task<void, Effect.Services<ReturnType<typeof explain>>> => ({
    name: `#${id}`,
    key: { id: String(id) },
    done: "deleted",
    call: Effect.catch(client.delete(options.microgrid, id), explain)
  }))
  yield* callAll(tasks, { ...options, jsonOf: () => ({}), textOf: () => "deleted" })
})
