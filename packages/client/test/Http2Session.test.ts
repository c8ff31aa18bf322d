import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { networkInterfaces } from "node:os"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Http2Session } from "../src/internal/http2Session.ts"

const hosts = ["127.0.0.1", "::1"].filter((host) =>
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === host))
)

/** The authority that a service on a host is asked by, and the one that stands in its URL. */
const authorityAt = (host: string) =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(
      Effect.callback<http2.Http2Server>((resume) => {
        const made = http2.createServer((request, response) => response.end(request.authority))
        made.listen(0, host, () => resume(Effect.succeed(made)))
      }),
      (made) => Effect.sync(() => made.close())
    )
    const { port } = server.address() as AddressInfo
    const url = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
    const listener = { onRoom: () => {}, onLeave: () => {}, onClose: () => {} }
    const session = yield* Effect.acquireRelease(
      Effect.sync(
        () => new Http2Session({ authority: `http://${url}`, options: {}, pings: undefined }, listener)
      ),
      (made) => Effect.sync(() => made.destroy())
    )
    const asked = yield* Effect.callback<string>((resume) => {
      let text = ""
      session
        .requestUnsafe({ ":path": "/" })
        .on("data", (chunk) => (text += String(chunk)))
        .on("end", () => resume(Effect.succeed(text)))
    })
    return { asked, url }
  }).pipe(Effect.scoped)

describe("a session", () => {
  for (const host of hosts)
    it.live(`names the service at ${host} as its URL does`, () =>
      Effect.gen(function* () {
        const { asked, url } = yield* authorityAt(host)
        assert.strictEqual(asked, url)
      })
    )
})
