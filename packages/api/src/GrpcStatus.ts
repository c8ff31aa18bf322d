/**
 * The one table between reasons of failure and gRPC status codes.
 *
 * @since 0.1.0
 */
import type { DispatchErrorReason } from "@effect-dispatch/core/DispatchError"
import * as Reasons from "@effect-dispatch/core/DispatchError"

/** A gRPC status code, 1 to 16 (https://grpc.io/docs/guides/status-codes). */
type StatusCode = number

/**
 * The names of the statuses as gRPC writes them, by code, `OK` first.
 *
 * @category constants
 * @since 0.1.0
 */
export const statusNames: ReadonlyArray<string> = [
  "OK",
  "CANCELED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED"
]

/**
 * The name of a status as gRPC writes it, such as `NOT_FOUND`.
 *
 * @category rendering
 * @since 0.1.0
 */
export const nameOfStatus = (code: number): string => statusNames[code] ?? "UNKNOWN"

/**
 * The status code that stands for a reason.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { GrpcStatus } from "@effect-dispatch/api"
 *
 * assert.strictEqual(GrpcStatus.codeOf.NotFound, 5)
 * assert.strictEqual(GrpcStatus.tagOf(14), "Unavailable")
 * ```
 *
 * @category mapping
 * @since 0.1.0
 */
export const codeOf: { readonly [tag in DispatchErrorReason["_tag"]]: StatusCode } = {
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  AlreadyExists: 6,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  Conflict: 10,
  Unimplemented: 12,
  // The client's own: a service that does not know a feature refuses an argument.
  Unsupported: 12,
  Protocol: 13,
  Unavailable: 14,
  Unauthenticated: 16
}

/**
 * The reason that a status code stands for. A code without use in a dispatch service stands for the nearest reason.
 *
 * @category mapping
 * @since 0.1.0
 */
export const tagOf = (code: StatusCode): DispatchErrorReason["_tag"] => tags[code] ?? "Protocol"

const tags: { readonly [code: StatusCode]: DispatchErrorReason["_tag"] } = {
  1: "Unavailable",
  2: "Protocol",
  3: "InvalidArgument",
  4: "DeadlineExceeded",
  5: "NotFound",
  6: "AlreadyExists",
  7: "PermissionDenied",
  8: "ResourceExhausted",
  9: "InvalidArgument",
  10: "Conflict",
  11: "InvalidArgument",
  12: "Unimplemented",
  13: "Protocol",
  14: "Unavailable",
  15: "Protocol",
  16: "Unauthenticated"
}

/**
 * Makes the reason that a status stands for. `field` is kept where the reason has one.
 *
 * @category mapping
 * @since 0.1.0
 */
export const reasonOf = (code: StatusCode, message: string, field?: string): DispatchErrorReason => {
  const tag = tagOf(code)
  if (tag === "InvalidArgument") {
    return new Reasons.InvalidArgument({ message, ...(field === undefined ? undefined : { field }) })
  }
  return new Reasons[tag]({ message })
}
