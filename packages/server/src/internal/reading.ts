/** Reads dispatches that a store gives. Bytes that hold none are told, and keep nobody from the others. */
import type { DispatchRecord, UnreadableDispatch } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Effect, Result } from "effect"
import type { StoredDispatch } from "../DispatchStore.ts"
import { flawsToldMax } from "../ServiceLimits.ts"
import { rowNameOf } from "./storedDispatch.ts"

/** The dispatch in the bytes, or the admission that they hold none. */
export const recordOf = (microgridId: MicrogridId, id: DispatchId, stored: StoredDispatch): DispatchRecord =>
  Result.match(
    Result.try(() => stored.dispatch),
    {
      onSuccess: (dispatch): DispatchRecord => dispatch,
      onFailure: (thrown) => ({
        _tag: "UnreadableDispatch",
        id,
        updateTime: undefined,
        path: "dispatch",
        message: `${rowNameOf(microgridId, id)} in the store cannot be read: ${Thrown.messageOf(thrown)}`
      })
    }
  )

/** True of what `recordOf` could not read. */
export const isUnreadable = (record: DispatchRecord): record is UnreadableDispatch =>
  record._tag === "UnreadableDispatch"

/** The flaws that were logged, so that each reader does not log them anew. */
export class Flaws {
  readonly #told = new Set<string>()

  readonly tell = ({ message }: UnreadableDispatch): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (this.#told.has(message)) return Effect.void
      if (this.#told.size >= flawsToldMax) this.#told.clear()
      this.#told.add(message)
      return Effect.logError(`The ${message}; it can be deleted`)
    })
}
