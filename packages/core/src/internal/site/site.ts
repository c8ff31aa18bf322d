/** One microgrid, as its actor knows it. */
import type { Deferred, Scope } from "effect"
import type { JournalWriter } from "../journal/journalWriter.ts"
import type { DispatchMirror } from "../mirror/dispatchMirror.ts"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { Fenced, SiteFollower } from "../../SitePersistence.ts"
import type { SyncSettings } from "../../SyncSettings.ts"
import type { Timeline } from "../timeline/timeline.ts"
import type { RecoveryWait } from "../sync/recoveryWait.ts"
import type { OpenStreams } from "../sync/openStreams.ts"
import type { Inbox } from "./inbox.ts"
import type { Outbox } from "./outbox.ts"
import type { Hubs } from "./publisher.ts"
import type { RecoveredStop, RecoveredStops } from "./recoveredStops.ts"
import type { SiteKeeper } from "./siteKeeper.ts"
import type { SiteTelemetry } from "./siteTelemetry.ts"
import type { SiteVitals } from "./siteVitals.ts"
import type { Standing } from "./standing.ts"
import type { StatusBoard } from "./statusBoard.ts"

/** The knowledge and the outlets of an actor: it outlives every restart of the loop. */
export interface Site {
  readonly microgridId: MicrogridId
  readonly settings: SyncSettings
  readonly mirror: DispatchMirror
  readonly timeline: Timeline
  readonly board: StatusBoard
  /** The facts behind the status. */
  readonly standing: Standing
  readonly initialized: Deferred.Deferred<void>
  readonly hubs: Hubs
  readonly inbox: Inbox<Fenced>
  readonly outbox: Outbox
  readonly recoveredStops: RecoveredStops
  /** True if the stop of an earlier process is handed to somebody now. */
  readonly isStopSeen: (stop: RecoveredStop) => boolean
  /** The wait of an earlier process's knowledge. */
  readonly recovery: RecoveryWait
  /** Absent if no records are kept. */
  readonly keeper: SiteKeeper | undefined
  /** Absent unless the store follows what is told. */
  readonly follower: SiteFollower | undefined
  /** Absent if no journal is kept. */
  readonly journal: JournalWriter | undefined
  readonly telemetry: SiteTelemetry
  readonly vitals: SiteVitals
  /** The event streams that are open. */
  readonly streams: OpenStreams
  /** The scope of the actor's life. */
  readonly scope: Scope.Scope
}
