import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Latch } from "effect"
import { Lanes } from "../src/internal/lanes.ts"

/** The number of effects at work, of so many in a lane. */
const working = (lanes: Lanes, name: string, count: number, latch: Latch.Latch) =>
  Effect.gen(function* () {
    let begun = 0
    const work = Effect.andThen(
      Effect.sync(() => void begun++),
      latch.await
    )
    const fibers = yield* Effect.forEach(Array.from({ length: count }), () =>
      Effect.forkScoped(lanes.in(name, work), { startImmediately: true })
    )
    return { begun: () => begun, fibers }
  })

it.effect("what is done for one key waits for what else is done for it, and nobody else does", () =>
  Effect.gen(function* () {
    const lanes = new Lanes(2)
    const latch = yield* Latch.make()
    const greedy = yield* working(lanes, "greedy", 50, latch)
    const modest = yield* working(lanes, "modest", 1, latch)
    assert.strictEqual(greedy.begun(), 2)
    assert.strictEqual(modest.begun(), 1)
    // A waiting effect that gives up leaves its place to others.
    yield* Effect.forEach(greedy.fibers.slice(2, 49), Fiber.interrupt)
    yield* latch.open
    yield* Fiber.join(greedy.fibers[49] as Fiber.Fiber<void>)
    assert.strictEqual(greedy.begun(), 3)
  }).pipe(Effect.scoped)
)
