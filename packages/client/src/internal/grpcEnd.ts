/** The end of a call of gRPC, as connect's errors say it. */
import * as http2 from "node:http2"
import { Code, ConnectError } from "@connectrpc/connect"
import * as GrpcTrailers from "@effect-dispatch/api/GrpcTrailers"

/** The known facts of a stream that has ended. */
export interface StreamEnd {
  readonly headers: http2.IncomingHttpHeaders | undefined
  readonly trailers: http2.IncomingHttpHeaders | undefined
  /** The error that Node reports of it. */
  readonly error: unknown
  readonly resetCode: number
}

/** The failure that a stream ended with; `undefined` if it ended well. */
export const failureOf = ({ error, headers, resetCode, trailers }: StreamEnd): ConnectError | undefined => {
  const last = trailers ?? headers
  const status = last === undefined ? undefined : GrpcTrailers.decode((name) => textOf(last[name]))
  if (status === undefined) {
    const isWhole =
      error === undefined && resetCode === http2.constants.NGHTTP2_NO_ERROR && trailers !== undefined
    return isWhole ? new ConnectError("the status is missing", Code.Internal) : brokenOff(error, resetCode)
  }
  if (status.code === 0) return undefined
  const failure = new ConnectError(
    status.message,
    status.code in Code ? status.code : Code.Unknown,
    headersOf({ ...headers, ...trailers })
  )
  failure.details = status.details.map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
    value
  }))
  return failure
}

/** The failure that is seen from the first headers: an answer that is not of gRPC. */
export const headerFailure = (headers: http2.IncomingHttpHeaders): ConnectError | undefined => {
  const status = Number(headers[":status"])
  if (status !== 200)
    return new ConnectError(`HTTP ${status}`, codeOfHttp[status] ?? Code.Unknown, headersOf(headers))
  const type = headers["content-type"]
  return type !== undefined && /^application\/grpc(\+proto)?(;|$)/i.test(type)
    ? undefined
    : new ConnectError(`unsupported content type ${type}`, Code.Unknown)
}

/** Headers as connect gives them to its users. */
export const headersOf = (headers: http2.IncomingHttpHeaders = {}): Headers => {
  const all = new Headers()
  for (const name of Object.keys(headers)) {
    // Of those that begin with a colon not all are texts.
    const text = name.startsWith(":") ? undefined : textOf(headers[name])
    if (text !== undefined) all.set(name, text)
  }
  return all
}

const textOf = (value: string | ReadonlyArray<string> | undefined): string | undefined =>
  typeof value === "string" ? value : value?.join(", ")

/** See https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md. */
const codeOfHttp: { readonly [status: number]: Code } = {
  400: Code.Internal,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  404: Code.Unimplemented,
  429: Code.Unavailable,
  502: Code.Unavailable,
  503: Code.Unavailable,
  504: Code.Unavailable
}

/** See https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Errors"; others are faults of the protocol. */
const codeOfReset: { readonly [code: number]: Code } = {
  [http2.constants.NGHTTP2_NO_ERROR]: Code.Unavailable,
  [http2.constants.NGHTTP2_REFUSED_STREAM]: Code.Unavailable,
  [http2.constants.NGHTTP2_CANCEL]: Code.Canceled,
  [http2.constants.NGHTTP2_ENHANCE_YOUR_CALM]: Code.ResourceExhausted,
  [http2.constants.NGHTTP2_INADEQUATE_SECURITY]: Code.PermissionDenied
}

/** A call that ends without a status. */
const brokenOff = (error: unknown, resetCode: number): ConnectError => {
  const code = codeOfReset[resetCode] ?? Code.Internal
  if (error === undefined)
    return new ConnectError(`http/2 stream closed with error code 0x${resetCode.toString(16)}`, code)
  const failure = ConnectError.from(error, code)
  failure.cause ??= error
  return failure
}
