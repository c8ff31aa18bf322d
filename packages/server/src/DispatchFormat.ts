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
 * `encode` dies for a dispatch that was not validated, `decode` for foreign bytes.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchFormat, DispatchFormatProtobuf } from "@effect-dispatch/server"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const { decode } = yield* DispatchFormat.DispatchFormat
 *   assert.throws(() => decode(new Uint8Array([255])))
 * })
 * await Effect.runPromise(Effect.provide(program, DispatchFormatProtobuf.layer))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class DispatchFormat extends Context.Service<
  DispatchFormat,
  {
    readonly encode: (dispatch: Dispatch) => Uint8Array
    readonly decode: (bytes: Uint8Array) => Dispatch
    /** The message that the API has of the dispatch in these bytes; the bytes themselves, where they are that. */
    readonly toMessage: (bytes: Uint8Array) => Uint8Array
  }
>()("@effect-dispatch/server/DispatchFormat") {}
