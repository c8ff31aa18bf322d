/**
 * The core of effect-dispatch: the model, and everything that needs neither wire nor storage.
 *
 * @since 0.1.0
 */
export * as ClockOffset from "./ClockOffset.ts"
export { Dispatch, RunDuration } from "./Dispatch.ts"
export {
  type DispatchCalls,
  type DispatchChanges,
  type DispatchRecord,
  type EventStream,
  isReadable,
  type ListOptions,
  type NewDispatch,
  type RecurrenceChanges,
  type StreamEvent,
  type UnreadableDispatch,
  type UpdateOptions
} from "./DispatchCalls.ts"
export { DispatchClient } from "./DispatchClient.ts"
export {
  Conflict,
  DeadlineExceeded,
  DispatchError,
  DispatchErrorReason,
  InvalidArgument,
  NotFound,
  PermissionDenied,
  Protocol,
  ResourceExhausted,
  Unauthenticated,
  Unavailable,
  Unimplemented
} from "./DispatchError.ts"
export { DispatchFilter, DispatchSort, TimeInterval } from "./DispatchFilter.ts"
export { DispatchId } from "./DispatchId.ts"
export { MicrogridId } from "./MicrogridId.ts"
export * as Payload from "./Payload.ts"
export * as Recurrence from "./Recurrence.ts"
export { RecurrenceRule, RecurrenceRuleError } from "./RecurrenceRule.ts"
export * as Target from "./Target.ts"
export { DispatchEvent } from "./DispatchEvent.ts"
export { RunningState } from "./RunningState.ts"
export type { ChangeCause, MissedReason, MissedRun, RunningStateChange } from "./RunningStateChange.ts"
export { SyncStatus } from "./SyncStatus.ts"
export * as Actor from "./Actor.ts"
export { DispatchingActor, type DispatchingActorOptions } from "./DispatchingActor.ts"
export type { RunningStateOptions, SubscribeOptions } from "./SubscribeOptions.ts"
export { Dispatcher } from "./Dispatcher.ts"
export * as ActorFactory from "./ActorFactory.ts"
export { ActorManager } from "./ActorManager.ts"
export type { Manage, ManageOptions, WhenStale } from "./ManageOptions.ts"
export { DispatchInfo } from "./DispatchInfo.ts"
export * as MergeStrategy from "./MergeStrategy.ts"
export * as SyncSettings from "./SyncSettings.ts"
export { OptionError } from "./Options.ts"
export { MicrogridHolder, MicrogridTaken } from "./MicrogridTaken.ts"
export * as SitePersistence from "./SitePersistence.ts"
export { type Alarm, DispatchScheduler, MaxSleep, type Ring } from "./DispatchScheduler.ts"
