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

/** A page: what it says, and the next that it hears of a kind. */
interface Page {
  readonly posts: (message: unknown) => void
  readonly says: (message: ToWorker) => void
  readonly asks: (number: number) => void
  readonly hears: (kind: ToPage["_tag"]) => Effect.Effect<ToPage>
}

/** Pages of one worker. */
const pagesOf = Effect.fnUntraced(function* (serve: Host.Serving) {
  const enter = Host.make(serve, { ends: "with the worker" })
  return Effect.gen(function* () {
    const heard = yield* Queue.unbounded<ToPage>()
    const { port1, port2 } = yield* Effect.acquireRelease(
      Effect.sync(() => new MessageChannel()),
      ({ port1, port2 }) => Effect.sync(() => [port1.close(), port2.close()])
    )
    port2.onmessage = ({ data }) => Queue.offerUnsafe(heard, fromWorker(data))
    enter(port1)
    const hears: Page["hears"] = (kind) =>
      Effect.flatMap(Queue.take(heard), (message) =>
        message._tag === kind ? Effect.succeed(message) : hears(kind)
      )
    const says = (message: ToWorker) => toWorker(port2, message)
    return {
      hears,
      says,
      posts: (message) => port2.postMessage(message),
      asks: (number) => says({ _tag: "Ask", number, request: { _tag: "TryNow" } })
    } satisfies Page
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

  it.live(
    "W13: tells every page that serving has ended, and serves all of them anew when one asks for it",
    () =>
      Effect.gen(function* () {
        let isBroken = true
        const serve: Host.Serving = (_, __, asked) =>
          Effect.forever(
            Effect.map(Queue.take(asked), ({ reply }) => {
              if (isBroken) throw new Error("the scale is broken")
              reply({ _tag: "Done" })
            })
          )
        const page = yield* pagesOf(serve)
        const [one, other] = [yield* page, yield* page]
        for (const each of [one, other]) {
          each.says(opening)
          yield* each.hears("Stands")
        }
        one.asks(1)
        for (const each of [one, other])
          assert.deepStrictEqual(yield* each.hears("Ended"), { _tag: "Ended", cause: "the scale is broken" })
        // A later question has an answer as well, and does not wait for somebody who is gone.
        one.asks(2)
        assert.nestedPropertyVal(yield* one.hears("Answered"), "answer.reason", "Unavailable")
        isBroken = false
        const third = yield* page
        third.says({ ...opening, authKey: "another key" })
        yield* third.hears("Foreign")
        other.says(opening)
        for (const each of [one, other]) {
          yield* each.hears("Begun")
          each.asks(3)
          assert.deepInclude(yield* each.hears("Answered"), { answer: { _tag: "Done" } })
        }
        third.asks(3)
        assert.nestedPropertyVal(yield* third.hears("Answered"), "answer.reason", "Unauthenticated")
      })
  )

  it.live("W13: tells a page that serving could not begin", () =>
    Effect.gen(function* () {
      const page = yield* yield* pagesOf(() => Effect.fail("no such key"))
      page.says(opening)
      assert.deepStrictEqual(yield* page.hears("Ended"), { _tag: "Ended", cause: "no such key" })
    })
  )

  it.live("W13: tells a page whose message it cannot read, and answers pings of any page", () =>
    Effect.gen(function* () {
      const page = yield* yield* pagesOf(answering)
      for (const wrong of [{ _tag: "OfAnotherTime" }, { ...opening, microgridId: String(2n ** 64n) }]) {
        page.posts(wrong)
        yield* page.hears("Ended")
      }
      page.says({ _tag: "Ping" })
      yield* page.hears("Alive")
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
