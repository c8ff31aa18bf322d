/**
 * Why a call to the dispatch service failed.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

const Fields = { message: Schema.String, cause: Schema.optionalKey(Schema.Defect()) }

/**
 * The service does not know the caller: the key is missing, wrong or not signed as required.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", Fields) {
  /** Retrying cannot mend it. */
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
  /** Retrying cannot mend it. */
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
  /** Retrying cannot mend it. */
  get isRetryable(): boolean {
    return false
  }
}

/**
 * The request is not acceptable; `field` names what is wrong: as a path in the model (`target.ids[0]`) if it was not even
 * sent, else as the service names it, in the API's names (`dispatch_data.payload`).
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidArgument extends Schema.TaggedError<InvalidArgument>()("InvalidArgument", {
  ...Fields,
  field: Schema.optionalKey(Schema.String)
}) {
  /** Retrying cannot mend it. */
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
  /** The same request would lose again. */
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
  /** Limits on rates pass. */
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
  /** It may be back in a moment. */
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
  /** It may answer in time when asked again. */
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
  /** Retrying cannot mend it. */
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
  /** The fault may be passing. */
  get isRetryable(): boolean {
    return true
  }
}

/**
 * Every reason a call can fail for.
 *
 * @category errors
 * @since 0.1.0
 */
export const DispatchClientErrorReason = Schema.Union([
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
 * Every reason a call can fail for.
 *
 * @category errors
 * @since 0.1.0
 */
export type DispatchClientErrorReason = typeof DispatchClientErrorReason.Type

/**
 * A call to the dispatch service failed. `reason` says why and whether asking again can help.
 *
 * @category errors
 * @since 0.1.0
 */
export class DispatchClientError extends Schema.TaggedError<DispatchClientError>()("DispatchClientError", {
  reason: DispatchClientErrorReason
}) {
  /** The reason is the cause. */
  override readonly cause = this.reason

  /** Says what the reason says. */
  override get message(): string {
    return this.reason.message
  }

  /** Whether the same call may succeed later. */
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }
}
