/** The records of one activation: read ahead by the statement that took over, and written only while it is the owner. */
import { Fenced, type SiteStore } from "@effect-dispatch/core/SitePersistence"
import { Effect } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import type { FleetError } from "../../FleetError.ts"
import type { Activation, FleetStore, RecordWrite } from "../../FleetStore.ts"
import type { EdgeLog } from "./edgeLog.ts"
import type { Holding } from "./holdings.ts"

const failed =
  (method: string, key: { readonly key?: string } = {}) =>
  (cause: FleetError | Fenced) =>
    new KeyValueStore.KeyValueStoreError({ method, ...key, message: cause.message, cause })

/** The token is lost when a write is refused. Each write takes along the edges that wait. */
export const make = (
  store: Pick<FleetStore["Service"], "keys" | "read" | "write">,
  { records, token }: Activation,
  edges: EdgeLog,
  holding: Pick<Holding, "isAbandoned" | "lose">
): SiteStore => {
  const { microgridId } = token
  /** Records that were read ahead, until the actor has read them: it asks once. */
  const ahead = new Map(records)
  let keys: ReadonlyArray<string> | undefined = [...records.keys()]
  let sequence = 0n
  const write = (method: string, { key, value }: Pick<RecordWrite, "key" | "value">) =>
    Effect.gen(function* () {
      ahead.delete(key)
      const rows = edges.takeRows()
      const write = { key, value, sequence: ++sequence, edges: edges.kept(rows), removed: [...rows.removed] }
      // The actor of a site that does not end ends by itself then.
      const writing = holding.isAbandoned ? Effect.succeed(false) : store.write(token, write)
      const isMine = yield* Effect.onError(writing, () => Effect.sync(() => edges.giveBack(rows)))
      if (isMine) return edges.markWritten(rows)
      // Those that were told are for the journal.
      edges.giveBack(rows)
      holding.lose()
      return yield* new Fenced({
        message: `microgrid ${microgridId} has a new owner, was removed from the fleet, or does not end`
      })
    }).pipe(Effect.mapError(failed(method, { key })))
  return {
    ...KeyValueStore.makeStringOnly({
      get: (key) =>
        Effect.suspend(() => {
          const known = ahead.get(key)
          ahead.delete(key)
          return known === undefined ? store.read(microgridId, key) : Effect.succeed(known)
        }).pipe(Effect.mapError(failed("get", { key }))),
      set: (key, value) => write("set", { key, value }),
      remove: (key) => write("remove", { key, value: undefined }),
      clear: Effect.die("the records of a microgrid are not cleared"),
      size: Effect.die("the records of a microgrid are not counted"),
      keys: Effect.suspend(() => {
        const known = keys
        keys = undefined
        return known === undefined ? store.keys(microgridId) : Effect.succeed(known)
      }).pipe(Effect.mapError(failed("keys")))
    }),
    follower: edges
  }
}
