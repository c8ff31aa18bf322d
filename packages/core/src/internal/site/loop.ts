/**
 * The actor's loop: messages and rings of the alarm go in, mirror and timeline decide, decisions are published. Nothing
 * in it waits for a write.
 */
import { type Clock, DateTime, Effect, type Scope } from "effect"
import type { DispatchClient } from "../../DispatchClient.ts"
import * as DispatchMirror from "../mirror/dispatchMirror.ts"
import type { Alarm, DispatchScheduler } from "../../DispatchScheduler.ts"
import type { Outcome } from "../mirror/mirrorOutcome.ts"
import type { Fenced } from "../../SitePersistence.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"
import { isUnlike } from "../timeline/alike.ts"
import { movedStop } from "../timeline/movedStop.ts"
import * as Timeline from "../timeline/timeline.ts"
import { clockStepToleranceMillis } from "../clockStep.ts"
import { Errands } from "../errands.ts"
import type { Moment } from "../moment.ts"
import { Synchroniser } from "../sync/synchroniser.ts"
import { carryOut, decide, remember } from "./decision.ts"
import { fence } from "./fence.ts"
import type { Mail } from "./inbox.ts"
import type { Site } from "./site.ts"
import { isChange, noteRetryDelay, type Slice } from "./outbox.ts"
import type { Recalled, SiteKeeper } from "./siteKeeper.ts"
import * as SiteStatus from "./siteStatus.ts"

/** Services the loop works with. */
export interface Surroundings {
  readonly client: DispatchClient["Service"]
  readonly scheduler: DispatchScheduler["Service"]
  readonly clock: Clock.Clock
  /** Completes when the service may be asked. */
  readonly askAfter: Effect.Effect<void>
}

/** The things that a run of the loop works with. */
interface Work {
  readonly site: Site
  readonly alarm: Alarm
  readonly synchroniser: Synchroniser
  readonly moment: () => Moment
}

/** Runs the loop for ever, or until the store has refused for good: then the whole site is told. */
export const run = (site: Site, surroundings: Surroundings): Effect.Effect<never, Fenced, Scope.Scope> =>
  Effect.tapError(live(site, surroundings), (reason) => fence(site, reason))

const live = Effect.fnUntraced(function* (
  site: Site,
  surroundings: Surroundings
): Effect.fn.Return<never, Fenced, Scope.Scope> {
  const { askAfter, clock, client, scheduler } = surroundings
  const moment = () => momentOf(clock)
  const { inbox } = site
  inbox.clear()
  if (site.standing.fenced !== undefined) return yield* site.standing.fenced
  // If the inbox is full, the ring is lost and the alarm set again after the next turn.
  const alarm = yield* scheduler.alarm((ring) => inbox.wake({ _tag: "Ring", ring }))
  yield* recall(site, moment)
  // No alarm rang while the loop did not run.
  if (moment().now < site.timeline.evaluatedAt - clockStepToleranceMillis) {
    inbox.wake({ _tag: "Ring", ring: "ClockSetBack" })
  }
  yield* Effect.addFinalizer(() => SiteStatus.ended(site))
  // If any of them dies, all end, and the supervisor starts them again together.
  const errands = yield* Errands.make<Fenced>((cause) => inbox.end(cause))
  const synchroniser = new Synchroniser({
    client,
    microgridId: site.microgridId,
    settings: site.settings,
    recovery: site.recovery,
    streams: site.streams,
    errands,
    tell: inbox.tell,
    mark: inbox.mark
  })
  errands.begin(Effect.andThen(askAfter, synchroniser.begin))
  if (site.keeper !== undefined) errands.begin(recallLate(inbox, site.keeper))
  return yield* loop({ site, alarm, synchroniser, moment })
})

const momentOf = (clock: Clock.Clock): Moment => ({
  now: Math.floor(clock.currentTimeMillisUnsafe()),
  elapsed: Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
})

