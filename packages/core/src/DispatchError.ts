/**
 * The reason why a call failed: the one error of the service and of its clients.
 *
 * @since 0.1.0
 */
import { type Cause, Schema } from "effect"
import * as Refusal from "./Refusal.ts"

const Fields = { message: Schema.String, cause: Schema.optionalKey(Schema.Defect()) }

type ReasonClass<Self, Tag extends string, F extends Schema.Struct.Fields> = Schema.Class<
  Self,
  Schema.TaggedStruct<Tag, F>,
  Cause.YieldableError & {
    /** True if the same call may succeed later. */
    readonly isRetryable: boolean
  }
>

/** Makes the class of a reason. */
const reason =
  <Self>() =>
  <const Tag extends string, const F extends Schema.Struct.Fields = typeof Fields>(
    tag: Tag,
    isRetryable: boolean,
    fields: F = Fields as never
  ): ReasonClass<Self, Tag, F> => {
    const Reason = Schema.TaggedError<object>()(tag, fields)
    Object.defineProperty(Reason.prototype, "isRetryable", { value: isRetryable })
    return Reason as never
  }

/**
 * The service does not know the caller: the key is missing, wrong or not signed as required.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unauthenticated extends reason<Unauthenticated>()("Unauthenticated", false) {}

/**
 * The key is known but has no right to this microgrid or call.
 *
 * @category errors
 * @since 0.1.0
 */
export class PermissionDenied extends reason<PermissionDenied>()("PermissionDenied", false) {}

/**
 * No dispatch has this id in this microgrid.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFound extends reason<NotFound>()("NotFound", false) {}

/**
 * The request is not acceptable. `field` is the place of the fault, as a path in the model (`target.ids[0]`), if it is
 * known; `message` says what is wrong there.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidArgument extends reason<InvalidArgument>()("InvalidArgument", false, {
  ...Fields,
  field: Schema.optionalKey(Schema.String)
}) {}

/**
 * Somebody else changed the dispatch first; nothing was overwritten. Read it again and decide.
 *
 * @category errors
 * @since 0.1.0
 */
export class Conflict extends reason<Conflict>()("Conflict", false) {}

/**
 * A limit is reached: a message too large, too many requests or streams.
 *
 * @category errors
 * @since 0.1.0
 */
export class ResourceExhausted extends reason<ResourceExhausted>()("ResourceExhausted", true) {}

/**
 * The service cannot be reached, is shutting down, or lost its store.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unavailable extends reason<Unavailable>()("Unavailable", true) {}

/**
 * No answer came within the call's time; the service may still have done it.
 *
 * @category errors
 * @since 0.1.0
 */
export class DeadlineExceeded extends reason<DeadlineExceeded>()("DeadlineExceeded", true) {}

/**
 * The service does not offer this call.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unimplemented extends reason<Unimplemented>()("Unimplemented", false) {}

/**
 * The answer is not what the protocol allows: an internal error of the service, a broken connection set-up, a message
 * that does not decode.
 *
 * @category errors
 * @since 0.1.0
 */
export class Protocol extends reason<Protocol>()("Protocol", true) {}

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
 * @category errors
 * @since 0.1.0
 */
export class DispatchError extends Schema.TaggedError<DispatchError>()("DispatchError", {
  reason: DispatchErrorReason
}) {
  static readonly unauthenticated = makes(Unauthenticated)
  static readonly permissionDenied = makes(PermissionDenied)
  static readonly notFound = makes(NotFound)
  static readonly conflict = makes(Conflict)
  static readonly resourceExhausted = makes(ResourceExhausted)
  static readonly unavailable = makes(Unavailable)
  static readonly deadlineExceeded = makes(DeadlineExceeded)
  static readonly unimplemented = makes(Unimplemented)
  static readonly protocol = makes(Protocol)

  /** `field` is the place of the fault in the model, if it is known; the message does not repeat it. */
  static invalidArgument(field: string | undefined, message: string): DispatchError {
    return new DispatchError({
      reason: new InvalidArgument({ message, ...(field !== undefined && { field }) })
    })
  }

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
