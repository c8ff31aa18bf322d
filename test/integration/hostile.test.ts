import * as http2 from "node:http2"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { DispatchService, DispatchStoreMemory, GrpcServer } from "@effect-dispatch/server"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Layer, Logger, Stream } from "effect"
import { type HostileRequest, hostileRequests } from "./hostileMessages.ts"

const total = 10_000
const inFlight = 32
const noMessages = /^(noise|falseFlag|flipped|cut|wrongTypes|deep): grpc 13$/
const service = `/${Protobuf.MicrogridDispatchService.typeName}`

/** The answer to a request: the status of gRPC, or of HTTP, or that its stream was reset. */
const send = (
  session: http2.ClientHttp2Session,
  { body, headers, method }: HostileRequest
): Promise<string> =>
  new Promise((resolve) => {
    let status = ""
    const stream = session.request({
      ":method": "POST",
      ":path": `${service}/${method}`,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers
    })
    const read = (received: http2.IncomingHttpHeaders) => {
      const grpc = received["grpc-status"]
      status = grpc === undefined ? status || `http ${received[":status"]}` : `grpc ${String(grpc)}`
    }
    stream.on("response", read)
    stream.on("trailers", read)
    stream.on("error", () => {})
    stream.on("close", () => resolve(status || `reset ${stream.rstCode}`))
    stream.resume()
    stream.end(body)
  })

describe("10,000 malformed and hostile requests", () => {
  it.live(
    "each is answered, none is a fault of the service, and others are served all the while",
    () =>
      Effect.gen(function* () {
        const faults: Array<unknown> = []
        const logger = Logger.make(({ message }) => void faults.push(message))
        const server = Layer.fresh(GrpcServer.layer({ port: 0 })).pipe(
          Layer.provide(DispatchService.layer),
          Layer.provide(DispatchStoreMemory.layer),
          Layer.provide(Logger.layer([logger]))
        )
        yield* Effect.gen(function* () {
          const { port } = yield* GrpcServer.GrpcServer
          const requests = hostileRequests(1, total, (yield* Clock.currentTimeMillis) + 3_600_000)
          const answers = new Map<string, number>()
          const worker = async () => {
            const session = http2.connect(`http://127.0.0.1:${port}`)
            session.on("error", () => {})
            for (const request of requests) {
              const answer = `${request.kind}: ${await send(session, request)}`
              answers.set(answer, (answers.get(answer) ?? 0) + 1)
            }
            session.destroy()
          }
          const attack = Effect.promise(() => Promise.all(Array.from({ length: inFlight }, worker)))
          const client = DispatchClientGrpc.layer({ url: `grpc://127.0.0.1:${port}?ssl=false` })
          const served = yield* Effect.gen(function* () {
            const { create, list } = yield* DispatchClient
            const microgridId = MicrogridId.make(7n)
            const fields = { type: "CHARGE", startTime: "NOW", target: Target.componentIds(1n) } as const
            let count = 0
            const use = Effect.gen(function* () {
              yield* create(microgridId, { ...fields, duration: Duration.minutes(1) })
              count += 1
              yield* Effect.sleep("50 millis")
            })
            yield* Effect.raceFirst(attack, Effect.forever(use))
            const listed = yield* Stream.runCount(list(microgridId))
            return { count, listed }
          }).pipe(Effect.provide(client))
          assert.isAtLeast(served.count, 5)
          assert.isAtLeast(served.listed, served.count)
          assert.strictEqual(
            [...answers.values()].reduce((sum, count) => sum + count, 0),
            total
          )
          // UNKNOWN, INTERNAL, UNAVAILABLE, DATA_LOSS: what a service says of its own faults; by the rules of gRPC
          // INTERNAL is also the answer to bytes that are no message.
          const ownFaults = [...answers].filter(([answer]) => /grpc (2|13|14|15)$/.test(answer))
          assert.deepStrictEqual(
            ownFaults.filter(([answer]) => !noMessages.test(answer)),
            []
          )
          assert.deepStrictEqual(faults, [])
        }).pipe(Effect.provide(server))
      }),
    120_000
  )
})
