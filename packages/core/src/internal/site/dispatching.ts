/**
 * The actor's loop: messages and rings of the alarm go in, mirror and timeline decide, decisions are published.
 */
import { type Clock, DateTime, Effect, Queue, type Scope } from "effect"
import type { DispatchClient } from "../../DispatchClient.ts"
import type { DispatchId } from "../../DispatchId.ts"
import { DispatchEvent } from "../../DispatchEvent.ts"
import * as DispatchMirror from "../../DispatchMirror.ts"
import type { DispatchScheduler, Ring } from "../../DispatchScheduler.ts"
import type { Outcome } from "../../MirrorOutcome.ts"
import { isCommand } from "../../RunningStateChange.ts"
import { SyncStatus } from "../../SyncStatus.ts"
import * as Timeline from "../../Timeline.ts"
import { clockStepToleranceMillis } from "../clockStep.ts"
import { makeOutcome } from "../mirror/knownVersions.ts"
import * as ServiceClock from "../sync/serviceClock.ts"
import type { Site } from "./site.ts"
import * as SiteRecorder from "./siteRecorder.ts"
import * as SiteStatus from "./siteStatus.ts"
import * as Synchroniser from "../sync/synchroniser.ts"
import type { SyncMessage } from "../sync/syncOwner.ts"
import { idsOf, toEvent, toInput } from "../mirror/transitions.ts"

/** How many messages may wait for the actor; beyond, the event stream is read more slowly. */
export const inboxCapacity = 4_096

/** Services the loop works with. */
export interface Surroundings {
  readonly client: DispatchClient["Service"]
  readonly scheduler: DispatchScheduler["Service"]
  readonly clock: Clock.Clock
}

type Message = SyncMessage | { readonly _tag: "Ring"; readonly ring: Ring }

/** Runs the loop for ever. */
export const run = Effect.fnUntraced(function* (
  site: Site,
  { client, clock, scheduler }: Surroundings
): Effect.fn.Return<never, never, Scope.Scope> {
  const { microgridId, mirror, settings, timeline } = site
  const recorder = yield* SiteRecorder.make(microgridId)
  const inbox = yield* Queue.bounded<Message>(inboxCapacity)
  // Should the inbox be full, the ring is lost and the alarm set again after the next turn.
  const alarm = yield* scheduler.alarm((ring) => void Queue.offerUnsafe(inbox, { _tag: "Ring", ring }))
  yield* recover(site, recorder, clock.currentTimeMillisUnsafe()).pipe(
    site.turn.withPermit,
    Effect.uninterruptible
  )
  // Nobody rang while the loop did not run.
  if (clock.currentTimeMillisUnsafe() < timeline.evaluatedAt - clockStepToleranceMillis) {
    Queue.offerUnsafe(inbox, { _tag: "Ring", ring: "ClockSetBack" })
  }
  yield* Effect.addFinalizer(() => SiteStatus.ended(site))
  const synchroniser = Synchroniser.make({
    client,
    microgridId,
    settings,
    tell: (message) => Queue.offer(inbox, message),
    mark: () => DispatchMirror.mark(mirror),
    beginListing: (endedSince) => DispatchMirror.beginListing(mirror, endedSince)
  })
  site.vitals.streamSince = synchroniser.streamSince
  site.vitals.waiting = () => Queue.sizeUnsafe(inbox)

  const loop = Effect.gen(function* () {
    for (;;) {
      // What was due while the loop did not run rings at once.
      alarm.set(Timeline.nextWakeAt(timeline))
      const messages = yield* Queue.takeAll(inbox)
      const rings = messages.filter((message) => message._tag === "Ring")
      const others = messages.filter((message) => message._tag !== "Ring")
      const now = clock.currentTimeMillisUnsafe()
      const setBack =
        now < timeline.evaluatedAt - clockStepToleranceMillis ||
        rings.some(({ ring }) => ring === "ClockSetBack")
      if (!setBack && rings.length === 0 && Timeline.nextWakeAt(timeline) >= now) {
        for (const message of others) {
          const stepped = yield* settle(site, synchroniser, recorder, [message], now, false)
          if (stepped) synchroniser.requestListing("ClockStep")
        }
      } else {
        // A ring for what has been rescheduled meanwhile has nothing to say.
        if (others.length > 0 || setBack || Timeline.nextWakeAt(timeline) <= now) {
          const stepped = yield* settle(site, synchroniser, recorder, others, now, true)
          if (setBack || stepped) synchroniser.requestListing("ClockStep")
        }
      }
    }
  })
  // Should any of them die, all end, and the supervisor starts them again together.
  const clockWatch = ServiceClock.follow(client, site.serviceClock, site.status)
  return yield* Effect.raceFirst(
    loop,
    Effect.andThen(Effect.all([synchroniser.run, clockWatch], { concurrency: "unbounded" }), Effect.never)
  )
})

