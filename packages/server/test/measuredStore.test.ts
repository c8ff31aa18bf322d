import { DispatchStore, StoreError } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import * as MeasuredStore from "../src/internal/measuredStore.ts"

it.effect("a store that fails says once why, until it succeeds again", () =>
  Effect.gen(function* () {
    const locked = new Error("database is locked", { cause: "no error" })
    const failure = new StoreError({
      message: "the store failed: Failed to execute",
      cause: new Error("Failed to execute", { cause: locked })
    })
    const weather = { isAway: true }
    const Fragile = Layer.effect(
      DispatchStore,
      Effect.map(DispatchStore, (store) =>
        DispatchStore.of({
          ...store,
          check: Effect.suspend(() => (weather.isAway ? Effect.fail(failure) : store.check)),
          secret: Effect.suspend(() => (weather.isAway ? Effect.fail(failure) : store.secret))
        })
      )
    ).pipe(Layer.provide(Layer.fresh(DispatchStoreMemory.layer)))
    const lines: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))
    yield* Effect.gen(function* () {
      const store = yield* DispatchStore
      yield* Effect.ignore(store.check)
      yield* Effect.ignore(store.check)
      yield* Effect.ignore(store.secret)
      weather.isAway = false
      yield* store.check
      weather.isAway = true
      yield* Effect.ignore(store.check)
    }).pipe(Effect.provide([MeasuredStore.layer.pipe(Layer.provide(Fragile)), Logger.layer([logger])]))
    assert.deepStrictEqual(lines, [
      "Warn The store fails in check: database is locked",
      "Warn The store fails in secret: database is locked",
      "Warn The store fails in check: database is locked"
    ])
  })
)
