/** One microgrid, as its actor knows it. */
import type { Deferred, Semaphore, SubscriptionRef } from "effect"
import type { DispatchEvent } from "../../DispatchEvent.ts"
import type { DispatchMirror } from "../../DispatchMirror.ts"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { MissedRun, RunningStateChange } from "../../RunningStateChange.ts"
import type { SyncSettings } from "../../SyncSettings.ts"
import type { SyncStatus } from "../../SyncStatus.ts"
import type { Timeline } from "../../Timeline.ts"
import type { Hub } from "../subscribers/hub.ts"
import type { RecoveryWait } from "../sync/recoveryWait.ts"
import type { ServiceClock } from "../sync/serviceClock.ts"
import type { SiteKeeper } from "./siteKeeper.ts"
import type { SiteVitals } from "./siteVitals.ts"
import type { Standing } from "./standing.ts"

/** What an actor knows and where it publishes: it outlives every restart of the loop. */
export interface Site {
  readonly microgridId: MicrogridId
  readonly settings: SyncSettings
  readonly mirror: DispatchMirror
  readonly timeline: Timeline
  readonly status: SubscriptionRef.SubscriptionRef<SyncStatus>
  /** What the status is drawn from. */
  readonly standing: Standing
  /** The wait of what an earlier process knew. */
  readonly recovery: RecoveryWait
  readonly serviceClock: ServiceClock
  readonly initialized: Deferred.Deferred<void>
  readonly events: Hub<DispatchEvent>
  readonly changes: Hub<RunningStateChange>
  readonly missed: Hub<MissedRun>
  readonly keeper: SiteKeeper
  readonly vitals: SiteVitals
  /** Stops of what an earlier process announced, found while nobody was subscribed: kept for who asks first. */
  recoveredStops: ReadonlyArray<RunningStateChange>
  /** One at a time: a decision until it is published, and a subscription while it takes over the present state. */
  readonly turn: Semaphore.Semaphore
}
