/**
 * What subscribers of a dispatching actor ask for.
 *
 * @since 0.1.0
 */
import type { Merging } from "./internal/subscribers/merge.ts"
import type { MergeStrategy } from "./MergeStrategy.ts"

/**
 * What a subscriber asks for.
 *
 * @category models
 * @since 0.1.0
 */
export interface SubscribeOptions {
  /** Only dispatches of this type. */
  readonly type?: string | undefined
  /**
   * Begins with the present state: the last change of every running dispatch, or every known dispatch as `Created`.
   * Before them come, for 10 minutes, the stops of what an earlier process had announced.
   */
  readonly current?: boolean | undefined
  /**
   * How many values this subscriber may be behind before they are conflated: that of the actor unless given, at least
   * 2, so that a command's start and stop fit.
   */
  readonly capacity?: number | undefined
}

/**
 * What a subscriber to running-state changes asks for.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunningStateOptions extends SubscribeOptions {
  /** Which dispatches are told of as one: each by itself unless given. */
  readonly merge?: MergeStrategy | undefined
  /** Takes no part in the stops of what an earlier process had announced: it could not act upon them. @internal */
  readonly leavesRecovered?: boolean | undefined
  /** Merges in the place of `merge`, for a subscriber that needs to know the identities. @internal */
  readonly merging?: Merging | undefined
}
