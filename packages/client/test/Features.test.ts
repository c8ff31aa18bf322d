import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { Features } from "../src/internal/features.ts"

const announcing = (features: string): Headers => new Headers({ "dispatch-features": features })

/** The features of a service that answers as it is told to, and the number of times that it was asked. */
const start = Effect.gen(function* () {
  const features = new Features(yield* Clock.Clock, "127.0.0.1:1")
  let answer = new Headers()
  let asked = 0
  const ask = Effect.sync(() => {
    asked++
    features.see(answer)
  })
  return {
    features,
    answersWith: (headers: Headers) => void (answer = headers),
    /** Requires a feature, and gives the reason of a refusal. */
    require: (feature: "calendar" | "name") =>
      Effect.match(features.require([feature], ask), {
        onSuccess: () => "kept",
        onFailure: ({ reason }) => reason._tag
      }),
    asked: () => asked,
    ask
  }
})

describe("the features of a service", () => {
  it.effect("that were not announced are asked for again after a minute, and not before", () =>
    Effect.gen(function* () {
      const { answersWith, asked, require } = yield* start
      assert.strictEqual(yield* require("calendar"), "Unsupported")
      answersWith(announcing("calendar"))
      yield* TestClock.adjust(59_999)
      assert.deepStrictEqual([yield* require("calendar"), asked()], ["Unsupported", 1])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual([yield* require("calendar"), asked()], ["kept", 2])
      // Another one is asked for apart, and what was announced once stays so.
      assert.deepStrictEqual([yield* require("name"), asked()], ["Unsupported", 2])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual([yield* require("calendar"), asked()], ["kept", 2])
    })
  )

  it.effect("stay what they are where a refusal announces none, as that of a proxy does", () =>
    Effect.gen(function* () {
      const { features, require } = yield* start
      features.see(announcing("calendar,name"))
      features.seeRefusal(new Headers())
      assert.strictEqual(yield* require("name"), "kept")
      features.seeRefusal(announcing("calendar"))
      assert.strictEqual(yield* require("name"), "Unsupported")
    })
  )

  it.effect("are asked for once by many that wait, and a service that does not answer is the reason", () =>
    Effect.gen(function* () {
      const { answersWith, ask, asked, features } = yield* start
      const away = Effect.andThen(Effect.yieldNow, DispatchError.unavailable("away"))
      const failed = yield* Effect.flip(features.require(["name"], away))
      assert.strictEqual(failed.reason._tag, "Unavailable")
      answersWith(announcing("name"))
      const slowly = Effect.andThen(Effect.yieldNow, ask)
      const many = Array.from({ length: 10 }, () => features.require(["name"], slowly))
      yield* Effect.all(many, { concurrency: "unbounded" })
      assert.strictEqual(asked(), 1)
    })
  )
})
