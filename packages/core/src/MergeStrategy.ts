/**
 * The choice of dispatches that a consumer sees as one: while any of them runs, the consumer runs.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "./Dispatch.ts"
import type { Payload } from "./Payload.ts"
import * as Target from "./Target.ts"

/**
 * The common key of dispatches that belong together: a text, a number or a bigint. `NaN` is none; 1, `1n` and `"1"` are
 * three.
 *
 * @category models
 * @since 0.1.0
 */
export type Identity = string | number | bigint

/**
 * A version as a merge strategy sees it: with its payload as it is, or decoded where a schema was given for the type.
 *
 * @category models
 * @since 0.1.0
 */
export type MergedDispatch<P = Payload> = [P] extends [Payload]
  ? Dispatch & { readonly payload: P }
  : Omit<Dispatch, "payload"> & { readonly payload: P }

/**
 * The rule by which dispatches belong together.
 *
 * A merged stream tells of the dispatches of one identity as of one dispatch: `Running` one or more times, then one
 * `Stopped` when the last of them ends.
 *
 * Both functions are called once for each version that starts, and the answer is kept: a `Stopped` calls neither. If
 * one throws for a version, or it has no identity, a log and a metric report that, and the version takes no part; the
 * part of an earlier version ends. An update that changes nothing of what runs (neither type, target, payload, duration
 * nor run) is not checked for another identity.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { Dispatcher, type MergeStrategy, MicrogridId, Target } from "@effect-dispatch/core"
 * import { ServiceClient } from "@effect-dispatch/testing"
 * import { Effect, Layer, Stream } from "effect"
 * import { TestClock } from "effect/testing"
 *
 * const merge: MergeStrategy.MergeStrategy = { identity: ({ payload }) => String(payload["room"]) }
 * const program = Effect.gen(function* () {
 *   const { client, microgridId, runningStateChanges } = yield* Dispatcher.Dispatcher
 *   const changes = yield* runningStateChanges("HEAT", { merge })
 *   const heat = { type: "HEAT", startTime: "NOW", target: Target.componentIds(7n) } as const
 *   yield* client.create(microgridId, { ...heat, duration: "10 minutes", payload: { room: "A" } })
 *   yield* client.create(microgridId, { ...heat, duration: "30 minutes", payload: { room: "A" } })
 *   yield* TestClock.adjust("1 hour")
 *   const states = Stream.map(Stream.take(changes, 3), ({ state }) => state)
 *   assert.deepStrictEqual(yield* Stream.runCollect(states), ["Running", "Running", "Stopped"])
 * })
 * const Site = Dispatcher.layerWithClient({ microgridId: MicrogridId.make(1n) }).pipe(
 *   Layer.provide(ServiceClient.layerMemory),
 *   Layer.provideMerge(TestClock.layer())
 * )
 * await Effect.runPromise(Effect.scoped(Effect.provide(program, Site)))
 * ```
 *
 * @see BEHAVIOUR section 6
 * @category models
 * @since 0.1.0
 */
export interface MergeStrategy<in P = Payload, out I extends Identity = Identity> {
  /** Gives the same for dispatches that belong together, another for all others. */
  readonly identity: (dispatch: MergedDispatch<P>) => I
  /**
   * Accepts dispatches among those of the type asked for (`type`, absent if none was): all unless given. An update that
   * is turned away ends the dispatch's part in its identity.
   */
  readonly filter?: ((dispatch: MergedDispatch<P>, type: string | undefined) => boolean) | undefined
}

/**
 * Merges dispatches of the same type, live ones and dry runs apart.
 *
 * @category strategies
 * @since 0.1.0
 */
export const byType: MergeStrategy<unknown, string> = {
  identity: ({ dryRun, type }) => JSON.stringify([type, dryRun])
}

/**
 * Merges dispatches of the same type and target, live ones and dry runs apart.
 *
 * **Gotchas**
 *
 * Targets are compared as wholes: the components 1 and 2 are another identity than 2 and 3, though 2 is in both. To
 * follow one component whatever else a dispatch targets, see `byComponent`.
 *
 * @category strategies
 * @since 0.1.0
 */
export const byTypeTarget: MergeStrategy<unknown, string> = {
  identity: ({ dryRun, target, type }) => JSON.stringify([type, dryRun, target._tag, Target.key(target)])
}

/**
 * Merges dispatches of the same type that target a component by its id, alone or among others, live ones and dry runs
 * apart. One strategy follows one component: an application subscribes once for each of its components. For anything but
 * an id it throws an error that says so.
 *
 * @category strategies
 * @since 0.1.0
 */
export const byComponent = (componentId: bigint): MergeStrategy<unknown, string> => {
  // Any other value would follow nothing, without a word.
  const id = Target.ComponentId.make(componentId)
  return {
    identity: byType.identity,
    filter: ({ target }) => target._tag === "ComponentIds" && target.ids.includes(id)
  }
}
