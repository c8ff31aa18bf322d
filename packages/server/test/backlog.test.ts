import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option } from "effect"
import { Backlog, Mapped, pull } from "../src/internal/backlog.ts"

const all = <A>(source: { next(): A | undefined }): ReadonlyArray<A> => {
  const taken: Array<A> = []
  for (let next = source.next(); next !== undefined; next = source.next()) taken.push(next)
  return taken
}

describe("a backlog", () => {
  it.effect("its reader is told once of all that comes together, also of what came before it listened", () =>
    Effect.gen(function* () {
      const backlog = new Backlog<number, string>(10)
      const doubled = new Mapped(backlog, (value: number) => 2 * value)
      const heard: Array<ReadonlyArray<number>> = []
      backlog.offer(1)
      doubled.listen(() => heard.push(all(doubled)))
      yield* Effect.yieldNow
      assert.deepStrictEqual(heard, [[2]])
      backlog.offer(2)
      backlog.offer(3)
      assert.strictEqual(heard.length, 1)
      yield* Effect.yieldNow
      assert.deepStrictEqual(heard, [[2], [4, 6]])
      backlog.fail("over")
      backlog.listen(() => heard.push([]))
      yield* Effect.yieldNow
      assert.deepStrictEqual(heard, [[2], [4, 6], []])
    })
  )

  it("holds no more than it may, and takes nothing after a failure, which leaves what waits", () => {
    const backlog = new Backlog<number, string>(2)
    assert.deepStrictEqual(
      [1, 2, 3].map((value) => backlog.offer(value)),
      [true, true, false]
    )
    assert.strictEqual(backlog.size, 2)
    const failures: Array<string | undefined> = []
    backlog.whenFailed(() => failures.push(backlog.failure))
    assert.deepStrictEqual(failures, [])
    backlog.fail("first")
    backlog.fail("second")
    assert.deepStrictEqual(failures, ["first"])
    backlog.whenFailed(() => failures.push("late"))
    assert.deepStrictEqual(failures, ["first", "late"])
    backlog.offer(4)
    assert.deepStrictEqual(all(backlog), [1, 2])
    assert.strictEqual(backlog.failure, "first")
  })

  it.effect("a pull waits for values, gives all there are, and fails after the last", () =>
    Effect.gen(function* () {
      const backlog = new Backlog<number, string>(10)
      const waiting = yield* Effect.forkChild(pull(backlog), { startImmediately: true })
      assert.isUndefined(waiting.pollUnsafe())
      backlog.offer(1)
      backlog.offer(2)
      assert.deepStrictEqual(yield* Fiber.join(waiting), [1, 2])
      backlog.offer(3)
      backlog.fail("over")
      assert.deepStrictEqual(yield* pull(backlog), [3])
      const end = yield* Effect.exit(pull(backlog))
      assert.deepStrictEqual(Exit.findErrorOption(end), Option.some("over"))
    })
  )
})
