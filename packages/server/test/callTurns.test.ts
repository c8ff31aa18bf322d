import { EventEmitter } from "node:events"
import type * as http2 from "node:http2"
import { callsBegunAtOnce, callsToBeginMax } from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { CallTurns } from "../src/internal/grpc/callTurns.ts"

/** Takes turns for calls of sessions; the calls that have begun so far, by session. */
const calls = () => {
  const turns = new CallTurns()
  const begun: Array<string> = []
  const sessions = new Map<string, EventEmitter>()
  const take = (name: string, isClosed = false) => {
    const session = sessions.get(name) ?? new EventEmitter()
    sessions.set(name, session)
    const stream = { session, closed: isClosed, destroyed: false } as unknown as http2.ServerHttp2Stream
    return turns.take(stream, () => void begun.push(name))
  }
  return { begun, take }
}

const turn = Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))

describe("CallTurns", () => {
  it.live("calls begin at once, up to so many in a turn of the event loop", () =>
    Effect.gen(function* () {
      const { begun, take } = calls()
      for (let call = 0; call < 3 * callsBegunAtOnce; call++) take("one")
      assert.strictEqual(begun.length, callsBegunAtOnce)
      yield* turn
      assert.strictEqual(begun.length, 2 * callsBegunAtOnce)
      yield* turn
      yield* turn
      assert.strictEqual(begun.length, 3 * callsBegunAtOnce)
      take("one")
      assert.strictEqual(begun.length, 3 * callsBegunAtOnce + 1)
    })
  )

  it.live("a session with thousands of calls lets another begin in the next turn", () =>
    Effect.gen(function* () {
      const { begun, take } = calls()
      for (let call = 0; call < 4_000; call++) take("flood")
      take("other")
      take("other")
      assert.notInclude(begun, "other")
      yield* turn
      assert.deepStrictEqual(begun.slice(callsBegunAtOnce, callsBegunAtOnce + 4), [
        "flood",
        "other",
        "flood",
        "other"
      ])
    })
  )

  it.live("a call that went away while it waited never begins, and takes the turn of none", () =>
    Effect.gen(function* () {
      const { begun, take } = calls()
      for (let call = 0; call < callsBegunAtOnce; call++) take("one")
      for (let call = 0; call < 1_000; call++) take("gone", true)
      take("one")
      yield* turn
      assert.strictEqual(begun.length, callsBegunAtOnce + 1)
      assert.notInclude(begun, "gone")
    })
  )

  it.live("only so many wait; there is room again as they begin", () =>
    Effect.gen(function* () {
      const { begun, take } = calls()
      const most = callsBegunAtOnce + callsToBeginMax
      for (let call = 0; call < most; call++) assert.isTrue(take(call % 2 === 0 ? "one" : "two"))
      assert.isFalse(take("one"))
      assert.isFalse(take("other"))
      yield* turn
      for (let call = 0; call < callsBegunAtOnce; call++) assert.isTrue(take("other"))
      assert.isFalse(take("other"))
      assert.strictEqual(begun.length, 2 * callsBegunAtOnce)
    })
  )
})
