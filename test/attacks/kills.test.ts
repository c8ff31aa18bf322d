import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { folder } from "../integration/program.ts"
import { isInFull } from "./eventLoop.ts"
import { kills } from "./kills.ts"

/** A port that is free at this moment: the service is started on it again and again. */
const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

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
