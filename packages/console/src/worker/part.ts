/** The part of a microgrid that is shown: all of it, unless it has more dispatches than a browser holds (W12). */
import type { ServiceConsole } from "@effect-dispatch/client/ServiceConsole"
import type { DispatchClient, DispatchRecord } from "@effect-dispatch/core/DispatchClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { Effect, Stream } from "effect"
import { shownMax, type Size } from "./protocol.ts"

type Client = DispatchClient["Service"]

const isId = (word: string): boolean => /^#\d{1,20}$/.test(word)

/** True if a word is a component; a larger number than an id can be is a part of a type. */
const isComponent = (word: string): boolean =>
  /^\d{1,20}$/.test(word) && BigInt.asUintN(64, BigInt(word)) === BigInt(word)

/** The words as a filter of the service: `#7` is a dispatch, `12` a component, all others a part of the type. */
export const filterOf = (text: string): DispatchFilter => {
  const words = text.split(/\s+/).filter((word) => word !== "")
  const components = words.filter(isComponent).map(BigInt)
  const type = words.filter((word) => !isId(word) && !isComponent(word)).join(" ")
  const queries = [...words.filter(isId), ...(type === "" ? [] : [type])]
  return {
    ...(queries.length > 0 ? { queries } : undefined),
    ...(components.length > 0 ? { targets: [Target.componentIds(...components)] } : undefined)
  }
}

/** True if a dispatch is in the part, as the service would have it. */
const isIn = (filter: DispatchFilter, record: DispatchRecord): boolean => {
  if (record._tag !== "Dispatch") return false
  const { queries, targets } = filter
  const isAsked = (query: string) =>
    isId(query) ? BigInt(query.slice(1)) === record.id : record.type.includes(query)
  return (
    (queries?.some(isAsked) ?? true) &&
    (targets?.some((target) => Target.overlaps(target, record.target)) ?? true)
  )
}

/** Where the part is taken from, and who is told how large it is. */
export interface Source {
  readonly client: Client
  readonly count: ServiceConsole["Service"]["count"]
  readonly sized: (size: Size) => void
}

/**
 * A client that knows a part alone, for an actor. Listings are refused as long as the part is too large; one that has
 * been shown may grow.
 */
export const clientOf = (text: string, { client, count, sized }: Source): Client => {
  const part = filterOf(text)
  const isAll = Object.keys(part).length === 0
  const held = new Set<DispatchId>()
  let isShown = false

  const measure = Effect.fnUntraced(function* (microgridId: MicrogridId, filter: DispatchFilter) {
    const all = yield* count(microgridId, filter)
    const chosen = isAll ? all : yield* count(microgridId, { ...filter, ...part })
    const isTooMany = !isShown && chosen > shownMax
    sized({ all, chosen, isTooMany })
    if (isTooMany) return yield* tooMany(chosen)
    isShown = true
  })

  /** A dispatch stays in the part until it is gone, also when its target changes. */
  const keeps = (record: DispatchRecord): boolean => {
    if (record.id !== undefined && held.has(record.id)) return true
    if (!isIn(part, record)) return false
    if (record.id !== undefined) held.add(record.id)
    return true
  }

  return {
    ...client,
    list: (microgridId, options = {}) => {
      const { filter = {} } = options
      const list = () => client.list(microgridId, { ...options, filter: { ...filter, ...part } })
      const hold = ({ id }: DispatchRecord) => Effect.sync(() => void (id !== undefined && held.add(id)))
      return Stream.unwrap(
        Effect.map(measure(microgridId, filter), () => (isAll ? list() : Stream.tap(list(), hold)))
      )
    },
    stream: (microgridId) =>
      isAll
        ? client.stream(microgridId)
        : Effect.map(client.stream(microgridId), ({ effective, events }) => ({
            effective,
            events: Stream.filter(events, ({ record }) => keeps(record))
          }))
  }
}

const tooMany = (chosen: number) =>
  DispatchError.resourceExhausted(`${chosen} dispatches are more than a page shows`)
