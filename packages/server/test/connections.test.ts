import { EventEmitter } from "node:events"
import type * as http2 from "node:http2"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Connections } from "../src/internal/grpc/connections.ts"

/** The sockets that a server lets go of those that come from addresses. */
const letGo = (addresses: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const server = new EventEmitter()
    yield* Connections.watch(server as http2.Http2Server, {
      strangersPerAddress: 2,
      proxies: ["::1", "2001:db8:0:9::1"]
    })
    const gone: Array<string> = []
    addresses.forEach((remoteAddress, index) => {
      const destroy = () => void gone.push(remoteAddress)
      server.emit(
        "connection",
        Object.assign(new EventEmitter(), { remoteAddress, remotePort: index, destroy })
      )
    })
    yield* Effect.yieldNow
    return gone
  })

describe("Connections", () => {
  it.effect(
    "strangers of one network of IPv6 count as one, those of IPv4 by address, and proxies not at all",
    () =>
      Effect.gen(function* () {
        const network = (host: number) => `2001:db8:0:9::${host}`
        assert.deepStrictEqual(yield* letGo([2, 3, 4, 5].map(network)), [network(4), network(5)])
        assert.deepStrictEqual(yield* letGo([2, 3, 1, 1, 1, 4].map(network)), [network(4)])
        assert.deepStrictEqual(yield* letGo(["::1", "::1", "::1", "192.0.2.1", "192.0.2.2", "192.0.2.1"]), [])
        assert.deepStrictEqual(yield* letGo(Array(3).fill("::ffff:192.0.2.1")), ["::ffff:192.0.2.1"])
      }).pipe(Effect.scoped)
  )
})
