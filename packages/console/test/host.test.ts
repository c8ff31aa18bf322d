import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Queue } from "effect"
import * as Host from "../src/worker/host.ts"
import { fromWorker, type ToPage, type ToWorker, toWorker } from "../src/worker/protocol.ts"

type Opening = Extract<ToWorker, { readonly _tag: "Open" }>

const opening: Opening = {
  _tag: "Open",
  microgridId: 1n,
  authKey: "a key",
  signSecret: null,
  consoleToken: null,
  part: ""
}

const answering: Host.Serving = (_, __, asked) =>
  Effect.forever(Effect.map(Queue.take(asked), ({ reply }) => reply({ _tag: "Done" })))

/** A worker that answers every question with "done", and the pages that open it. */
const worker = Effect.gen(function* () {
  const channels: Array<MessageChannel> = []
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const { port1, port2 } of channels) {
        port1.close()
        port2.close()
      }
    })
  )
  const enter = Host.make(answering, { ends: "with the worker" })
  /** Opens a page, which then asks something; gives all that it is told until it has an answer. */
  return (more: Partial<Opening>) =>
    Effect.callback<ReadonlyArray<ToPage>>((resume) => {
      const channel = new MessageChannel()
      channels.push(channel)
      const told: Array<ToPage> = []
      channel.port2.onmessage = ({ data }) => {
        const message = fromWorker(data)
        told.push(message)
        if (message._tag === "Answered") resume(Effect.succeed(told))
      }
      enter(channel.port1)
      toWorker(channel.port2, { ...opening, ...more })
      toWorker(channel.port2, { _tag: "Ask", number: 1, request: { _tag: "TryNow" } })
    })
})

describe("a worker", () => {
  it.live("serves any number of pages with the same key", () =>
    Effect.gen(function* () {
      const page = yield* worker
      for (const told of [yield* page({}), yield* page({})]) {
        assert.strictEqual(told[0]?._tag, "Begun")
        assert.deepInclude(told.at(-1), { answer: { _tag: "Done" } })
      }
    })
  )

  it.live("tells a page with another key nothing, and does nothing for it", () =>
    Effect.gen(function* () {
      const page = yield* worker
      yield* page({})
      for (const other of [
        { authKey: null },
        { authKey: "another key" },
        { signSecret: "a secret" },
        { consoleToken: "a token" },
        { microgridId: 2n },
        { part: "CHARGE" }
      ]) {
        const told = yield* page(other)
        assert.deepStrictEqual(
          told.map(({ _tag }) => _tag),
          ["Foreign", "Answered"]
        )
        assert.nestedPropertyVal(told[1], "answer.reason", "Unauthenticated")
      }
    })
  )

  it.live("within a page serves until the page leaves", () =>
    Effect.gen(function* () {
      const ended = yield* Deferred.make<void>()
      const serve: Host.Serving = (...given) =>
        Effect.onInterrupt(answering(...given), () => Deferred.succeed(ended, undefined))
      const { port1, port2 } = yield* Effect.acquireRelease(
        Effect.sync(() => new MessageChannel()),
        ({ port1, port2 }) => Effect.sync(() => [port1.close(), port2.close()])
      )
      Host.make(serve, { ends: "with the page" })(port1)
      toWorker(port2, opening)
      toWorker(port2, { _tag: "Leave" })
      yield* Deferred.await(ended)
    })
  )
})
