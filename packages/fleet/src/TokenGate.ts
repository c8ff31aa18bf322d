/**
 * The consumer's side of fencing: lets through what is newer than all before.
 *
 * @since 0.1.0
 */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Option, Schema, Semaphore } from "effect"
import { KeyValueStore, type KeyValueStoreError } from "effect/persistence/KeyValueStore"
import type { Token } from "./FencingToken.ts"

/**
 * A place between an edge and its effect. It belongs where the effect is: in the driver of a device, in its
 * database.
 *
 * @category models
 * @since 0.1.0
 */
export interface TokenGate<E = never> {
  /**
   * True if this is newer than all that was let through for the microgrid: a higher epoch, or a higher number in the
   * same one. Calls take turns.
   */
  readonly admit: (token: Token, number: bigint) => Effect.Effect<boolean, E>
}

/** The newest value that was let through. */
interface Mark {
  readonly epoch: bigint
  readonly number: bigint
}

const isNewer = (last: Mark | undefined, { epoch, number }: Mark): boolean =>
  last === undefined || epoch > last.epoch || (epoch === last.epoch && number > last.number)

/** The newest values by microgrid. */
interface Memory<E> {
  readonly last: (id: MicrogridId) => Effect.Effect<Mark | undefined, E>
  readonly put: (id: MicrogridId, mark: Mark) => Effect.Effect<void, E>
}

const over = <E>({ last, put }: Memory<E>): TokenGate<E> => {
  const inTurn = Semaphore.makeUnsafe(1)
  return {
    admit: ({ epoch, microgridId }, number) =>
      inTurn.withPermit(
        Effect.gen(function* () {
          const mark = { epoch, number }
          if (!isNewer(yield* last(microgridId), mark)) return false
          yield* put(microgridId, mark)
          return true
        })
      )
  }
}

/**
 * A gate that remembers until the process ends.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { MicrogridId } from "@effect-dispatch/core"
 * import { TokenGate } from "@effect-dispatch/fleet"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const gate = yield* TokenGate.make
 *   const at = (epoch: bigint) => ({ microgridId: MicrogridId.make(7n), epoch })
 *   assert.strictEqual(yield* gate.admit(at(2n), 1n), true)
 *   assert.strictEqual(yield* gate.admit(at(2n), 1n), false)
 *   assert.strictEqual(yield* gate.admit(at(1n), 9n), false)
 * })
 * await Effect.runPromise(program)
 * ```
 *
 * @see BEHAVIOUR F4
 * @category constructors
 * @since 0.1.0
 */
export const make: Effect.Effect<TokenGate> = Effect.sync(() => {
  const marks = new Map<MicrogridId, Mark>()
  return over({
    last: (id) => Effect.sync(() => marks.get(id)),
    put: (id, mark) => Effect.sync(() => void marks.set(id, mark))
  })
})

const KeptMark = Schema.fromJsonString(
  Schema.Struct({ epoch: Schema.BigIntFromString, number: Schema.BigIntFromString })
)

/**
 * A gate that remembers in the `KeyValueStore` at hand, in one value a microgrid. It is written before `admit` gives
 * true. A value that cannot be read is logged and replaced: the next token counts as the highest, because to refuse it
 * could lose a stop.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeKept: Effect.Effect<TokenGate<KeyValueStoreError>, never, KeyValueStore> = Effect.map(
  KeyValueStore,
  (store) => {
    const keyOf = (id: MicrogridId) => `gate-${id}`
    return over<KeyValueStoreError>({
      last: Effect.fnUntraced(function* (id) {
        const text = yield* store.get(keyOf(id))
        if (text === undefined) return undefined
        const mark = Schema.decodeOption(KeptMark)(text)
        if (Option.isNone(mark))
          yield* Effect.logWarning(`The gate of microgrid ${id} cannot be read: ${text}`)
        return Option.getOrUndefined(mark)
      }),
      put: (id, mark) => store.set(keyOf(id), Schema.encodeSync(KeptMark)(mark))
    })
  }
)
