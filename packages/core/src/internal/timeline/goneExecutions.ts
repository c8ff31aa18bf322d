/** The executions of commands that are gone (R9, "At most once"). */
import type { DispatchId } from "../../DispatchId.ts"
import type { Executions } from "./executions.ts"

export interface GoneExecutions {
  /** They may come back, for instance when the clock is set back. */
  readonly gone: Map<DispatchId, Executions>
  /** The latest occurrence that was executed by an id that is gone and forgotten. */
  forgottenUpTo: number
}

/**
 * The number of gone commands whose executions are remembered. Beyond, those that went first are forgotten, which is
 * counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const goneMax = 10_000

/** Forgets the executions of those that went first, as far as there are too many. */
export const boundGone = (
  executions: GoneExecutions,
  { forgotten }: { readonly forgotten: Array<DispatchId> }
): void => {
  const { gone } = executions
  for (const [id, { latest }] of gone) {
    if (gone.size <= goneMax) return
    gone.delete(id)
    executions.forgottenUpTo = Math.max(executions.forgottenUpTo, latest)
    forgotten.push(id)
  }
}
