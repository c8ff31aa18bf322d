import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Logger, Scope, Exit } from "effect"
import { TestClock } from "effect/testing"
import * as Background from "../src/internal/background.ts"

/** Work that fails unexpectedly while it is told to. */
class Work {
  isBroken = false
  done = 0

  readonly look = Effect.sync(() => {
    if (this.isBroken) throw new SyntaxError("Cannot convert x to a BigInt")
    this.done++
  })
}

/** Collects what is logged as an error. */
const collecting = (lines: Array<string>) =>
  Logger.layer([
    Logger.make(({ logLevel, message }) => {
      if (logLevel === "Error") lines.push(String(message))
    })
  ])

describe("work in the background", () => {
  it.effect("a look that fails unexpectedly is told once, and the next looks follow", () => {
    const lines: Array<string> = []
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      const work = new Work()
      yield* Scope.provide(Background.every("Reading", Duration.seconds(15), work.look), scope)
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(work.done, 2)
      work.isBroken = true
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(work.done, 2)
      assert.deepStrictEqual(yield* Background.troubles, ["Reading fails: Cannot convert x to a BigInt"])
      assert.lengthOf(lines, 1)
      work.isBroken = false
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(work.done, 3)
      assert.deepStrictEqual(yield* Background.troubles, [])
      work.isBroken = true
      yield* TestClock.adjust("15 seconds")
      assert.lengthOf(lines, 2)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(yield* Background.troubles, [])
      work.isBroken = false
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(work.done, 3)
    }).pipe(Effect.provide(collecting(lines)))
  })

  it.effect(
    "work that goes on by itself begins again after an unexpected failure, and not after its end",
    () => {
      const lines: Array<string> = []
      return Effect.gen(function* () {
        const work = new Work()
        work.isBroken = true
        yield* Background.forever("Following", work.look)
        yield* TestClock.adjust("500 millis")
        assert.deepStrictEqual(yield* Background.troubles, ["Following fails: Cannot convert x to a BigInt"])
        work.isBroken = false
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(work.done, 1)
        assert.deepStrictEqual(yield* Background.troubles, [])
        assert.lengthOf(lines, 1)
      }).pipe(Effect.scoped, Effect.provide(collecting(lines)))
    }
  )
})
