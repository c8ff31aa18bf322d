/** The service on loopback, and clients of it that know nothing but the wire. */
import * as http2 from "node:http2"
import { Code, ConnectError, createClient, type Client } from "@connectrpc/connect"
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as GrpcServer from "@effect-dispatch/server/GrpcServer"
import { Effect } from "effect"

/** A session of its own with clients of both services, closed with the scope. */
export const clients = Effect.gen(function* () {
  const { port } = yield* GrpcServer.GrpcServer
  const baseUrl = `http://127.0.0.1:${port}`
  const sessionManager = yield* Effect.acquireRelease(
    Effect.sync(() => new Http2SessionManager(baseUrl)),
    (manager) => Effect.sync(() => manager.abort())
  )
  const transport = createGrpcTransport({ baseUrl, sessionManager, readMaxBytes: 8 << 20 })
  return {
    dispatches: createClient(Protobuf.MicrogridDispatchService, transport),
    health: createClient(Protobuf.Health, transport)
  }
})

export type Dispatches = Client<typeof Protobuf.MicrogridDispatchService>

/** A call that answers. */
export const answer = <A>(call: () => Promise<A>) => Effect.promise(call)

/** A call that is refused: how. */
export const refusal = (call: () => Promise<unknown>) =>
  Effect.map(
    Effect.flip(Effect.tryPromise({ try: call, catch: (error) => ConnectError.from(error) })),
    (error) => ({
      code: Code[error.code],
      message: error.rawMessage,
      field: error.findDetails(Protobuf.BadRequestSchema)[0]?.fieldViolations[0]?.field
    })
  )

/** A session without any library but Node's, closed with the scope. */
export const rawSession = (options: http2.ClientSessionOptions = {}) =>
  Effect.gen(function* () {
    const { port } = yield* GrpcServer.GrpcServer
    return yield* Effect.acquireRelease(
      Effect.sync(() => {
        const session = http2.connect(`http://127.0.0.1:${port}`, options)
        session.on("error", () => {})
        return session
      }),
      (session) => Effect.sync(() => session.destroy())
    )
  })

const service = `/${Protobuf.MicrogridDispatchService.typeName}`

/** Opens a call with bytes as they are, and leaves its request open unless told to end it. */
export const rawCall = (
  session: http2.ClientHttp2Session,
  method: string,
  body: Uint8Array,
  { end = true, headers = {} }: { readonly end?: boolean; readonly headers?: http2.OutgoingHttpHeaders } = {}
): http2.ClientHttp2Stream => {
  const stream = session.request({
    ":method": "POST",
    ":path": method.startsWith("/") ? method : `${service}/${method}`,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers
  })
  stream.on("error", () => {})
  if (end) stream.end(body)
  else stream.write(body)
  return stream
}

/** A message as gRPC frames it. */
export const framed = (message: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(5 + message.length)
  new DataView(frame.buffer).setUint32(1, message.length)
  frame.set(message, 5)
  return frame
}

/** Waits for an event of Node. */
export const once = <A = unknown>(
  emitter: { readonly once: (event: string, listener: (value: A) => void) => unknown },
  event: string
) => Effect.callback<A>((resume) => void emitter.once(event, (value) => resume(Effect.succeed(value))))

/** The status that a call ends with; -1 if it is reset without one. */
export const statusOf = (call: http2.ClientHttp2Stream) =>
  Effect.callback<number>((resume) => {
    const read = (headers: http2.IncomingHttpHeaders) => {
      const status = headers["grpc-status"]
      if (status !== undefined) resume(Effect.succeed(Number(status)))
    }
    call.on("response", read)
    call.on("trailers", read)
    call.on("close", () => resume(Effect.succeed(-1)))
    call.resume()
  })
