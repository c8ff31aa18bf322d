import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { arrivalLookInterval, unreadBytesMax } from "@effect-dispatch/server/ServiceLimits"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Exchanges } from "../src/internal/grpc/exchange.ts"
import { network, until } from "./serving.ts"
import { once } from "./wire.ts"

it.effect("of answers that nobody reads the oldest are cut off when they are too many bytes", () =>
  Effect.gen(function* () {
    const exchanges = yield* Exchanges.make
    const answer = Buffer.alloc(unreadBytesMax / 16)
    const server = yield* Effect.acquireRelease(
      Effect.sync(() =>
        http2.createServer({ maxSessionMemory: 1_024 }, (request, response) => {
          exchanges.begin(request, response)
          response.end(answer)
        })
      ),
      (open) => Effect.sync(() => open.close())
    )
    server.listen(0, "127.0.0.1")
    yield* once(server, "listening")
    const { port } = server.address() as AddressInfo
    const session = yield* Effect.acquireRelease(
      Effect.sync(() =>
        http2.connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 1_024 } })
      ),
      (open) => Effect.sync(() => open.destroy())
    )
    const ask = Effect.sync(() => session.request({ ":path": "/" }).on("error", () => {}))
    const calls = yield* Effect.replicateEffect(ask, 18)
    yield* Effect.forEach(calls, (call) => once(call, "response"), { concurrency: "unbounded" })
    yield* network
    assert.isFalse(calls.some(({ closed }) => closed))
    yield* TestClock.adjust(arrivalLookInterval)
    yield* until(() => calls.filter(({ closed }) => closed).length >= 2)
    yield* network
    assert.deepStrictEqual(
      calls.map(({ rstCode }) => rstCode === http2.constants.NGHTTP2_ENHANCE_YOUR_CALM),
      calls.map((_, index) => index < 2)
    )
  }).pipe(Effect.scoped)
)
