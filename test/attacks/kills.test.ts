import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { freePort } from "../integration/freePort.ts"
import { folder } from "../integration/program.ts"
import { isInFull } from "./eventLoop.ts"
import { kills } from "./kills.ts"

describe("A service that is killed again and again under load", () => {
  it.live(
    "has every write that it acknowledged, once",
    () =>
      Effect.gen(function* () {
        const store = `sqlite:${join(yield* folder, "killed.sqlite")}`
        const { acknowledged, doubled, found, held, unanswered } = yield* kills({
          store,
          port: yield* freePort,
          rounds: isInFull ? 30 : 3,
          writers: 6
        })
        assert.isAtLeast(acknowledged, 180)
        assert.deepStrictEqual([found, doubled], [acknowledged, 0])
        assert.isAtMost(held, acknowledged + unanswered)
      }),
    600_000
  )
})
