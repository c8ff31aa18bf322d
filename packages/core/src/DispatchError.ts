/**
 * The reason why a call failed: the one error of the service and of its clients.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import * as Refusal from "./Refusal.ts"

const Fields = { message: Schema.String, cause: Schema.optionalKey(Schema.Defect()) }

/** A reason that lasts. */
class Lasting extends Schema.Error<Lasting>("Lasting")(Fields) {
  /** False: the same call fails again. */
  get isRetryable(): boolean {
    return false
  }
}

/** A reason that may pass. */
class Passing extends Schema.Error<Passing>("Passing")(Fields) {
  /** True: the same call may succeed later. */
  get isRetryable(): boolean {
    return true
  }
}

/**
 * The service does not know the caller: the key is missing, wrong or not signed as required.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unauthenticated extends Lasting.extend<Unauthenticated>("Unauthenticated")({
  _tag: Schema.tag("Unauthenticated")
}) {}

/**
 * The key is known but has no right to this microgrid or call.
 *
 * @category errors
 * @since 0.1.0
 */
export class PermissionDenied extends Lasting.extend<PermissionDenied>("PermissionDenied")({
  _tag: Schema.tag("PermissionDenied")
}) {}

/**
 * No dispatch has this id in this microgrid.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends Lasting.extend<NotFound>("NotFound")({
  _tag: Schema.tag("NotFound")
}) {}

/**
 * The request is not acceptable. `field` is the place of the fault, as a path in the model (`target.ids[0]`), if it is
 * known; `message` says what is wrong there.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidArgument extends Lasting.extend<InvalidArgument>("InvalidArgument")({
  _tag: Schema.tag("InvalidArgument"),
  field: Schema.optionalKey(Schema.String)
}) {}

/**
 * Somebody else changed the dispatch first; nothing was overwritten. Read it again and decide.
 *
 * @category errors
 * @since 0.1.0
 */
export class Conflict extends Lasting.extend<Conflict>("Conflict")({
  _tag: Schema.tag("Conflict")
}) {}

/**
 * Another dispatch of the microgrid has the name; `message` gives its id. Nothing was changed.
 *
 * @category errors
 * @since 0.1.0
 */
export class AlreadyExists extends Lasting.extend<AlreadyExists>("AlreadyExists")({
  _tag: Schema.tag("AlreadyExists")
}) {}

/**
 * A limit is reached: a message too large, too many requests or streams.
 *
 * @category errors
 * @since 0.1.0
 */
export class ResourceExhausted extends Passing.extend<ResourceExhausted>("ResourceExhausted")({
  _tag: Schema.tag("ResourceExhausted")
}) {}

/**
 * The service cannot be reached, is shutting down, or lost its store. With the fault `NothingListens` the call has never
 * arrived.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unavailable extends Passing.extend<Unavailable>("Unavailable")({
  _tag: Schema.tag("Unavailable"),
  fault: Schema.optionalKey(Schema.Literal("NothingListens"))
}) {}

/**
 * No answer came within the call's time; the service may still have done it.
 *
 * @category errors
 * @since 0.1.0
 */
export class DeadlineExceeded extends Passing.extend<DeadlineExceeded>("DeadlineExceeded")({
  _tag: Schema.tag("DeadlineExceeded")
}) {}

/**
 * The service does not offer this call.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unimplemented extends Lasting.extend<Unimplemented>("Unimplemented")({
  _tag: Schema.tag("Unimplemented")
}) {}

/**
 * The service does not keep this: it announces no such feature, and nothing was sent, or it answered with less.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unsupported extends Schema.TaggedError<Unsupported>()("Unsupported", Fields) {
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
export class Protocol extends Passing.extend<Protocol>("Protocol")({
  _tag: Schema.tag("Protocol")
}) {}

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
  AlreadyExists,
  ResourceExhausted,
  Unavailable,
  DeadlineExceeded,
  Unimplemented,
  Unsupported,
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
 * @see BEHAVIOUR section 1
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
 * An error of the reason `AlreadyExists`: another dispatch has the name.
 *
 * @category constructors
 * @since 0.1.0
 */
export const alreadyExists = makes(AlreadyExists)

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
 * An error of the reason `Unavailable`: nothing listens at the address of the service.
 *
 * @category constructors
 * @since 0.1.0
 */
export const nothingListens = (message: string): DispatchError =>
  new DispatchError({ reason: new Unavailable({ message, fault: "NothingListens" }) })

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
 * An error of the reason `Unsupported`: the service does not keep this.
 *
 * @category constructors
 * @since 0.1.0
 */
export const unsupported = makes(Unsupported)

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
