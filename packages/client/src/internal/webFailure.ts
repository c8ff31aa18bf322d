/** Faults below the calls of browsers, which say little of them. */
import { Code, type ConnectError } from "@connectrpc/connect"
import * as DispatchError from "@effect-dispatch/core/DispatchError"

/** The error of a fault of the transport, if it is one. */
export const ofTransport =
  (where: string) =>
  (error: ConnectError, text: string): DispatchError.DispatchError | undefined => {
    // A request that got no answer is a `TypeError` to browsers, each with words of its own.
    if (error.cause instanceof TypeError)
      return DispatchError.unavailable(`the dispatch service at ${where} cannot be reached`)
    // An answer that breaks off has no trailer, or is no message.
    if (error.code === Code.Internal || (error.code === Code.InvalidArgument && !isRefusal(error)))
      return DispatchError.unavailable(`the answer of the dispatch service at ${where} broke off: ${text}`)
    return undefined
  }

/** A refusal of the service comes as an answer, with headers. */
const isRefusal = ({ metadata }: ConnectError): boolean => !metadata.keys().next().done
