import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { Code, ConnectError, createClient } from "@connectrpc/connect"
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as Metrics from "@effect-dispatch/server/Metrics"
import { assert, describe } from "@effect/vitest"
import { DateTime, Effect, Fiber, Metric } from "effect"
import { TestClock } from "effect/testing"
import * as ConnectRoutes from "../src/internal/grpc/connectRoutes.ts"
import * as DispatchRoutes from "../src/internal/grpc/dispatchRoutes.ts"
import { UnreadAnswers } from "../src/internal/grpc/unreadAnswers.ts"
import { Signal } from "../src/internal/signal.ts"
import { create } from "./services.ts"
import { makeKey, network, test, until } from "./serving.ts"
import { once } from "./wire.ts"

/** A listener that speaks every protocol of connect. */
const listen = Effect.gen(function* () {
  const access = yield* AccessControl.AccessControl
  const services = yield* Effect.context<DispatchService.DispatchService>()
  const unread = new UnreadAnswers(64 << 20, () => {})
  const routes = DispatchRoutes.routes({ access, unread, stopping: new Signal() })
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => http2.createServer(ConnectRoutes.handler(routes, services))),
    (open) => Effect.sync(() => open.close())
  )
  server.listen(0, "127.0.0.1")
  yield* once(server, "listening")
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

const session = (url: string) =>
  Effect.acquireRelease(
    Effect.sync(() => http2.connect(url).on("error", () => {})),
    (open) => Effect.sync(() => open.destroy())
  )

/** The number of streams that are open. */
const streams = Effect.map(Metric.value(Metrics.streams.at()), ({ value }) => value)

const contentTypes = [
  "application/grpc",
  "application/grpc+proto",
  "application/grpc+json",
  "application/grpc-web",
  "application/grpc-web+proto",
  "application/proto",
  "application/json",
  "application/connect+proto"
]

describe("the routes on a listener of connect", () => {
  test("in each protocol nothing of a call without a valid key is read", () =>
    Effect.gen(function* () {
      yield* makeKey({})
      const url = yield* listen
      for (const type of contentTypes) {
        const client = yield* session(url)
        const call = client.request({
          ":method": "POST",
          ":path": `/${Protobuf.MicrogridDispatchService.typeName}/CreateMicrogridDispatch`,
          "content-type": type,
          te: "trailers"
        })
        call.on("error", () => {})
        call.write(new Uint8Array(4 << 20))
        const headers = yield* once<http2.IncomingHttpHeaders>(call, "response")
        call.resume()
        const isGrpc = type.startsWith("application/grpc")
        if (isGrpc) assert.notStrictEqual(headers["grpc-status"] ?? "in trailers", "0", type)
        else assert.include([401, 415], headers[":status"] as unknown as number, type)
        assert.isBelow(client.socket.bytesWritten, 256 * 1_024, type)
      }
    }))

  test("in each protocol a caller with a key is served as on the port of gRPC", () =>
    Effect.gen(function* () {
      const { headers } = yield* makeKey({ rights: ["read"] })
      const { id } = yield* create()
      const baseUrl = yield* listen
      const options = { baseUrl, httpVersion: "2" as const }
      for (const transport of [
        createGrpcTransport(options),
        createGrpcWebTransport(options),
        createConnectTransport(options)
      ]) {
        const { getMicrogridDispatch, listMicrogridDispatches, streamMicrogridDispatches } = createClient(
          Protobuf.MicrogridDispatchService,
          transport
        )
        const request = { microgridId: 1n, dispatchId: id }
        let features: string | null = null
        const onHeader = (given: Headers) => void (features = given.get("dispatch-features"))
        const { dispatch } = yield* Effect.promise(() => getMicrogridDispatch(request, { headers, onHeader }))
        assert.strictEqual(features, "calendar,name")
        assert.strictEqual(dispatch?.metadata?.dispatchId, id)
        const { dispatches } = yield* Effect.promise(() =>
          listMicrogridDispatches({ microgridId: 1n }, { headers })
        )
        assert.include(
          dispatches.map(({ metadata }) => metadata?.dispatchId),
          id
        )
        const refused = yield* Effect.flip(Effect.tryPromise(() => getMicrogridDispatch(request)))
        assert.strictEqual(ConnectError.from(refused.cause).code, Code.Unauthenticated)
        const params = { case: "pageToken" as const, value: "x".repeat(5 << 20) }
        const large = yield* Effect.flip(
          Effect.tryPromise(() =>
            listMicrogridDispatches({ microgridId: 1n, paginationParams: { params } }, { headers })
          )
        )
        assert.strictEqual(ConnectError.from(large.cause).code, Code.ResourceExhausted)
        const events: Array<bigint | undefined> = []
        const reading = yield* Effect.forkScoped(
          Effect.tryPromise(async (signal) => {
            for await (const { dispatch } of streamMicrogridDispatches(
              { microgridId: 1n },
              { headers, signal }
            ))
              events.push(dispatch?.metadata?.dispatchId)
          })
        )
        yield* network
        const next = yield* create()
        yield* until(() => events.includes(next.id))
        assert.include(events, next.id)
        yield* Fiber.interrupt(reading)
        assert.isAtMost(yield* streams, 1)
        const left = streams.pipe(
          Effect.delay("2 millis"),
          Effect.repeat({ until: (open) => open === 0, times: 1_000 })
        )
        assert.strictEqual(yield* TestClock.withLive(left), 0)
      }
    }))

  test("in each protocol a stream whose key is revoked is told so, and counted so", () =>
    Effect.gen(function* () {
      const baseUrl = yield* listen
      const options = { baseUrl, httpVersion: "2" as const }
      const refused = Effect.map(
        Metric.value(Metrics.calls.at("StreamMicrogridDispatches", "UNAUTHENTICATED")),
        ({ count }) => count
      )
      for (const transport of [
        createGrpcTransport(options),
        createGrpcWebTransport(options),
        createConnectTransport(options)
      ]) {
        const { headers, id } = yield* makeKey({ rights: ["read"] })
        const { streamMicrogridDispatches } = createClient(Protobuf.MicrogridDispatchService, transport)
        const before = yield* refused
        const others = yield* streams
        const reading = yield* Effect.forkScoped(
          Effect.flip(
            Effect.tryPromise(async (signal) => {
              for await (const _ of streamMicrogridDispatches({ microgridId: 1n }, { headers, signal }));
            })
          )
        )
        while ((yield* streams) === others) yield* network
        yield* (yield* AccessKeyStore).revokeKey(id, yield* DateTime.now)
        yield* TestClock.adjust("15 seconds")
        const { cause } = yield* Fiber.join(reading)
        assert.strictEqual(ConnectError.from(cause).code, Code.Unauthenticated)
        assert.strictEqual((yield* refused) - before, 1)
      }
    }))
})
