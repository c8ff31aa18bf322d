/** Listens to the streams of an HTTP/2 server: answers gRPC with binary messages, and refuses all else unread. */
import * as http2 from "node:http2"
import * as GrpcTrailers from "@effect-dispatch/api/GrpcTrailers"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import * as CallStatus from "./callStatus.ts"
import { CallTurns } from "./callTurns.ts"
import { GrpcCall, respondAlone, type Surroundings } from "./grpcCall.ts"
import { pathOf, type Route } from "./route.ts"

/** Makes the listener. */
export const make = <R>(
  routes: ReadonlyArray<Route<R>>,
  announcement: http2.OutgoingHttpHeaders,
  shared: Surroundings<R>
) => {
  const answers = new Map(
    contentTypes.map((type) => [type, { ":status": 200, "content-type": type, ...announcement }])
  )
  const byPath = new Map(routes.map((route) => [pathOf(route), route]))
  const turns = new CallTurns()
  const begin = (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void => {
    const answer = answers.get(headers["content-type"] ?? "")
    if (answer === undefined) return respondAlone(stream, { ":status": 415 })
    if (headers[":method"] !== "POST") return respondAlone(stream, { ":status": 405, allow: "POST" })
    const path = headers[":path"] ?? ""
    const route = byPath.get(path)
    if (route === undefined) return respondAlone(stream, { ...answer, ...unknownMethod(path) })
    new GrpcCall(stream, { request: headers, answer }, route, shared).begin()
  }
  return (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void => {
    stream.on("error", ignore)
    if (!shared.connections.ask(stream.session)) return
    if (!turns.take(stream, () => begin(stream, headers)))
      stream.close(http2.constants.NGHTTP2_REFUSED_STREAM)
  }
}

const contentTypes = ["application/grpc", "application/grpc+proto"]

/** A stream may fail at any time; its close is what counts. */
const ignore = (): void => {}

const unknownMethod = (path: string) =>
  GrpcTrailers.encode(
    CallStatus.ofError(path, DispatchError.unimplemented(`there is no method ${path} here`))
  )
