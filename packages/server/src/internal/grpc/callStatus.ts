/** The end of a call as a status of gRPC. */
import { create } from "@bufbuild/protobuf"
import { anyPack } from "@bufbuild/protobuf/wkt"
import * as FieldPaths from "@effect-dispatch/api/FieldPaths"
import * as GrpcStatus from "@effect-dispatch/api/GrpcStatus"
import type { Status } from "@effect-dispatch/api/GrpcTrailers"
import { BadRequestSchema } from "@effect-dispatch/api/Protobuf"
import { DispatchError } from "@effect-dispatch/core/DispatchError"
import { inOneLine } from "@effect-dispatch/core/Refusal"
import { Cause, Exit } from "effect"

const cancelled: Status = { code: 1, message: "the call was cancelled", details: [] }

/** A broken invariant tells the client nothing of itself. */
const internal: Status = { code: 13, message: "internal error", details: [] }

/** The status of a failure of a method; a refused field goes along as a standard detail, by its path in the request. */
export const ofError = (method: string, { reason }: DispatchError): Status => {
  const { _tag, message } = reason
  const code = GrpcStatus.codeOf[_tag]
  if (_tag !== "InvalidArgument" || reason.field === undefined) return { code, message, details: [] }
  const field = FieldPaths.toWire(method, reason.field)
  const refusal = create(BadRequestSchema, { fieldViolations: [{ field, description: message }] })
  return { code, message: inOneLine({ path: field, message }), details: [anyPack(BadRequestSchema, refusal)] }
}

/** The status of a call of a method that ended without an answer. */
export const ofFailure = (method: string, cause: Cause.Cause<DispatchError>): Status => {
  if (Cause.hasInterruptsOnly(cause)) return cancelled
  const error = Cause.squash(cause)
  return error instanceof DispatchError ? ofError(method, error) : internal
}

/** The code of a call that ended; 0 for an answer. */
export const codeOf = (exit: Exit.Exit<unknown, DispatchError>): number =>
  Exit.isSuccess(exit) ? 0 : ofFailure("", exit.cause).code
