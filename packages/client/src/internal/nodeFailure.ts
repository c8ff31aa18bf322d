/** Faults below the calls on Node: the network, the encryption, HTTP/2, or gRPC. */
import { Code, type ConnectError } from "@connectrpc/connect"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { address, type DispatchUrl, isLoopback } from "../DispatchUrl.ts"

/** Network faults by the code that Node gives them. */
const networkFaults: { readonly [code: string]: string } = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the name is not known",
  EAI_AGAIN: "the name could not be looked up",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ETIMEDOUT: "no answer came",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  EADDRNOTAVAIL: "there is no way to that address"
}

/** Certificates that are not trusted look like internal errors; they are faults of the set-up. */
const isCertificateFault = (code: string): boolean =>
  code.startsWith("ERR_TLS") ||
  code.includes("CERT") ||
  code.includes("SIGNATURE") ||
  code.startsWith("ERR_SSL")

/** The error of a fault of the transport, if it is one. */
export const ofTransport =
  (url: DispatchUrl) =>
  (error: ConnectError, text: string): DispatchError.DispatchError | undefined =>
    ofConnection(error, text, url) ?? ofAnswer(error, text, url)

/** A fault below the calls: the network, the encryption, or HTTP/2. */
const ofConnection = (
  error: ConnectError,
  text: string,
  url: DispatchUrl
): DispatchError.DispatchError | undefined => {
  const where = address(url)
  const code = networkCode(error)
  const fault = Object.hasOwn(networkFaults, code) ? networkFaults[code] : undefined
  if (fault !== undefined) {
    const message = `the dispatch service at ${where} cannot be reached: ${fault} (${code})`
    return code === "ECONNREFUSED"
      ? DispatchError.nothingListens(message)
      : DispatchError.unavailable(message)
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER") {
    return DispatchError.protocol(
      `what listens at ${where} does not encrypt; if that is right, add ssl=false to the URL`
    )
  }
  if (isCertificateFault(code)) {
    // Node advises a flag of its own, which is of no use to the user of a program.
    const why = /SSL routines:[^:]*:([^:]+)/.exec(text)?.[1] ?? text.replace(/; if the root CA is [^]*/, "")
    return DispatchError.protocol(`no encrypted connection to ${where}: ${why} (${code})${authority(code)}`)
  }
  if (code === "ERR_HTTP2_ERROR") {
    return DispatchError.protocol(`what listens at ${where} does not speak HTTP/2${hint(url)}`)
  }
  if (text.includes("NGHTTP2_ENHANCE_YOUR_CALM")) {
    return DispatchError.resourceExhausted(`the dispatch service at ${where} asks for fewer calls`)
  }
  // The service has let the connection or the call go.
  if (code === "ERR_HTTP2_SESSION_ERROR" || /NGHTTP2_REFUSED_STREAM|^http\/2 stream closed/.test(text)) {
    const perhaps = isLoopback(url.host) ? "" : hint(url)
    return DispatchError.unavailable(`the dispatch service at ${where} broke off the connection${perhaps}`)
  }
  return undefined
}

/** The remedy if no trusted authority vouches for the certificate. */
const authority = (code: string): string =>
  /SELF_SIGNED|LEAF_SIGNATURE|ISSUER/.test(code)
    ? "; if it is the right service, add its authority by ssl_root_certificates_path=PATH to the URL"
    : ""

/**
 * An answer that cannot be read, such as one that is compressed wrongly. Connect calls its argument invalid, as if the
 * request were wrong. A service's own refusal comes with its status.
 */
const ofAnswer = (
  error: ConnectError,
  text: string,
  url: DispatchUrl
): DispatchError.DispatchError | undefined =>
  error.code === Code.InvalidArgument && !error.metadata.has("grpc-status")
    ? DispatchError.protocol(`the answer of the dispatch service at ${address(url)} cannot be read: ${text}`)
    : undefined

/** A possible reason if something does not answer in plain text. */
const hint = ({ ssl }: DispatchUrl): string => (ssl ? "" : "; if it encrypts, leave ssl=false out of the URL")

/** The code of the first network fault among an error and its causes. */
const networkCode = (error: unknown): string => {
  let cause = error
  for (let depth = 0; depth < 5 && typeof cause === "object" && cause !== null; depth++) {
    const { code } = cause as { readonly code?: unknown }
    if (typeof code === "string") return code
    cause = (cause as { readonly cause?: unknown }).cause
  }
  return ""
}