const loop = Effect.fnUntraced(function* (work: Work): Effect.fn.Return<never, Fenced> {
  const { alarm, site } = work
  const { inbox, outbox, timeline } = site
  let isCaughtUp = false
  for (;;) {
    // Deadlines that passed while the loop did not run ring at once.
    alarm.set(Timeline.nextWakeAt(timeline))
    const { isReady } = outbox
    if (isReady) yield* Effect.yieldNow
    yield* decideMail(work, yield* inbox.take(isReady ? "AtOnce" : "Waiting"))
    // Runs that have ended by now are not told: they were settled before.
    if (outbox.isReady) tellSlice(site, work.moment())
    yield* beginSlice(site)
    if (!isCaughtUp && outbox.isEmpty && site.board.status._tag !== "Connecting") {
      isCaughtUp = true
      site.follower?.caughtUp()
    }
  }
})

const tellSlice = (site: Site, { elapsed, now }: Moment): void => {
  const told = site.outbox.tellSlice(now)
  if (told === undefined) return
  keepMoved(site, told.moved, elapsed)
  if (told.dropped.length > 0) site.follower?.dropping(told.dropped)
  remember(site, told.memory)
  site.keeper?.touch(told.ids)
}

/** Has the next slice noted, in a fiber that outlives the loop. */
const beginSlice = (site: Site): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { inbox, keeper, outbox, scope } = site
    const slice = outbox.beginSlice()
    if (slice === undefined) return Effect.void
    if (keeper === undefined || slice.noted.length === 0) return Effect.sync(() => outbox.markNoted())
    const note = Effect.matchEffect(noteSlice(site, keeper, slice), {
      onSuccess: () => Effect.sync(() => inbox.wake({ _tag: "Nudge" })),
      onFailure: (reason) => fence(site, reason)
    })
    return Effect.asVoid(Effect.forkIn(note, scope))
  }).pipe(Effect.uninterruptible)

/**
 * Notes a slice. Without a follower it is told whatever came of that, because the actor matters more than its memory;
 * with one, it waits until it is noted, or may go without its commands.
 */
const noteSlice = Effect.fnUntraced(function* (
  { follower, inbox, outbox, scope }: Site,
  keeper: SiteKeeper,
  slice: Slice
): Effect.fn.Return<void, Fenced> {
  const changes = follower === undefined ? [] : slice.items.filter(isChange)
  let isNoted = yield* keeper.note(slice.noted, () => follower?.noting(changes))
  while (!isNoted && follower !== undefined && !follower.mayTellUnnoted()) {
    yield* Effect.sleep(noteRetryDelay)
    if (!keeper.isHanging) isNoted = yield* keeper.note(slice.noted, () => follower.noting(changes))
  }
  if (isNoted || follower === undefined) return outbox.markNoted()
  outbox.markUnnoted()
  const release = Effect.sync(() => {
    outbox.releaseCommands()
    inbox.wake({ _tag: "Nudge" })
  })
  yield* Effect.forkIn(Effect.delay(release, noteRetryDelay), scope)
})

/** Decides about messages, each by itself unless something is overdue, and follows up. */
const decideMail = Effect.fnUntraced(function* (
  work: Work,
  { learned, rings }: Mail
): Effect.fn.Return<void, Fenced> {
  const { moment, site, synchroniser } = work
  if (takeReadings(site, moment())) synchroniser.requestConfirmation()
  let isSetBack = rings.includes("ClockSetBack")
  for (let done = 0; ;) {
    yield* site.inbox.check
    const present = moment()
    isSetBack ||= present.now < site.timeline.evaluatedAt - clockStepToleranceMillis
    const next = Timeline.nextWakeAt(site.timeline)
    // The timer is ahead of the messages. At the very instant it counts once it has rung, or nothing else is there.
    const isDue = next === present.now && (rings.length > 0 || done === learned.length)
    const isLate = isSetBack || next < present.now || isDue
    if (!isLate && done === learned.length) return
    const taken = isLate ? learned.slice(done) : learned.slice(done, done + 1)
    const decision = decide(site, { messages: taken, isLate }, present)
    if (isSetBack || decision.clockStepped) synchroniser.requestListing("ClockStep")
    isSetBack = false
    done += taken.length
    for (const { outcome } of decision.applied) yield* followUp(site, synchroniser, outcome)
    for (const { show } of decision.applied) yield* show(site)
  }
})

