/**
 * Which dispatches a consumer sees as one: while any of them runs, the consumer runs.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "./Dispatch.ts"
import * as Target from "./Target.ts"

/**
 * Which dispatches belong together.
 *
 * Of the dispatches of one identity a merged stream tells as if they were one: `Running` one or more times, then one
 * `Stopped` when the last of them ends.
 *
 * **Gotchas**
 *
 * Both functions must give the same answer for the same version whenever they are asked, and must not throw. They are
 * asked when a change of what runs is published: whether an update that changes nothing of it (neither type, target,
 * payload, duration nor run) would change the identity is not looked at.
 *
 * @category models
 * @since 0.1.0
 */
export interface MergeStrategy {
  /** The same text for dispatches that belong together, another for all others. */
  readonly identity: (dispatch: Dispatch) => string
  /**
   * Which dispatches take part, among those of the type asked for (`type`, absent if none was): all unless given. An
   * update that this turns away ends the dispatch's part in its identity; for a `Stopped` it sees the version that ran.
   */
  readonly filter?: ((dispatch: Dispatch, type: string | undefined) => boolean) | undefined
}

/**
 * Merges dispatches of the same type, live ones and dry runs apart.
 *
 * @category strategies
 * @since 0.1.0
 */
export const byType: MergeStrategy = {
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
export const byTypeTarget: MergeStrategy = {
  identity: ({ dryRun, target, type }) => JSON.stringify([type, dryRun, target._tag, Target.key(target)])
}

/**
 * Merges dispatches of the same type that target a component by its id, alone or among others, live ones and dry runs
 * apart. One strategy follows one component: an application subscribes once for each of its components.
 *
 * @category strategies
 * @since 0.1.0
 */
export const byComponent = (componentId: bigint): MergeStrategy => ({
  identity: byType.identity,
  filter: ({ target }) => target._tag === "ComponentIds" && target.ids.includes(componentId)
})
