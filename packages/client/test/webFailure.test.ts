import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { DispatchClientWeb } from "@effect-dispatch/client/web"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope, Stream } from "effect"

const one = MicrogridId.make(1n)
const draft = { type: "CHARGE", startTime: "NOW", target: Target.componentIds(7n) } as const

const create = Effect.flatMap(DispatchClient, (client) => client.create(one, draft))
const follow = Effect.flatMap(DispatchClient, (client) =>
  Effect.flatMap(client.stream(one), ({ events }) => Stream.runDrain(events))
)

/** The reason that a call fails with, at a service that answers in its own way. */
const reasonAt = (
  answer: http.RequestListener,
  call: Effect.Effect<unknown, DispatchError, DispatchClient | Scope.Scope> = create
) =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => http.createServer(answer)),
      (server) =>
        Effect.sync(() => {
          server.close()
          server.closeAllConnections()
        })
    )
    yield* Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    })
    const { port } = server.address() as AddressInfo
    const context = yield* Layer.build(DispatchClientWeb.layer({ url: `http://127.0.0.1:${port}/api` }))
    const { reason } = yield* Effect.flip(Effect.provide(call, context))
    return `${reason._tag}: ${reason.message}`
  }).pipe(Effect.scoped)

const proto = { "content-type": "application/proto" }

describe("faults below the calls of browsers", () => {
  it.live("W8: whatever becomes of an answer on its way, it is not told to be a refusal", () =>
    Effect.gen(function* () {
      const lost: { readonly [fault: string]: http.RequestListener } = {
        "no answer": (request) => request.socket.destroy(),
        "an answer that breaks off": (request, response) => {
          response.writeHead(200, { ...proto, "content-length": "100" })
          response.write("half of it")
          setTimeout(() => request.socket.destroy(), 50)
        },
        "an answer that is no message": (_, response) => {
          response.writeHead(200, proto)
          response.end(Buffer.from([0xff, 0xff, 0xff]))
        },
        "a proxy without a service": (_, response) => {
          response.writeHead(502, { "content-type": "text/html" })
          response.end("<h1>Bad gateway</h1>")
        },
        "a page of somebody else": (_, response) => {
          response.writeHead(200, { "content-type": "text/html" })
          response.end("<h1>Log in to the network</h1>")
        }
      }
      for (const [fault, answer] of Object.entries(lost)) {
        const told = yield* reasonAt(answer)
        assert.match(told, /^(Unavailable|Protocol): /, fault)
      }
    })
  )

  it.live("W8: nor is an event stream that breaks off within a message", () =>
    Effect.gen(function* () {
      const told = yield* reasonAt((_, response) => {
        response.writeHead(200, { "content-type": "application/connect+proto" })
        response.end(Buffer.from([0, 0, 0, 0, 100, 1, 2, 3]))
      }, follow)
      assert.match(told, /^Unavailable: .*broke off/)
    })
  )

  it.live("a refusal of the service stays one", () =>
    Effect.gen(function* () {
      const told = yield* reasonAt((_, response) => {
        response.writeHead(400, { "content-type": "application/json" })
        response.end('{"code":"invalid_argument","message":"the type is too long"}')
      })
      assert.match(told, /^InvalidArgument: .*the type is too long/)
    })
  )
})
