import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as TokenGate from "../src/TokenGate.ts"

const at = (epoch: bigint, id = 7n) => ({ microgridId: MicrogridId.make(id), epoch })

/** A store in which reading takes a turn. */
const slowly = Layer.effect(
  KeyValueStore.KeyValueStore,
  Effect.map(KeyValueStore.KeyValueStore, (store) => ({
    ...store,
    get: (key: string) => Effect.tap(store.get(key), () => Effect.yieldNow)
  }))
).pipe(Layer.provide(KeyValueStore.layerMemory))

describe("F4: a gate", () => {
  it.effect("lets through a higher epoch, or a higher number in the same one, and nothing twice", () =>
    Effect.gen(function* () {
      const gate = yield* TokenGate.make
      const admitted = yield* Effect.forEach(
        [
          [2n, 1n],
          [2n, 1n],
          [2n, 3n],
          [2n, 2n],
          [1n, 9n],
          [3n, 1n],
          [2n, 9n]
        ] as const,
        ([epoch, number]) => gate.admit(at(epoch), number)
      )
      assert.deepStrictEqual(admitted, [true, false, true, false, false, true, false])
      assert.isTrue(yield* gate.admit(at(1n, 8n), 1n), "each microgrid has its own order")
    })
  )

  it.effect("F4: one that is kept remembers over processes, and admits what it cannot compare", () =>
    Effect.gen(function* () {
      const store = yield* KeyValueStore.KeyValueStore
      const first = yield* TokenGate.makeKept
      assert.isTrue(yield* first.admit(at(5n), 2n))
      const second = yield* TokenGate.makeKept
      assert.isFalse(yield* second.admit(at(4n), 9n))
      assert.isFalse(yield* second.admit(at(5n), 2n))
      yield* store.set("gate-7", "damaged")
      assert.isTrue(yield* second.admit(at(4n), 9n))
      assert.isFalse(yield* second.admit(at(4n), 9n))
    }).pipe(Effect.provide(KeyValueStore.layerMemory))
  )

  it.effect("F4: two that ask at the same time are asked one after the other", () =>
    Effect.gen(function* () {
      const gate = yield* TokenGate.makeKept
      const all = yield* Effect.all([gate.admit(at(1n), 1n), gate.admit(at(1n), 1n)], {
        concurrency: "unbounded"
      })
      assert.sameMembers(all, [true, false])
    }).pipe(Effect.provide(slowly))
  )
})