/** Goes on from the records of an earlier process, if there are any (S10, R11). */
const recall = (site: Site, moment: () => Moment): Effect.Effect<void, Fenced> => {
  const { keeper } = site
  if (keeper === undefined) return Effect.void
  return Effect.map(keeper.recall, () => {
    takeReadings(site, moment())
  })
}

/** Recalls late the records that could not be read at the start. */
const recallLate = Effect.fnUntraced(function* (
  inbox: Site["inbox"],
  keeper: SiteKeeper
): Effect.fn.Return<void, Fenced> {
  for (let failures = 0, isLeft = true; isLeft; failures++) {
    if (keeper.hasReadings) inbox.wake({ _tag: "Nudge" })
    isLeft = yield* keeper.recallAgain(failures)
  }
})

/**
 * Takes the records that were read; until then the keeper writes no group. Returns true if any must wait for a listing;
 * the first of them begins the wait.
 */
const takeReadings = (site: Site, moment: Moment): boolean => {
  let isAnyWaiting = false
  for (const recalled of site.keeper?.releaseReadings() ?? []) {
    const { isOn } = site.recovery
    const waits = takeRecalled(site, recalled, moment)
    if (waits && !isOn) site.recovery.beginAnew(moment.elapsed)
    isAnyWaiting ||= waits
  }
  return isAnyWaiting
}

/** Goes on from the records, and stops at once runs that must not go on; returns true if any waits for a listing. */
const takeRecalled = (site: Site, recalled: Recalled, moment: Moment): boolean => {
  const { inbox, keeper, mirror, telemetry, timeline } = site
  const { facts, isWhole, joined } = recalled
  telemetry.forgotten(joined, 0)
  // Of dispatches that the service has told of, only the announcements of an earlier process matter.
  const remembered = recalled.remembered.map((recalledOne): Timeline.Remembered => {
    const one = keeper?.withoutOwn(recalledOne) ?? recalledOne
    return DispatchMirror.isTold(mirror, one.id) ? { ...one, version: undefined } : one
  })
  const versions = remembered.flatMap(({ version }) => (version === undefined ? [] : [version]))
  const waits = DispatchMirror.recover(mirror, versions, { at: inbox.mark(), isWhole })
  const evaluation = Timeline.recover(timeline, remembered, moment.now, facts?.forgottenUpTo)
  const left = remembered.flatMap((one) => leftBy(one, DateTime.makeUnsafe(timeline.evaluatedAt)))
  carryOut(site, { ...evaluation, moved: [...evaluation.moved, ...left] }, [], moment)
  keepMoved(site, left, moment.elapsed)
  keeper?.touch(left.map(({ dispatch: { id } }) => id))
  return waits
}

/** Keeps the ends of runs that have gone on as other versions, for subscribers who tell these apart. */
const keepMoved = (site: Site, stops: ReadonlyArray<RunningStateChange>, elapsed: number): void => {
  const moved = stops.map((stop) => ({ stop, isMoved: true }))
  site.recoveredStops.add(moved, elapsed, site.isStopSeen)
}

/** The ends of runs that earlier processes announced and saw go on as other versions, for those who tell these apart. */
const leftBy = (
  { moved = [], repeated }: Timeline.Remembered,
  now: DateTime.Utc
): Array<RunningStateChange> =>
  moved
    .filter(isUnlike(repeated?.moved ?? []))
    .map(({ next, ...run }) =>
      movedStop(run, { at: now, cause: "Recovered", decidedAt: now, dispatch: next ?? run.dispatch })
    )

/** Has the first listing written down, reports anomalies, and asks the service for dispatches in doubt. */
const followUp = Effect.fnUntraced(function* (
  { keeper, telemetry }: Site,
  synchroniser: Synchroniser,
  outcome: Outcome
) {
  if (outcome.settledUpTo !== undefined) keeper?.noteListed()
  for (const anomaly of outcome.anomalies) telemetry.anomaly(anomaly)
  for (const { id, message: why, path } of outcome.unreadable) {
    yield* Effect.annotateLogs(
      Effect.logWarning(`Dispatch ${id ?? "without a readable id"} cannot be scheduled: ${path}: ${why}`),
      "dispatch",
      String(id ?? "unknown")
    )
  }
  yield* synchroniser.followUp(outcome)
})
