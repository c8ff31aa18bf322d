/** The reason why a call of the synchroniser ended, and the wait before the next. Rule S3. */
import { Cause, Effect, Exit, Random } from "effect"
import type { DispatchError, DispatchErrorReason } from "../../DispatchError.ts"
import { backoff, hopelessDelay } from "../../SyncSettings.ts"

/** The reason why a call ended. */
export interface SyncFailure {
  readonly cause: string
  readonly reason: DispatchErrorReason["_tag"] | "Ended" | "Defect"
  /** Asking again cannot help. */
  readonly hopeless: boolean
}

/** The reason why a call failed, also if several things failed at once. It is hopeless only if all of them are. */
export const describe = (
  cause: Cause.Cause<DispatchError>
): SyncFailure & { readonly reason: Exclude<SyncFailure["reason"], "Ended"> } => {
  const errors = cause.reasons.filter(Cause.isFailReason).map(({ error }) => error)
  const [first] = errors
  if (first === undefined) return { cause: Cause.pretty(cause), reason: "Defect", hopeless: false }
  const defects = cause.reasons.filter(Cause.isDieReason).map(({ defect }) => String(defect))
  const messages = new Set([...errors.map(({ message }) => message), ...defects])
  return {
    cause: [...messages].join("; "),
    reason: first.reason._tag,
    hopeless: defects.length === 0 && errors.every(isHopeless)
  }
}

const isHopeless = ({ reason: { _tag } }: DispatchError): boolean =>
  _tag === "Unauthenticated" || _tag === "PermissionDenied" || _tag === "Unimplemented"

/** The reason why an event stream ended: a clean end by the service counts like any other. */
export const endOf = (exit: Exit.Exit<unknown, DispatchError>): SyncFailure =>
  Exit.isSuccess(exit)
    ? { cause: "the service ended the event stream", reason: "Ended", hopeless: false }
    : describe(exit.cause)

/** Waits before the next attempt, after so many failures in a row. */
export const pause = ({ hopeless }: Pick<SyncFailure, "hopeless">, failures: number): Effect.Effect<void> =>
  Effect.flatMap(Random.next, (random) => Effect.sleep(hopeless ? hopelessDelay : backoff(failures, random)))
