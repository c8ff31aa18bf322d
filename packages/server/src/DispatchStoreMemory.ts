/**
 * Dispatches in memory: for tests, and for services that may forget.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Layer, Option, Random, Semaphore } from "effect"
import { type Change, DispatchStore, type PageQuery } from "./DispatchStore.ts"
import { matches, sortKey } from "./internal/listing.ts"

/**
 * A store that lives as long as its layer. It keeps all changes ever made.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<DispatchStore> = Layer.effect(
  DispatchStore,
  Effect.gen(function* () {
    const held = new Map<MicrogridId, Map<DispatchId, Dispatch>>()
    const changes = new Map<MicrogridId, Array<Change>>()
    const secret = new Uint8Array(32)
    for (let index = 0; index < secret.length; index++) secret[index] = yield* Random.nextIntBetween(0, 255)
    const turns = yield* Semaphore.make(1)
    let lastId = 0n

    const of = (microgridId: MicrogridId): ReadonlyMap<DispatchId, Dispatch> =>
      held.get(microgridId) ?? new Map()

    const commit = (microgridId: MicrogridId, kind: Change["kind"], dispatch: Dispatch): Change => {
      const dispatches = held.get(microgridId) ?? new Map<DispatchId, Dispatch>()
      held.set(microgridId, dispatches)
      if (kind === "Deleted") dispatches.delete(dispatch.id)
      else dispatches.set(dispatch.id, dispatch)
      const history = changes.get(microgridId) ?? []
      changes.set(microgridId, history)
      const change: Change = { microgridId, number: BigInt(history.length + 1), kind, dispatch }
      history.push(change)
      return change
    }

    return DispatchStore.of({
      insert: (microgridId, make) =>
        turns.withPermits(1)(Effect.sync(() => commit(microgridId, "Created", make(++lastId as DispatchId)))),
      modify: (microgridId, id, decide) =>
        turns.withPermits(1)(
          Effect.gen(function* () {
            const current = of(microgridId).get(id)
            if (current === undefined) return Option.none()
            const { dispatch, kind } = yield* decide(current)
            return Option.some(commit(microgridId, kind, dispatch))
          })
        ),
      get: (microgridId, id) => Effect.sync(() => Option.fromNullishOr(of(microgridId).get(id))),
      page: (query) => Effect.sync(() => pageOf([...of(query.microgridId).values()], query)),
      count: (microgridId, filter) =>
        Effect.sync(
          () => [...of(microgridId).values()].filter((dispatch) => matches(dispatch, filter)).length
        ),
      changesAfter: (microgridId, number, limit) =>
        Effect.sync(() => (changes.get(microgridId) ?? []).slice(Number(number), Number(number) + limit)),
      secret: Effect.succeed(secret)
    })
  })
)

const pageOf = (
  dispatches: ReadonlyArray<Dispatch>,
  { after, filter, limit, sort }: PageQuery
): Array<Dispatch> => {
  const sign = sort.order === "ascending" ? 1 : -1
  const compare = (leftKey: bigint, leftId: bigint, rightKey: bigint, rightId: bigint): number =>
    sign *
    (leftKey < rightKey ? -1 : leftKey > rightKey ? 1 : leftId < rightId ? -1 : leftId > rightId ? 1 : 0)
  return dispatches
    .filter((dispatch) => matches(dispatch, filter))
    .filter(
      (dispatch) =>
        after === undefined || compare(sortKey(dispatch, sort), dispatch.id, after.key, after.id) > 0
    )
    .sort((left, right) => compare(sortKey(left, sort), left.id, sortKey(right, sort), right.id))
    .slice(0, limit)
}
