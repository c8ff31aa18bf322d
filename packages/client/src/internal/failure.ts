/** Failures of calls, in the model's terms. */
import { Code, ConnectError } from "@connectrpc/connect"
import type { CodecError } from "@effect-dispatch/api/CodecError"
import * as FieldPaths from "@effect-dispatch/api/FieldPaths"
import * as GrpcStatus from "@effect-dispatch/api/GrpcStatus"
import { BadRequestSchema } from "@effect-dispatch/api/Protobuf"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { inOneLine } from "@effect-dispatch/core/Refusal"
import { Effect, type Result } from "effect"
import { type Credentials, hide } from "../Credentials.ts"

/** The service that calls go to, as errors speak of it. */
export interface Place {
  /** Its address. */
  readonly where: string
  readonly credentials: Credentials | undefined
  /** The error of a fault of the transport, if it is one; `text` holds no secret. */
  readonly ofTransport: (error: ConnectError, text: string) => DispatchError.DispatchError | undefined
}

/**
 * Makes the error of what a call threw, with the reason and the place. `overdue` names what the service did when the
 * time was over.
 */
export const fromThrown =
  ({ credentials, ofTransport, where }: Place, overdue: string) =>
  (thrown: unknown): DispatchError.DispatchError => {
    const error = ConnectError.from(thrown)
    const text = hide(credentials, error.rawMessage)
    return (
      ofTransport(error, text) ??
      ofDeadline(error, text, where, overdue) ??
      ofStatus(error, text, { credentials, where })
    )
  }

/** The message of connect when the time of a call is over. */
const timeIsOver = "the operation timed out"

/** The time of a call is over, as connect reports it; the service's own message about it is left as it is. */
const ofDeadline = (
  error: ConnectError,
  text: string,
  where: string,
  overdue: string
): DispatchError.DispatchError | undefined =>
  error.code === Code.DeadlineExceeded && text === timeIsOver
    ? DispatchError.deadlineExceeded(`the dispatch service at ${where} ${overdue}`)
    : undefined

/**
 * The message of the service, or that of connect in its place. A refused field is named in the details, apart from what
 * is wrong with it.
 */
const ofStatus = (
  error: ConnectError,
  text: string,
  { credentials, where }: Pick<Place, "credentials" | "where">
): DispatchError.DispatchError => {
  const violation = GrpcStatus.tagOf(error.code) === "InvalidArgument" ? violationOf(error) : undefined
  const message = hide(credentials, violation?.description ?? "") || text
  const field = violation === undefined || violation.field === "" ? undefined : violation.field
  const told = message === "" ? `${Code[error.code]} from ${where}` : message
  return new DispatchError.DispatchError({
    reason: GrpcStatus.reasonOf(error.code, told, field && FieldPaths.fromWire(field))
  })
}

const violationOf = (error: ConnectError) =>
  error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations)[0]

/** A request, or the error in writing it, before anything was sent. */
export const encoded = <A>(
  result: Result.Result<A, CodecError>
): Effect.Effect<A, DispatchError.DispatchError> =>
  Effect.mapError(Effect.fromResult(result), ({ message, path }) =>
    DispatchError.invalidArgument(path, message)
  )

/** An answer that cannot be read. */
export const unreadable = (error: CodecError): DispatchError.DispatchError => malformed(inOneLine(error))

/** The answer lacks or distorts something. */
export const malformed = (what: string): DispatchError.DispatchError =>
  DispatchError.protocol(`the service's answer is not understood: ${what}`)
