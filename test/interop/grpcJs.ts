/** The implementation of the gRPC project for Node. */
import * as grpc from "@grpc/grpc-js"
import { Effect } from "effect"
import {
  type Canned,
  microgrids,
  type ClientMaker,
  type ServiceMaker,
  type PeerCall,
  type PeerOutcome
} from "./peers.ts"

const identity = (bytes: Buffer): Buffer => bytes

const metadataOf = ({ metadata = {} }: PeerCall): grpc.Metadata => {
  const made = new grpc.Metadata()
  for (const [name, value] of Object.entries(metadata))
    made.set(name, typeof value === "string" ? value : Buffer.from(value))
  return made
}

const detailsOf = (metadata: grpc.Metadata): Uint8Array | undefined => {
  const [details] = metadata.get("grpc-status-details-bin")
  return typeof details === "string" ? undefined : details
}

const call = (client: grpc.Client, asked: PeerCall): Effect.Effect<PeerOutcome> =>
  Effect.callback((resume) => {
    const { cancelAfter = Infinity, delayMs = 0, path, request, timeoutMs } = asked
    const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs }
    const messages: Array<Uint8Array> = []
    const stream = client.makeServerStreamRequest(
      path,
      identity,
      identity,
      Buffer.from(request),
      metadataOf(asked),
      options
    )
    stream.on("data", (message: Buffer) => {
      messages.push(message)
      if (messages.length >= cancelAfter) return stream.cancel()
      if (delayMs === 0) return
      stream.pause()
      setTimeout(() => stream.resume(), delayMs)
    })
    // The status comes with an event of its own.
    stream.on("error", () => {})
    stream.on("status", ({ code, details, metadata }: grpc.StatusObject) =>
      resume(Effect.succeed({ code, message: details, messages, details: detailsOf(metadata) }))
    )
  })

/** The behaviour of the service for a microgrid. */
const serve =
  (canned: Canned, isStream: boolean, onCancel: () => void) =>
  (asked: grpc.ServerWritableStream<Buffer, Buffer>): void => {
    const message = Buffer.from(isStream ? canned.event : canned.get)
    asked.on("cancelled", onCancel)
    const trailers = new grpc.Metadata()
    const fail = (code: grpc.status, details: string) => {
      asked.emit("error", { code, details, metadata: trailers })
    }
    switch (BigInt(asked.request[1] ?? 0)) {
      case microgrids.refuses:
        trailers.set("grpc-status-details-bin", Buffer.from(canned.status))
        return fail(grpc.status.NOT_FOUND, "nicht gefunden: ü €")
      case microgrids.waits:
        asked.sendMetadata(new grpc.Metadata())
        return
      case microgrids.adds:
        trailers.set("more-bin", Buffer.from([0, 255]))
        asked.write(message)
        asked.end(trailers)
        return
      case microgrids.breaks:
        for (let count = 0; count < 3; count++) asked.write(message)
        return fail(grpc.status.UNAVAILABLE, "broken")
      case microgrids.overflows:
        asked.write(Buffer.from(canned.large))
        asked.end()
        return
      default:
        for (let count = 0; count < (isStream ? canned.events : 1); count++) asked.write(message)
        asked.end()
    }
  }

const service = "/frequenz.api.dispatch.v1.MicrogridDispatchService"

const definitionOf = (method: string): grpc.MethodDefinition<Buffer, Buffer> => ({
  path: `${service}/${method}`,
  requestStream: false,
  responseStream: true,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity
})

const clientOf = (port: number, options: grpc.ClientOptions = {}) =>
  Effect.acquireRelease(
    Effect.sync(
      () =>
        new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
          "grpc.enable_retries": 0,
          ...options
        })
    ),
    (client) => Effect.sync(() => client.close())
  )

export const grpcJs: ClientMaker & ServiceMaker = {
  name: "grpc-js",
  client: (port) =>
    Effect.gen(function* () {
      const plain = yield* clientOf(port)
      const compressing = yield* clientOf(port, { "grpc.default_compression_algorithm": 2 })
      return { call: (asked) => call(asked.isCompressed === true ? compressing : plain, asked) }
    }),
  service: (canned, streamsMax) =>
    Effect.gen(function* () {
      let cancellations = 0
      const server = yield* Effect.acquireRelease(
        Effect.sync(
          () =>
            new grpc.Server({
              "grpc.max_concurrent_streams": streamsMax,
              "grpc.default_compression_algorithm": 2,
              "grpc.max_send_message_length": -1
            })
        ),
        (made) => Effect.sync(() => made.forceShutdown())
      )
      const methods = ["GetMicrogridDispatch", "StreamMicrogridDispatches"]
      server.addService(
        Object.fromEntries(methods.map((method) => [method, definitionOf(method)])),
        Object.fromEntries(
          methods.map((method) => [method, serve(canned, method.startsWith("Stream"), () => cancellations++)])
        )
      )
      const port = yield* Effect.callback<number>((resume) =>
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_, bound) =>
          resume(Effect.succeed(bound))
        )
      )
      return { port, cancellations: Effect.sync(() => cancellations) }
    })
}