/** Goes on from what an earlier process left behind, if it did (S10, R11). */
const recover = Effect.fnUntraced(function* (site: Site, recorder: SiteRecorder.SiteRecorder, now: number) {
  const recalled = yield* Effect.orDie(site.keeper.recall)
  if (recalled === undefined) return
  const { isWhole, remembered } = recalled
  const versions = remembered.flatMap(({ version }) => (version === undefined ? [] : [version]))
  DispatchMirror.recover(site.mirror, versions, isWhole)
  const evaluation = Timeline.recover(site.timeline, remembered, now)
  if (!site.changes.hasSubscribers()) {
    site.recoveredStops = evaluation.changes.filter(({ state }) => state === "Stopped")
  }
  const events = versions.map((dispatch) => DispatchEvent.Created({ dispatch }))
  const ids = remembered.map(({ id }) => id)
  yield* publish(site, recorder, [evaluation], events, ids)
  const since = DateTime.makeUnsafe(now)
  const cause = "this is what an earlier process knew; the service has not been asked yet"
  yield* SiteStatus.tell(site, SyncStatus.Stale({ since, cause }))
})

/** Publishes what was decided, what runs first, then what happened; `ids` are all that changed. */
const publish = Effect.fnUntraced(function* (
  { changes: changeHub, events: eventHub, keeper, missed: missedHub, telling }: Site,
  recorder: SiteRecorder.SiteRecorder,
  evaluations: ReadonlyArray<Timeline.Evaluation>,
  events: ReadonlyArray<DispatchEvent>,
  ids: Iterable<DispatchId>
) {
  yield* Effect.orDie(keeper.note(noteOf(telling, evaluations)))
  for (const { changes, missed } of evaluations) {
    changeHub.publish(changes)
    missedHub.publish(missed)
    recorder.changes(changes)
    recorder.missed(missed)
  }
  eventHub.publish(events)
  recorder.events(events)
  telling.clear()
  keeper.touch(ids)
  yield* keeper.flush
})

/** What starts is noted with the stops still to be told. */
const noteOf = (telling: Site["telling"], evaluations: ReadonlyArray<Timeline.Evaluation>) => {
  const starting = new Set<DispatchId>()
  for (const change of evaluations.flatMap(({ changes }) => changes)) {
    const { id } = change.dispatch
    if (change.state === "Running") starting.add(id)
    else if (!isCommand(change)) telling.set(id, [...(telling.get(id) ?? []), change])
  }
  return starting
}

/**
 * Applies messages, evaluates, publishes; then asks for what is in doubt. Where the timer has rung (`isLate`), all is
 * evaluated together, once; else what is due at this very instant is settled before the inputs. Gives whether the clock
 * was found to have been set back.
 */
const settle = Effect.fnUntraced(function* (
  site: Site,
  synchroniser: Synchroniser.Synchroniser,
  recorder: SiteRecorder.SiteRecorder,
  messages: ReadonlyArray<SyncMessage>,
  now: number,
  isLate: boolean
) {
  const { clockStepped, outcomes } = yield* decide(site, recorder, messages, now, isLate).pipe(
    site.turn.withPermit,
    Effect.uninterruptible
  )
  for (const outcome of outcomes) yield* followUp(synchroniser, recorder, outcome)
  for (const message of messages) yield* SiteStatus.judge(site, message)
  return clockStepped
})

/** From learning to publishing in one go: what has been decided is never left unsaid. */
const decide = Effect.fnUntraced(function* (
  site: Site,
  recorder: SiteRecorder.SiteRecorder,
  messages: ReadonlyArray<SyncMessage>,
  now: number,
  isLate: boolean
) {
  const outcomes = messages.map((message) => {
    const outcome = learn(site, message, now)
    recorder.learned(outcome.transitions, message.origin)
    return outcome
  })
  const transitions = outcomes.flatMap((outcome) => outcome.transitions)
  let clockStepped = false
  if (transitions.length > 0 || isLate) {
    const inputs = transitions.map(toInput)
    const evaluations = isLate
      ? [Timeline.evaluate(site.timeline, inputs, now)]
      : Timeline.apply(site.timeline, inputs, now)
    const events = transitions.flatMap((transition) => toEvent(transition) ?? [])
    yield* publish(site, recorder, evaluations, events, idsOf(transitions, evaluations))
    clockStepped = evaluations.some((evaluation) => evaluation.clockStepped)
  }
  return { outcomes, clockStepped }
})

const nothing: Outcome = makeOutcome()

const learn = ({ mirror }: Site, message: SyncMessage, now: number): Outcome => {
  switch (message._tag) {
    case "Event":
      return DispatchMirror.applyEvent(mirror, message.event)
    case "Listed":
      return DispatchMirror.applyListing(
        mirror,
        message.listing,
        message.records,
        message.openStreamsSince,
        now
      )
    case "Read":
      return DispatchMirror.applyRead(mirror, message.record, message.askedAt)
    case "Missing":
      return DispatchMirror.applyMissing(mirror, message.id, message.askedAt)
    case "Broken":
      return nothing
  }
}

/** Reports what was odd, and asks the service for what is in doubt. */
const followUp = Effect.fnUntraced(function* (
  synchroniser: Synchroniser.Synchroniser,
  recorder: SiteRecorder.SiteRecorder,
  outcome: Outcome
) {
  for (const anomaly of outcome.anomalies) recorder.anomaly(anomaly)
  for (const { id, message, path } of outcome.unreadable) {
    yield* Effect.annotateLogs(
      Effect.logWarning(`Dispatch ${id ?? "without a readable id"} cannot be scheduled: ${path}: ${message}`),
      "dispatch",
      String(id ?? "unknown")
    )
  }
  for (const id of outcome.ask) synchroniser.ask(id)
  if (outcome.relist) synchroniser.requestListing("Doubt")
  if (outcome.relistLater) synchroniser.requestListingLater()
})
