/** What went wrong with a call, in the model's terms. */
import { Code, ConnectError } from "@connectrpc/connect"
import type { CodecError } from "@effect-dispatch/api/CodecError"
import * as GrpcStatus from "@effect-dispatch/api/GrpcStatus"
import { BadRequestSchema } from "@effect-dispatch/api/Protobuf"
import {
  DispatchClientError,
  InvalidArgument,
  Protocol,
  Unavailable
} from "@effect-dispatch/core/DispatchClientError"
import { Effect, type Result } from "effect"

/** Network faults by the code that Node gives them. */
const networkFaults: { readonly [code: string]: string } = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the name is not known",
  EAI_AGAIN: "the name could not be looked up",
  ECONNRESET: "the connection was cut",
  ETIMEDOUT: "no answer came",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached"
}

/** Certificates that are not trusted look like internal errors; they are faults of the set-up. */
const isCertificateFault = (code: string): boolean =>
  code.startsWith("ERR_TLS") ||
  code.includes("CERT") ||
  code.includes("SIGNATURE") ||
  code.startsWith("ERR_SSL")

/** Makes what a call threw an error that says why, and where. */
export const fromThrown =
  (address: string) =>
  (thrown: unknown): DispatchClientError => {
    const error = ConnectError.from(thrown)
    const code = networkCode(error)
    const fault = networkFaults[code]
    if (fault !== undefined) {
      return new DispatchClientError({
        reason: new Unavailable({
          message: `the dispatch service at ${address} cannot be reached: ${fault} (${code})`
        })
      })
    }
    if (isCertificateFault(code)) {
      return new DispatchClientError({
        reason: new Protocol({
          message: `no encrypted connection to ${address}: ${error.rawMessage} (${code})`
        })
      })
    }
    const [violation] = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations)
    const message = error.rawMessage === "" ? `${Code[error.code]} from ${address}` : error.rawMessage
    return new DispatchClientError({ reason: GrpcStatus.reasonOf(error.code, message, violation?.field) })
  }

/** A request, or why it cannot be written, before anything was sent. */
export const encoded = <A>(result: Result.Result<A, CodecError>): Effect.Effect<A, DispatchClientError> =>
  Effect.mapError(
    Effect.fromResult(result),
    ({ message, path }) =>
      new DispatchClientError({
        reason: new InvalidArgument({ field: path, message: `${path}: ${message}` })
      })
  )

/** The answer lacks or distorts something. */
export const malformed = (what: string): DispatchClientError =>
  new DispatchClientError({
    reason: new Protocol({ message: `the service's answer is not understood: ${what}` })
  })

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
