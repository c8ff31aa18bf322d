import { patient } from "../../../src/internal/engine/patientLocks.ts"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { RunnerAddress, RunnerStorage, ShardId } from "effect/cluster"
import { TestClock } from "effect/testing"

const address = RunnerAddress.make("127.0.0.1", 7070)
const wanted = [1, 2, 3].map((id) => ShardId.make("default", id))

/** Asks for three locks that become free after so many milliseconds; gives how many came, and when. */
const asked = (freeAfter: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    const storage = yield* patient(
      RunnerStorage.RunnerStorage.of({
        ...(yield* RunnerStorage.makeMemory),
        acquire: () =>
          Effect.map(Clock.currentTimeMillis, (now) =>
            wanted.filter((_, index) => (freeAfter[index] ?? Infinity) <= now - began)
          )
      })
    )
    const asking = yield* Effect.forkChild(
      Effect.flatMap(storage.acquire(address, wanted), ({ length }) =>
        Effect.map(Clock.currentTimeMillis, (at) => ({ came: length, at: at - began }))
      )
    )
    yield* TestClock.adjust("5 seconds")
    return yield* Fiber.join(asking)
  })

describe("patientLocks", () => {
  it.effect("F2: locks that are free are taken at once, and wait for no others", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* asked([0, 0, 0]), { came: 3, at: 0 })
      assert.deepStrictEqual(yield* asked([0, 0, 150]), { came: 2, at: 0 })
    })
  )

  it.effect(
    "F2: those that are about to be given away are waited for, and taken as soon as the last is free",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* asked([50, 150, 320]), { came: 3, at: 400 })
      })
  )

  it.effect("F2: those that are kept do not hold up the others for long", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* asked([100, 100]), { came: 2, at: 600 })
      assert.deepStrictEqual(yield* asked([100, 500, 6_000]), { came: 2, at: 900 })
    })
  )

  it.effect("F2: where none comes, the wait has an end", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* asked([]), { came: 0, at: 900 })
    })
  )
})
