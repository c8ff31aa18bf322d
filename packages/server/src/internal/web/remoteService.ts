/** A service elsewhere, as calls are handed on to it. */
import type { Transport } from "@connectrpc/connect"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"

/**
 * A service elsewhere: calls of it show the credentials of this machine.
 *
 * @category models
 * @since 0.1.0
 */
export interface RemoteService {
  readonly transport: Transport
  /** Makes the error of what a call threw. */
  readonly failureOf: (thrown: unknown) => DispatchError
}
