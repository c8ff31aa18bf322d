/**
 * The caller that the service acts for.
 *
 * @since 0.1.0
 */
import { Context } from "effect"

/**
 * The caller: the name of the key that was shown, which audit records carry.
 *
 * @category models
 * @since 0.1.0
 */
export interface Caller {
  readonly name: string
  /** The id of the key; calls of one key wait for each other. */
  readonly id?: string | undefined
}

/**
 * The caller of the service. A program that uses the service directly, without a wire, is `local`.
 *
 * @category references
 * @since 0.1.0
 */
export const Caller: Context.Reference<Caller> = Context.Reference<Caller>("@effect-dispatch/server/Caller", {
  defaultValue: () => ({ name: "local" })
})
