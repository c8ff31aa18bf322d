/** The dispatches that the options of a command choose. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient, isReadable, type ListOptions } from "@effect-dispatch/core/DispatchClient"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { filterValuesMax, pageSizeMax } from "@effect-dispatch/api/WireLimits"
import { Array as Arrays, DateTime, Effect, Option, Stream } from "effect"
import type { Filters } from "../input/filters.ts"
import { field } from "../input/flags.ts"
import * as Progress from "../output/progress.ts"
import { tellSentences } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import { tellUnreadable } from "../output/unreadable.ts"
import * as Types from "../schedule/types.ts"

/** No choice. */
export const unfiltered: Filters = {
  type: [],
  on: [],
  running: false,
  recurring: Option.none(),
  startFrom: Option.none(),
  startTo: Option.none(),
  endFrom: Option.none(),
  endTo: Option.none(),
  filterQueries: []
}

/** The part of a choice that the service makes. */
export const filterOf = (filters: Filters): DispatchFilter => ({
  ...(filters.on.length > 0 ? { targets: filters.on.flat() } : undefined),
  ...(filters.filterQueries.length > 0 ? { queries: filters.filterQueries } : undefined),
  ...field("recurring", filters.recurring),
  ...field("startTime", interval(filters.startFrom, filters.startTo)),
  ...field("endTime", interval(filters.endFrom, filters.endTo))
})

const interval = (from: Option.Option<DateTime.Utc>, to: Option.Option<DateTime.Utc>) =>
  Option.isNone(from) && Option.isNone(to)
    ? Option.none()
    : Option.some({ ...field("from", from), ...field("to", to) })

/** The part of a choice that is made here. */
export const isChosen = ({ running, type }: Pick<Filters, "running" | "type">, now: DateTime.Utc) => {
  const isOfType = Types.matcher(type)
  return (dispatch: Dispatch): boolean => isOfType(dispatch.type) && (!running || dispatch.startedAt(now))
}

/** Chosen dispatches. */
export interface Selection {
  readonly found: ReadonlyArray<Dispatch>
  /** The types of all that the service sent, also of those that were not chosen. */
  readonly types: ReadonlySet<string>
  /** Ids of dispatches that cannot be read. */
  readonly unreadable: ReadonlyArray<DispatchId>
}

/** The ids of all that is chosen, also of those that cannot be read. */
export const idsOf = ({
  found,
  unreadable
}: Pick<Selection, "found" | "unreadable">): ReadonlySet<DispatchId> =>
  new Set([...found.map(({ id }) => id), ...unreadable])

/** Lists what is chosen; what cannot be read is told. */
export const select = Effect.fnUntraced(function* (
  microgrid: MicrogridId,
  filters: Pick<Filters, "running" | "type">,
  options: ListOptions
) {
  const client = yield* DispatchClient
  const isWanted = isChosen(filters, yield* DateTime.now)
  const found: Array<Dispatch> = []
  const types = new Set<string>()
  const unreadable: Array<DispatchId> = []
  yield* Stream.runForEach(Progress.counting(client.list(microgrid, options)), (record) => {
    if (!isReadable(record)) {
      if (record.id !== undefined) unreadable.push(record.id)
      return tellUnreadable(record)
    }
    types.add(record.type)
    if (isWanted(record)) found.push(record)
    return Effect.void
  })
  return { found, types, unreadable } satisfies Selection
})

/** Lists the dispatches with these ids, in their order, as far as filters choose them; without ids all that they choose. */
export const selectByIds = Effect.fnUntraced(function* (
  microgrid: MicrogridId,
  ids: ReadonlyArray<DispatchId>,
  filters: Filters,
  narrower: DispatchFilter = {}
) {
  const filter = { ...filterOf(filters), ...narrower }
  const pageSize = pageSizeMax
  if (ids.length === 0) return yield* select(microgrid, filters, { filter, pageSize })
  const parts = yield* Effect.forEach(Arrays.chunksOf(ids, filterValuesMax), (part) =>
    select(microgrid, filters, { filter: { ...filter, ids: part }, pageSize })
  )
  const byId = new Map(parts.flatMap(({ found }) => found).map((dispatch) => [dispatch.id, dispatch]))
  return {
    found: ids.flatMap((id) => byId.get(id) ?? []),
    types: new Set(parts.flatMap(({ types }) => [...types])),
    unreadable: parts.flatMap(({ unreadable }) => unreadable)
  } satisfies Selection
})

/** Lists the dispatches with these names. */
export const selectByNames = Effect.fnUntraced(function* (
  microgrid: MicrogridId,
  names: ReadonlyArray<string>
) {
  const parts = yield* Effect.forEach(Arrays.chunksOf(names, filterValuesMax), (part) =>
    select(microgrid, unfiltered, { filter: { names: part }, pageSize: pageSizeMax })
  )
  return parts.flatMap(({ found }) => found)
})

/** Says that nothing was chosen, and which types there are. */
export const tellNothingFound = ({ type }: Pick<Filters, "type">, { types }: Selection) =>
  tellSentences(Text.safe(Types.suggestion(type, types) ?? "No dispatches match."))
