/** A gRPC service over HTTP/2 that does what a test says, frame by frame. It shares no code with the client. */
import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import * as Wire from "@effect-dispatch/api/Protobuf"
import { Effect, type Scope } from "effect"

/** One call, and what the service does about it. */
export interface Exchange {
  /** The name of the method. */
  readonly method: string
  readonly headers: http2.IncomingHttpHeaders
  /** The bytes of the request's message. */
  readonly request: Uint8Array
  /** Sends the headers of the response, with others beside them; sending a message does so too. */
  readonly open: (more?: http2.OutgoingHttpHeaders) => void
  /** Sends a message. */
  readonly send: <Schema extends DescMessage>(schema: Schema, init: MessageInitShape<Schema>) => void
  /** Sends bytes as a message. */
  readonly sendBytes: (bytes: Uint8Array) => void
  /** Ends the call with a status: OK unless another code is given. */
  readonly end: (code?: number, message?: string, more?: http2.OutgoingHttpHeaders) => void
  /** Ends the call with a status and nothing before it. */
  readonly refuse: (code: number, message?: string, more?: http2.OutgoingHttpHeaders) => void
  /** The HTTP/2 stream, for what is not gRPC. */
  readonly stream: http2.ServerHttp2Stream
  /** The code with which the stream was closed, once it is. */
  readonly closed: Promise<number>
}

/** A service that listens. */
export interface GrpcService {
  readonly port: number
  readonly url: string
  /** All calls so far. */
  readonly exchanges: ReadonlyArray<Exchange>
  /** The calls of a method so far. */
  readonly calls: (method: string) => ReadonlyArray<Exchange>
  /** The number of sessions so far. */
  readonly sessionCount: () => number
  /** Lets all connections go without a word. */
  readonly cutConnections: Effect.Effect<void>
}

/** Where and how the service listens. */
export interface GrpcServiceOptions {
  /** Certificate and key; without them the service does not encrypt. */
  readonly tls?: http2.SecureServerOptions | undefined
  readonly port?: number | undefined
  readonly settings?: http2.Settings | undefined
}

/** Listens on this machine for the life of the scope. */
export const make = (
  handle: (exchange: Exchange) => void,
  { port = 0, settings = {}, tls }: GrpcServiceOptions = {}
): Effect.Effect<GrpcService, never, Scope.Scope> =>
  Effect.gen(function* () {
    const exchanges: Array<Exchange> = []
    const sessions = new Set<http2.ServerHttp2Session>()
    let sessionCount = 0
    const server =
      tls === undefined ? http2.createServer({ settings }) : http2.createSecureServer({ ...tls, settings })
    server.on("session", (session: http2.ServerHttp2Session) => {
      sessions.add(session)
      sessionCount++
      session.on("error", () => session.destroy())
      session.once("close", () => sessions.delete(session))
    })
    server.on("stream", (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
      const chunks: Array<Buffer> = []
      stream.on("error", () => undefined)
      stream.on("data", (chunk: Buffer) => chunks.push(chunk))
      stream.once("end", () => {
        const exchange = makeExchange(stream, headers, Buffer.concat(chunks).subarray(5))
        exchanges.push(exchange)
        handle(exchange)
      })
    })
    const cutConnections = Effect.sync(() => sessions.forEach((session) => session.destroy()))
    yield* Effect.acquireRelease(
      Effect.promise(() => new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening))),
      () =>
        Effect.andThen(
          cutConnections,
          Effect.promise(() => new Promise<void>((closed) => server.close(() => closed())))
        )
    )
    const at = (server.address() as AddressInfo).port
    return {
      port: at,
      url: tls === undefined ? `grpc://127.0.0.1:${at}?ssl=false` : `grpc://localhost:${at}`,
      exchanges,
      calls: (method) => exchanges.filter((exchange) => exchange.method === method),
      sessionCount: () => sessionCount,
      cutConnections
    }
  })

const makeExchange = (
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  request: Uint8Array
): Exchange => {
  let status: http2.OutgoingHttpHeaders = { "grpc-status": "0" }
  stream.on("wantTrailers", () => stream.sendTrailers(status))
  const closed = new Promise<number>((resolve) => stream.once("close", () => resolve(stream.rstCode)))
  const open: Exchange["open"] = (more = {}) => {
    if (stream.headersSent || stream.destroyed) return
    stream.respond({ ":status": 200, "content-type": "application/grpc", ...more }, { waitForTrailers: true })
  }
  const sendBytes = (bytes: Uint8Array) => {
    open()
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(bytes.length, 1)
    if (!stream.destroyed) stream.write(Buffer.concat([prefix, bytes]))
  }
  const says = (code: number, message: string | undefined) => ({
    "grpc-status": String(code),
    ...(message === undefined ? undefined : { "grpc-message": encodeURIComponent(message) })
  })
  return {
    method: String(headers[":path"]).split("/").at(-1) ?? "",
    headers,
    request,
    open,
    send: (schema, init) => sendBytes(toBinary(schema, create(schema, init))),
    sendBytes,
    end: (code = 0, message, more = {}) => {
      status = { ...says(code, message), ...more }
      open()
      if (!stream.destroyed) stream.end()
    },
    refuse: (code, message, more = {}) =>
      stream.respond(
        { ":status": 200, "content-type": "application/grpc", ...says(code, message), ...more },
        { endStream: true }
      ),
    stream,
    closed
  }
}

/** A dispatch on the wire that is right in all that a test does not say. */
export const wireDispatch = (
  id: bigint,
  data: MessageInitShape<typeof Wire.DispatchDataSchema> = {}
): Wire.Dispatch => {
  const instant = { seconds: 1_767_607_200n }
  return create(Wire.DispatchSchema, {
    metadata: { dispatchId: id, createTime: instant, updateTime: instant },
    data: create(Wire.DispatchDataSchema, {
      type: "CHARGE",
      startTime: instant,
      duration: 60,
      target: { components: { case: "componentIds", value: { ids: [1n] } } },
      isActive: true,
      ...data
    } as MessageInitShape<typeof Wire.DispatchDataSchema>)
  })
}

/** Answers a call that has one answer. */
export const answer = <Schema extends DescMessage>(
  exchange: Exchange,
  schema: Schema,
  init: MessageInitShape<Schema>
): void => {
  exchange.send(schema, init)
  exchange.end()
}

/** Answers as a service that holds these dispatches, page by page, with the number of the next one as token. */
export const answerList = (exchange: Exchange, ids: ReadonlyArray<bigint>, pageSize?: number): void => {
  const { params } = listRequest(exchange).paginationParams ?? {}
  const [first = 0, size = pageSize ?? 100] =
    params?.case === "pageToken"
      ? params.value.split("/").map(Number)
      : [0, pageSize ?? (params?.case === "pageSize" ? params.value : undefined)]
  const next = first + size
  answer(exchange, Wire.ListMicrogridDispatchesResponseSchema, {
    dispatches: ids.slice(first, next).map((id) => wireDispatch(id)),
    paginationInfo: {
      totalItems: ids.length,
      ...(next < ids.length ? { nextPageToken: `${next}/${size}` } : undefined)
    }
  })
}

/** The request of a listing. */
export const listRequest = ({ request }: Exchange): Wire.ListMicrogridDispatchesRequest =>
  fromBinary(Wire.ListMicrogridDispatchesRequestSchema, request)
