/** The end of a call as a status of gRPC. */
import { create } from "@bufbuild/protobuf"
import { type Any, anyPack } from "@bufbuild/protobuf/wkt"
import * as GrpcStatus from "@effect-dispatch/api/GrpcStatus"
import type { Status } from "@effect-dispatch/api/GrpcTrailers"
import { BadRequestSchema } from "@effect-dispatch/api/Protobuf"
import { DispatchError, type DispatchErrorReason } from "@effect-dispatch/core/DispatchError"
import { Cause, Exit } from "effect"

const cancelled: Status = { code: 1, message: "the call was cancelled", details: [] }

/** A broken invariant tells the client nothing of itself. */
const internal: Status = { code: 13, message: "internal error", details: [] }

/** The status of a failure; the field of a refused argument goes along as a standard detail. */
export const ofError = ({ reason }: DispatchError): Status => ({
  code: GrpcStatus.codeOf[reason._tag],
  message: reason.message,
  details: detailsOf(reason)
})

/** The status of a call that ended without an answer. */
export const ofFailure = (cause: Cause.Cause<DispatchError>): Status => {
  if (Cause.hasInterruptsOnly(cause)) return cancelled
  const error = Cause.squash(cause)
  return error instanceof DispatchError ? ofError(error) : internal
}

/** The code of a call that ended; 0 for an answer. */
export const codeOf = (exit: Exit.Exit<unknown, DispatchError>): number =>
  Exit.isSuccess(exit) ? 0 : ofFailure(exit.cause).code

const detailsOf = (reason: DispatchErrorReason): ReadonlyArray<Any> => {
  if (reason._tag !== "InvalidArgument" || reason.field === undefined) return []
  const violation = { field: reason.field, description: reason.message }
  return [anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations: [violation] }))]
}
