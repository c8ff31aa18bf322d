/** The values that labels of metrics can take: those of the model, each in full. */
import { Record } from "effect"
import type { DispatchErrorReason } from "../DispatchError.ts"
import type { DispatchEvent } from "../DispatchEvent.ts"
import type { Anomaly } from "./mirror/mirrorOutcome.ts"
import type { ChangeCause, MissedReason, RunningStateChange } from "../RunningStateChange.ts"
import type { SyncStatus } from "../SyncStatus.ts"

/** All members of a union, each once: a missing member does not compile. */
const all = <Union extends string>(members: { readonly [Member in Union]: true }): ReadonlyArray<Union> =>
  Record.keys(members)

export const phases = all<SyncStatus["_tag"]>({ Connecting: true, Synchronised: true, Stale: true })

/** The reasons why a call of the service fails. */
export const failureReasons = all<DispatchErrorReason["_tag"]>({
  Unauthenticated: true,
  PermissionDenied: true,
  NotFound: true,
  InvalidArgument: true,
  Conflict: true,
  AlreadyExists: true,
  ResourceExhausted: true,
  Unavailable: true,
  DeadlineExceeded: true,
  Unimplemented: true,
  Unsupported: true,
  Protocol: true
})

/**
 * The reason for a listing: a new stream stands, a stream that was not confirmed, the interval is over, doubt about
 * received messages, a clock that was set back, a failed listing, or what an earlier process knew while there is no
 * stream.
 */
export type ListingReason =
  | "Connected"
  | "Unconfirmed"
  | "Periodic"
  | "Doubt"
  | "ClockStep"
  | "Retry"
  | "Recovery"

export const listingReasons = all<ListingReason>({
  Connected: true,
  Unconfirmed: true,
  Periodic: true,
  Doubt: true,
  ClockStep: true,
  Retry: true,
  Recovery: true
})

export const anomalyNames = all<Anomaly>({
  staleVersion: true,
  duplicateVersion: true,
  divergentVersion: true,
  rolledBackVersion: true,
  correctedVersion: true,
  contradictedVersion: true,
  deletedButListed: true,
  deletedButTold: true,
  undoneDeletion: true,
  forgottenDeletion: true,
  unreadable: true,
  unknownEvent: true
})

export const eventKinds = all<DispatchEvent["_tag"]>({
  Created: true,
  Updated: true,
  Deleted: true,
  Retired: true
})

export const states = all<RunningStateChange["state"]>({ Running: true, Stopped: true })

/** `Merged` is the view of one subscriber, and not published. */
export const changeCauses = all<Exclude<ChangeCause, "Merged">>({
  Scheduled: true,
  Created: true,
  Updated: true,
  Deleted: true,
  Resync: true,
  ClockJump: true,
  Recovered: true
})

export const missedReasons = all<MissedReason>({
  LateWakeUp: true,
  SlowSubscriber: true,
  NotTold: true,
  Unremembered: true
})
