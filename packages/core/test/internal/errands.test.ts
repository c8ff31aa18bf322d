import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Scope } from "effect"
import { TestClock } from "effect/testing"
import { Errands } from "../../src/internal/errands.ts"

const yieldTwice = Effect.andThen(Effect.yieldNow, Effect.yieldNow)

describe("errands", () => {
  it.effect("begin at once", () =>
    Effect.gen(function* () {
      const steps: Array<string> = []
      const errands = yield* Errands.make(() => {})
      errands.begin(
        Effect.andThen(
          Effect.sync(() => steps.push("begun")),
          Effect.andThen(
            Effect.yieldNow,
            Effect.sync(() => steps.push("done"))
          )
        )
      )
      steps.push("code")
      yield* yieldTwice
      assert.deepStrictEqual(steps, ["begun", "code", "done"])
    }).pipe(Effect.scoped)
  )

  it.effect("tell of failures and defects, and not of interruptions", () =>
    Effect.gen(function* () {
      const told: Array<unknown> = []
      const errands = yield* Errands.make<string>((cause) => told.push(Cause.squash(cause)))
      errands.begin(Effect.fail("failed"))
      errands.begin(Effect.die("died"))
      errands.begin(Effect.interrupt)
      errands.begin(Effect.succeed("done"))
      yield* yieldTwice
      assert.deepStrictEqual(told, ["failed", "died"])
    }).pipe(Effect.scoped)
  )

  it.effect("are interrupted at the end of their scope, and do not begin after it", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const errands = yield* Scope.provide(
        Errands.make(() => {}),
        scope
      )
      const steps: Array<string> = []
      const note = (step: string) => Effect.sync(() => void steps.push(step))
      errands.begin(Effect.onInterrupt(Effect.never, () => note("interrupted")))
      yield* yieldTwice
      yield* Scope.close(scope, Exit.void)
      errands.begin(note("begun"))
      yield* yieldTwice
      assert.deepStrictEqual(steps, ["interrupted"])
    })
  )

  it.effect("begin after a while, unless that has no end", () =>
    Effect.gen(function* () {
      const errands = yield* Errands.make(() => {})
      let isBegun = false
      errands.beginAfter(
        Duration.seconds(2),
        Effect.sync(() => (isBegun = true))
      )
      assert.isUndefined(errands.beginAfter(Duration.infinity, Effect.void))
      yield* yieldTwice
      yield* TestClock.adjust("1999 millis")
      assert.isFalse(isBegun)
      yield* TestClock.adjust("1 millis")
      assert.isTrue(isBegun)
    }).pipe(Effect.scoped)
  )
})
