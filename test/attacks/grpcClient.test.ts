import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { queryObjects } from "node:v8"
import { create, toBinary } from "@bufbuild/protobuf"
import { frame } from "@effect-dispatch/api/GrpcFraming"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { isInFull, tell } from "./eventLoop.ts"

const instant = { seconds: 1_767_607_200n }
const answer = frame(
  toBinary(
    Protobuf.GetMicrogridDispatchResponseSchema,
    create(Protobuf.GetMicrogridDispatchResponseSchema, {
      dispatch: {
        metadata: { dispatchId: 7n, createTime: instant, updateTime: instant },
        data: {
          type: "CHARGE",
          startTime: instant,
          duration: 60,
          target: { components: { case: "componentIds", value: { ids: [1n] } } },
          isActive: true
        }
      }
    })
  )
)

/** A service that says goodbye after each call, as `leave` does. */
const leaving = (leave: (session: http2.Http2Session) => void) =>
  Effect.gen(function* () {
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => http2.createServer()),
      (open) => Effect.sync(() => open.close())
    )
    server.on("session", (session) => session.on("error", () => session.destroy()))
    server.on("stream", (stream: http2.ServerHttp2Stream) => {
      stream.on("error", () => {}).resume()
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true })
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
      stream.once("close", () => stream.session && leave(stream.session))
      stream.end(answer)
    })
    yield* Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void)))
    const { port } = server.address() as AddressInfo
    return `grpc://127.0.0.1:${port}?ssl=false`
  })

/** The sessions of clients that memory holds, by the class of one. */
const sessionsAlive = (one: http2.ClientHttp2Session): number =>
  queryObjects(one.constructor, { format: "count" }) - 1

describe("a service that says goodbye again and again", () => {
  it.live("leaves no session behind at its client", () =>
    Effect.gen(function* () {
      const url = yield* leaving((session) => session.goaway())
      const client = Context.get(
        yield* Layer.build(Layer.fresh(DispatchClientGrpc.layer({ url }))),
        DispatchClient
      )
      const rounds = isInFull ? 5_000 : 300
      for (let round = 0; round < rounds; round++)
        yield* client.get(MicrogridId.make(1n), DispatchId.make(7n))
      yield* Effect.sleep("200 millis")
      const own = http2.connect(url.replace("grpc", "http")).on("error", () => {})
      const alive = sessionsAlive(own)
      own.destroy()
      yield* tell(`of a client after ${rounds} goodbyes`, alive, "sessions")
      assert.isAtMost(alive, 10)
    }).pipe(Effect.scoped)
  )
})
