/**
 * The reason why a call failed: the one error of the service and of its clients.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import * as Refusal from "./Refusal.ts"

const Fields = { message: Schema.String, cause: Schema.optionalKey(Schema.Defect()) }

/**
 * The service does not know the caller: the key is missing, wrong or not signed as required.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", Fields) {
  /** False: the same call fails again. */
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The key is known but has no right to this microgrid or call.
 *
 * @category errors
 * @since 0.1.0
 */
export class PermissionDenied extends Schema.TaggedError<PermissionDenied>()("PermissionDenied", Fields) {
  /** False: the same call fails again. */
  get isRetryable(): boolean {
    return false
  }
}

/**
 * No dispatch has this id in this microgrid.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", Fields) {
  /** False: the same call fails again. */
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The request is not acceptable. `field` is the place of the fault, as a path in the model (`target.ids[0]`), if it is
 * known; `message` says what is wrong there.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidArgument extends Schema.TaggedError<InvalidArgument>()("InvalidArgument", {
  ...Fields,
  field: Schema.optionalKey(Schema.String)
}) {
  /** False: the same call fails again. */
  get isRetryable(): boolean {
    return false
  }
}

/**
 * Somebody else changed the dispatch first; nothing was overwritten. Read it again and decide.
 *
 * @category errors
 * @since 0.1.0
 */
export class Conflict extends Schema.TaggedError<Conflict>()("Conflict", Fields) {
  /** False: the same call fails again. */
  get isRetryable(): boolean {
    return false
  }
}

/**
 * A limit is reached: a message too large, too many requests or streams.
 *
 * @category errors
 * @since 0.1.0
 */
export class ResourceExhausted extends Schema.TaggedError<ResourceExhausted>()("ResourceExhausted", Fields) {
  /** True: the same call may succeed later. */
  get isRetryable(): boolean {
    return true
  }
}

/**
 * The service cannot be reached, is shutting down, or lost its store.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", Fields) {
  /** True: the same call may succeed later. */
  get isRetryable(): boolean {
    return true
  }
}

/**
 * No answer came within the call's time; the service may still have done it.
 *
 * @category errors
 * @since 0.1.0
 */
export class DeadlineExceeded extends Schema.TaggedError<DeadlineExceeded>()("DeadlineExceeded", Fields) {
  /** True: the same call may succeed later. */
  get isRetryable(): boolean {
    return true
  }
}

/**
 * The service does not offer this call.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unimplemented extends Schema.TaggedError<Unimplemented>()("Unimplemented", Fields) {
  /** False: the same call fails again. */
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The answer is not what the protocol allows: an internal error of the service, a broken connection set-up, a message
 * that does not decode.
 *
 * @category errors
 * @since 0.1.0
 */
export class Protocol extends Schema.TaggedError<Protocol>()("Protocol", Fields) {
  /** True: the same call may succeed later. */
  get isRetryable(): boolean {
    return true
  }
}

/**
 * The possible reasons why a call fails.
 *
 * @category errors
 * @since 0.1.0
 */
export const DispatchErrorReason = Schema.Union([
  Unauthenticated,
  PermissionDenied,
  NotFound,
  InvalidArgument,
  Conflict,
  ResourceExhausted,
  Unavailable,
  DeadlineExceeded,
  Unimplemented,
  Protocol
])

/**
 * The possible reasons why a call fails.
 *
 * @category errors
 * @since 0.1.0
 */
export type DispatchErrorReason = typeof DispatchErrorReason.Type

type Plain = Exclude<DispatchErrorReason, InvalidArgument>

/** Makes errors of one reason, from a message and their cause. */
function makes(Reason: new (fields: { readonly message: string; readonly cause?: unknown }) => Plain) {
  return (message: string, cause?: unknown): DispatchError =>
    new DispatchError({ reason: new Reason(cause === undefined ? { message } : { message, cause }) })
}

/**
 * A call to the dispatch service failed. `reason` says why and whether asking again can help.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchError } from "@effect-dispatch/core"
 * import { Effect } from "effect"
 *
 * const call = Effect.fail(DispatchError.notFound("no dispatch 7"))
 * const told = Effect.catchTag(call, "DispatchError", ({ isRetryable, reason }) =>
 *   Effect.succeed(isRetryable ? "later" : reason._tag)
 * )
 * assert.strictEqual(await Effect.runPromise(told), "NotFound")
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class DispatchError extends Schema.TaggedError<DispatchError>()("DispatchError", {
  reason: DispatchErrorReason
}) {
  /** The reason is the cause. */
  override readonly cause = this.reason

  /** The message of the reason, after the field that it is about. */
  override get message(): string {
    const { reason } = this
    const path = reason._tag === "InvalidArgument" ? (reason.field ?? "") : ""
    return Refusal.inOneLine({ path, message: reason.message })
  }

  /** True if the same call may succeed later. */
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }
}

/**
 * An error of the reason `Unauthenticated`: the service does not know the caller.
 *
 * @category constructors
 * @since 0.1.0
 */
export const unauthenticated = makes(Unauthenticated)

/**
 * An error of the reason `PermissionDenied`: the key has no right to this.
 *
 * @category constructors
 * @since 0.1.0
 */
export const permissionDenied = makes(PermissionDenied)

/**
 * An error of the reason `NotFound`: no dispatch has this id in this microgrid.
 *
 * @category constructors
 * @since 0.1.0
 */
export const notFound = makes(NotFound)

/**
 * An error of the reason `Conflict`: somebody else changed the dispatch first.
 *
 * @category constructors
 * @since 0.1.0
 */
export const conflict = makes(Conflict)

/**
 * An error of the reason `ResourceExhausted`: a limit is reached.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resourceExhausted = makes(ResourceExhausted)

/**
 * An error of the reason `Unavailable`: the service cannot be reached.
 *
 * @category constructors
 * @since 0.1.0
 */
export const unavailable = makes(Unavailable)

/**
 * An error of the reason `DeadlineExceeded`: no answer came in time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const deadlineExceeded = makes(DeadlineExceeded)

/**
 * An error of the reason `Unimplemented`: the service does not offer this call.
 *
 * @category constructors
 * @since 0.1.0
 */
export const unimplemented = makes(Unimplemented)

/**
 * An error of the reason `Protocol`: the answer is not what the protocol allows.
 *
 * @category constructors
 * @since 0.1.0
 */
export const protocol = makes(Protocol)

/**
 * `field` is the place of the fault in the model, if it is known; the message does not repeat it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const invalidArgument = (field: string | undefined, message: string): DispatchError =>
  new DispatchError({
    reason: new InvalidArgument({ message, ...(field !== undefined && { field }) })
  })
