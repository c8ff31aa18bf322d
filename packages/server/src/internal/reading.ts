/**
 * Finds stored dispatches that cannot be read. Stored bytes are passed on as they are; those that hold no dispatch would
 * spoil a whole page for its reader. So they are read once, and remembered by what they are.
 */
import { crc32 } from "node:zlib"
import type { UnreadableDispatch } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Effect, Result } from "effect"
import type { StoredDispatch } from "../DispatchStore.ts"
import { flawsToldMax, soundBytesKnownMax } from "../ServiceLimits.ts"
import { rowNameOf } from "./storedDispatch.ts"

/** Knows what was read, and what was logged. */
export class Reading {
  /** The checksums of bytes that were read. */
  readonly #sound = new Map<DispatchId, number>()
  readonly #told = new Set<string>()

  /** The admission that bytes hold no dispatch, if they hold none. */
  flawOf(microgridId: MicrogridId, id: DispatchId, stored: StoredDispatch): UnreadableDispatch | undefined {
    const sum = crc32(stored.bytes)
    if (this.#sound.get(id) === sum) return undefined
    const read = Result.try(() => stored.dispatch)
    if (Result.isFailure(read)) {
      const message = `${rowNameOf(microgridId, id)} in the store cannot be read: ${Thrown.messageOf(read.failure)}`
      return { _tag: "UnreadableDispatch", id, updateTime: undefined, path: "dispatch", message }
    }
    if (this.#sound.size >= soundBytesKnownMax) this.#sound.clear()
    this.#sound.set(id, sum)
    return undefined
  }

  /** Logs a flaw, unless it was logged before. */
  tell({ message }: UnreadableDispatch): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#told.has(message)) return Effect.void
      if (this.#told.size >= flawsToldMax) this.#told.clear()
      this.#told.add(message)
      return Effect.logError(`The ${message}; it can be deleted`)
    })
  }
}
