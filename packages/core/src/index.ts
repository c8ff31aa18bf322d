/**
 * The core of effect-dispatch: the model, and everything that needs neither wire nor storage.
 *
 * @since 0.1.0
 */
export * as ClockOffset from "./ClockOffset.ts"
export { Dispatch } from "./Dispatch.ts"
export { DispatchClient } from "./DispatchClient.ts"
export { DispatchClientError } from "./DispatchClientError.ts"
export { DispatchId } from "./DispatchId.ts"
export { MicrogridId } from "./MicrogridId.ts"
export * as Payload from "./Payload.ts"
export * as Recurrence from "./Recurrence.ts"
export { RecurrenceRule } from "./RecurrenceRule.ts"
export * as Target from "./Target.ts"
export { DispatchEvent } from "./DispatchEvent.ts"
export { RunningState } from "./RunningState.ts"
export type { MissedRun, RunningStateChange } from "./RunningStateChange.ts"
export { SyncStatus } from "./SyncStatus.ts"
export * as Actor from "./Actor.ts"
export { DispatchingActor } from "./DispatchingActor.ts"
export { Dispatcher } from "./Dispatcher.ts"
export * as ActorFactory from "./ActorFactory.ts"
export { ActorManager } from "./ActorManager.ts"
export { DispatchInfo } from "./DispatchInfo.ts"
export * as MergeStrategy from "./MergeStrategy.ts"
export * as SyncSettings from "./SyncSettings.ts"
export * as SitePersistence from "./SitePersistence.ts"
export { DispatchScheduler, MaxSleep } from "./DispatchScheduler.ts"
