/**
 * The form in which a store keeps dispatches.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { Context } from "effect"

/**
 * Makes and reads the bytes that a store keeps of a dispatch. A store looks into none of them: it has columns for what
 * it must find.
 *
 * What a service has validated can be written, and what was written can be read; anything else is a defect.
 *
 * @category services
 * @since 0.1.0
 */
export class DispatchFormat extends Context.Service<
  DispatchFormat,
  {
    readonly encode: (dispatch: Dispatch) => Uint8Array
    readonly decode: (bytes: Uint8Array) => Dispatch
  }
>()("@effect-dispatch/server/DispatchFormat") {}
