import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Queue } from "effect"
import { Pages } from "../src/worker/pages.ts"
import * as Session from "../src/worker/session.ts"
import type { Answer } from "../src/worker/protocol.ts"

/** Pages to which one thing cannot be told. */
class DeafPages extends Pages {
  constructor(deafTo: "stands" | "happened" | "keyed") {
    super(0)
    this[deafTo] = () => {
      throw new Error(`deaf to ${deafTo}`)
    }
  }
}

/** A session with a service that is not there. */
const session = (pages: Pages, authKey?: string) =>
  Effect.gen(function* () {
    const asked = yield* Queue.unbounded<Session.Asked>()
    const options: Session.SessionOptions = {
      url: "http://127.0.0.1:1/api",
      microgridId: MicrogridId.make(1n),
      authKey,
      signSecret: undefined,
      consoleToken: undefined,
      part: ""
    }
    return { asked, run: Session.run(options, pages, asked) }
  })

const endOf = (run: Effect.Effect<void, unknown>) =>
  Effect.map(Effect.exit(Effect.timeout(run, "3 seconds")), (exit) =>
    Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : "none"
  )

describe("the session of a worker", () => {
  it.live("W13: ends when a part of it has failed, so that nobody takes what the others tell for all", () =>
    Effect.gen(function* () {
      for (const deafTo of ["stands", "happened"] as const) {
        const { run } = yield* session(new DeafPages(deafTo))
        assert.strictEqual(yield* endOf(run), `Error: deaf to ${deafTo}`)
      }
    })
  )

  it.live("W13: goes on while nothing fails, also without a service", () =>
    Effect.gen(function* () {
      const { run } = yield* session(new Pages(0))
      assert.match(yield* endOf(run), /Timeout/)
    })
  )

  it.live("W13: says why it cannot begin", () =>
    Effect.gen(function* () {
      const { run } = yield* session(new Pages(0), "a key with ü")
      assert.match(yield* endOf(run), /a key is visible ASCII/)
    })
  )

  it.live("W13: answers a question over which the page itself failed", () =>
    Effect.gen(function* () {
      const { asked, run } = yield* session(new Pages(0))
      const answer = Effect.callback<Answer>((resume) => {
        const request = { _tag: "Create", draft: undefined } as never
        Queue.offerUnsafe(asked, { request, reply: (answer) => resume(Effect.succeed(answer)) })
      })
      const first = yield* Effect.raceFirst(answer, Effect.andThen(run, Effect.never))
      assert.nestedPropertyVal(first, "reason", "Defect")
    })
  )
})
