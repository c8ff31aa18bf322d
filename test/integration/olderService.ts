/** A service as it was before all extensions: it knows the API of upstream alone, and hands its calls on. */
import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { Effect, type Scope } from "effect"

/** The packages that it does not know. */
const isExtension = (path: string): boolean => path.startsWith("/effect_dispatch.")

const unimplemented = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-status": "12",
  "grpc-message": "no such method"
}

/** Makes one before a service; gives its URL of gRPC. */
export const before = (url: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const session = http2.connect(`http://${new URL(url).host}`)
    const sessions = new Set<http2.ServerHttp2Session>()
    const server = http2.createServer()
    server.on("session", (each) => sessions.add(each))
    server.on("stream", (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
      stream.on("error", () => {})
      if (isExtension(headers[":path"] ?? "")) stream.respond(unimplemented, { endStream: true })
      else handOn(stream, session.request(headers))
    })
    yield* Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void)))
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const each of sessions) each.destroy()
        session.destroy()
        server.close()
      })
    )
    return `grpc://127.0.0.1:${(server.address() as AddressInfo).port}?ssl=false`
  })

const handOn = (stream: http2.ServerHttp2Stream, call: http2.ClientHttp2Stream): void => {
  let trailers: http2.IncomingHttpHeaders = {}
  call.on("error", () => stream.close())
  call.on("trailers", (said) => (trailers = said))
  call.on("response", (headers, flags) => {
    const said = { ...headers }
    delete said["dispatch-features"]
    // An answer without a message has its trailers in its head.
    const endStream = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0
    stream.respond(said, { endStream, waitForTrailers: !endStream })
    if (!endStream) call.pipe(stream)
  })
  stream.on("wantTrailers", () => stream.sendTrailers(trailers))
  stream.on("close", () => call.close(http2.constants.NGHTTP2_CANCEL))
  stream.pipe(call)
}
