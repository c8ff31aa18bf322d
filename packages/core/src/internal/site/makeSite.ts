/** Makes a microgrid as its actor knows it, with the fibers that live as long as the actor. */
import { type Clock, Deferred, Effect, Metric, Option, Scope } from "effect"
import type { DispatchEvent } from "../../DispatchEvent.ts"
import * as DispatchMirror from "../mirror/dispatchMirror.ts"
import * as Metrics from "../../Metrics.ts"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { OptionError } from "../../Options.ts"
import type { MissedRun, RunningStateChange } from "../../RunningStateChange.ts"
import type { MicrogridTaken } from "../../MicrogridTaken.ts"
import { type SyncOptions, withDefaults } from "../../SyncSettings.ts"
import { SiteJournal } from "../../SiteJournal.ts"
import { JournalWriter } from "../journal/journalWriter.ts"
import * as Timeline from "../timeline/timeline.ts"
import { elapsedMillis, reached } from "../elapsed.ts"
import { Errands } from "../errands.ts"
import { Hub } from "../subscribers/hub.ts"
import type { Publication } from "../subscribers/publication.ts"
import { OpenStreams } from "../sync/openStreams.ts"
import { RecoveryWait } from "../sync/recoveryWait.ts"
import { fence } from "./fence.ts"
import { Inbox } from "./inbox.ts"
import { Outbox } from "./outbox.ts"
import * as Publisher from "./publisher.ts"
import { type RecoveredStop, RecoveredStops } from "./recoveredStops.ts"
import type { Site } from "./site.ts"
import { SiteKeeper } from "./siteKeeper.ts"
import * as SiteTelemetry from "./siteTelemetry.ts"
import * as SiteStore from "./siteStore.ts"
import * as SiteVitals from "./siteVitals.ts"
import * as Standing from "./standing.ts"
import { StatusBoard } from "./statusBoard.ts"

export const makeSite = Effect.fnUntraced(function* (
  microgridId: MicrogridId,
  sync: SyncOptions | undefined,
  clock: Clock.Clock
): Effect.fn.Return<Site, MicrogridTaken | OptionError, Scope.Scope> {
  const settings = yield* withDefaults(sync)
  const mirror = DispatchMirror.make()
  const taken = yield* SiteStore.take(microgridId)
  const follower = taken?.follower
  const timeline = Timeline.make({
    catchUpWindow: settings.catchUpWindow,
    remembers: taken !== undefined
  })
  // A fiber of the site fails for reasons that it has told.
  const errands = yield* Errands.make(() => {})
  const recoveredStops: RecoveredStops = new RecoveredStops(() =>
    errands.begin(letGoOfRecoveredStops({ keeper: site.keeper, microgridId, recoveredStops }))
  )
  const hubs = yield* makeHubs
  const telemetry = yield* SiteTelemetry.make(microgridId)
  const board = new StatusBoard()
  follower?.begin?.(phaseOf(board))
  const journal = yield* keepJournal({ microgridId, clock, timeline, board })
  const publisher = Publisher.make(hubs, { telemetry, follower, journal })
  const site: Site = {
    microgridId,
    settings,
    mirror,
    timeline,
    hubs,
    telemetry,
    recoveredStops,
    // A store that follows the changes sees all stops of an earlier process, and keeps them.
    isStopSeen: (stop) => follower !== undefined || hubs.changes.isSeen(stop),
    inbox: new Inbox(),
    outbox: new Outbox(timeline, publisher, { isKept: taken !== undefined }),
    recovery: new RecoveryWait(() => DispatchMirror.isWaiting(mirror)),
    standing: Standing.make(),
    keeper: taken && new SiteKeeper(taken.store, { recordTimeout: settings.recordTimeout, recoveredStops }),
    follower,
    journal,
    board,
    initialized: yield* Deferred.make<void>(),
    vitals: new SiteVitals.SiteVitals(clock),
    streams: new OpenStreams(),
    scope: yield* Effect.scope
  }
  yield* keep(site)
  return site
})

/** The hubs of a site, closed with the scope. */
const makeHubs = Effect.acquireRelease(
  Effect.sync((): Publisher.Hubs => ({
    changes: new Hub<RunningStateChange, Publication, RecoveredStop>(),
    missed: new Hub<MissedRun>(),
    events: new Hub<DispatchEvent>()
  })),
  (hubs) => Effect.sync(() => Publisher.close(hubs))
)

const phaseOf = (board: StatusBoard) => () => board.status._tag

/** Writes touched dispatches, also after the actor has ended: the rest is written before the scope is closed. */
const keep = Effect.fnUntraced(function* (site: Site) {
  const { keeper } = site
  if (keeper === undefined) return
  yield* Effect.forkScoped(Effect.catch(keeper.run, (reason) => fence(site, reason)))
  yield* Effect.addFinalizer(() => keeper.flush)
})

/** Keeps a journal if there is a place for it, also of the end of the actor. */
const keepJournal = Effect.fnUntraced(function* ({
  clock,
  microgridId,
  board,
  timeline
}: Pick<Site, "microgridId" | "board" | "timeline"> & {
  readonly clock: Clock.Clock
}): Effect.fn.Return<JournalWriter | undefined, never, Scope.Scope> {
  const place = Option.getOrUndefined(yield* SiteJournal)
  if (place === undefined) return undefined
  const journal = new JournalWriter(place, {
    microgridId,
    clock,
    context: yield* Effect.context<never>(),
    phase: phaseOf(board),
    isOn: () => Timeline.isAnyRunning(timeline)
  })
  // Made first, so that the place is left last: the rest is written while it is still held.
  const scope = yield* Scope.fork(yield* Effect.scope)
  yield* Effect.forkScoped(Scope.provide(journal.run, scope))
  yield* Effect.addFinalizer(() => journal.close)
  return journal
})

/** Lets go of recovered stops, for as long as there are some, also while the actor is stopped; logs those that nobody took. */
const letGoOfRecoveredStops = ({
  keeper,
  microgridId,
  recoveredStops
}: Pick<Site, "keeper" | "microgridId" | "recoveredStops">): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let isLeft = true; isLeft;) {
      yield* reached(() => recoveredStops.nextExpiry)
      const over = recoveredStops.expire(yield* elapsedMillis)
      isLeft = recoveredStops.nextExpiry !== Infinity
      for (const { isMoved, stop } of over) {
        const { id, type } = stop.dispatch
        keeper?.touch([id])
        // Nobody who is here tells the version that runs from the one before.
        if (isMoved) continue
        yield* Metric.update(Metrics.recoveredStopsUntaken.at(), 1)
        yield* Effect.logWarning(
          `Nobody took the stop of dispatch ${id} (${type}), which an earlier process had started at microgrid ${microgridId}`
        ).pipe(Effect.annotateLogs({ dispatch: String(id), microgrid: String(microgridId) }))
      }
    }
  })
