/**
 * The information that a managed actor gets about the dispatch it acts for.
 *
 * @since 0.1.0
 */
import { Data, type DateTime } from "effect"
import type { Dispatch } from "./Dispatch.ts"
import type { Payload } from "./Payload.ts"
import type { RunningStateChange } from "./RunningStateChange.ts"
import type { Target } from "./Target.ts"

interface Fields<P> {
  /** The components to act upon. */
  readonly target: Target
  /** The payload, decoded if a schema was given for the type. */
  readonly payload: P
  /** The version it is about. */
  readonly dispatch: Dispatch
  /** Planned end of the run; absent if it has none. For a command, the instant it was due. */
  readonly until: DateTime.Utc | undefined
  /** True if another run begins no later than `until`. */
  readonly continues: boolean
}

/**
 * - `Live`: act.
 * - `DryRun`: do all but act. The work of an actor for a dry run must have no effect on the microgrid.
 *
 * @category models
 * @since 0.1.0
 */
export type DispatchInfo<P = Payload> = Data.TaggedEnum<{
  Live: Fields<P>
  DryRun: Fields<P>
}>

interface Definition extends Data.TaggedEnum.WithGenerics<1> {
  readonly taggedEnum: DispatchInfo<this["A"]>
}

/**
 * Constructors, guards and `$match` of the two kinds.
 *
 * @category constructors
 * @since 0.1.0
 */
export const DispatchInfo = Data.taggedEnum<Definition>()

/**
 * The info of a `Running` change, with its payload decoded.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromChange = <P>(
  { continues, dispatch, until }: RunningStateChange,
  payload: P
): DispatchInfo<P> => {
  const fields = { target: dispatch.target, payload, dispatch, until, continues }
  return dispatch.dryRun ? DispatchInfo.DryRun(fields) : DispatchInfo.Live(fields)
}
