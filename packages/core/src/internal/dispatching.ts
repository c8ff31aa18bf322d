/**
 * The actor's loop: messages and rings of the alarm go in, mirror and timeline decide, decisions are published.
 */
import {
  type Clock,
  type Context,
  DateTime,
  Deferred,
  Effect,
  Queue,
  type Scope,
  type Semaphore,
  SubscriptionRef
} from "effect"
import type { DispatchClient } from "../DispatchClient.ts"
import type { DispatchId } from "../DispatchId.ts"
import { DispatchEvent } from "../DispatchEvent.ts"
import * as DispatchMirror from "../DispatchMirror.ts"
import type { DispatchScheduler, Ring } from "../DispatchScheduler.ts"
import * as Metrics from "../Metrics.ts"
import type { Outcome, Transition } from "../MirrorOutcome.ts"
import type { MicrogridId } from "../MicrogridId.ts"
import type { MissedRun, RunningStateChange } from "../RunningStateChange.ts"
import { SyncStatus } from "../SyncStatus.ts"
import type { SyncSettings } from "../SyncSettings.ts"
import * as Timeline from "../Timeline.ts"
import type { Hub } from "./hub.ts"
import * as ServiceClock from "./serviceClock.ts"
import type { SiteKeeper } from "./siteKeeper.ts"
import * as Synchroniser from "./synchroniser.ts"

/** How many messages may wait for the actor; beyond, the event stream is read more slowly. */
export const inboxCapacity = 4_096

/** What an actor knows and where it publishes: it outlives every restart of the loop. */
export interface Site {
  readonly microgridId: MicrogridId
  readonly settings: SyncSettings
  readonly mirror: DispatchMirror.DispatchMirror
  readonly timeline: Timeline.Timeline
  readonly status: SubscriptionRef.SubscriptionRef<SyncStatus>
  readonly serviceClock: ServiceClock.ServiceClock
  readonly initialized: Deferred.Deferred<void>
  readonly events: Hub<DispatchEvent>
  readonly changes: Hub<RunningStateChange>
  readonly missed: Hub<MissedRun>
  readonly keeper: SiteKeeper
  /** One at a time: a decision until it is published, and a subscription while it takes over the present state. */
  readonly turn: Semaphore.Semaphore
}

/** Services the loop works with. */
export interface Surroundings {
  readonly client: DispatchClient["Service"]
  readonly scheduler: DispatchScheduler["Service"]
  readonly clock: Clock.Clock
}

type Message = Synchroniser.SyncMessage | { readonly _tag: "Ring"; readonly ring: Ring }

/** Runs the loop for ever. */
export const run = Effect.fnUntraced(function* (
  site: Site,
  { client, clock, scheduler }: Surroundings
): Effect.fn.Return<never, never, Scope.Scope> {
  const { microgridId, mirror, settings, timeline } = site
  const metrics = yield* Effect.context<never>()
  const inbox = yield* Queue.bounded<Message>(inboxCapacity)
  // Should the inbox be full, the ring is lost and the alarm set again after the next turn.
  const alarm = yield* scheduler.alarm((ring) => void Queue.offerUnsafe(inbox, { _tag: "Ring", ring }))
  yield* recover(site, metrics, clock.currentTimeMillisUnsafe()).pipe(
    site.turn.withPermit,
    Effect.uninterruptible
  )
  yield* ServiceClock.follow(client, site.serviceClock, site.status)
  const synchroniser = yield* Synchroniser.start({
    client,
    microgridId,
    settings,
    tell: (message) => Queue.offer(inbox, message),
    mark: () => DispatchMirror.mark(mirror),
    beginListing: (endedSince) => DispatchMirror.beginListing(mirror, endedSince)
  })

  for (;;) {
    // What was due while the loop did not run rings at once.
    alarm.set(Timeline.nextWakeAt(timeline))
    const messages = yield* Queue.takeAll(inbox)
    const rings = messages.filter((message) => message._tag === "Ring")
    const others = messages.filter((message) => message._tag !== "Ring")
    const now = clock.currentTimeMillisUnsafe()
    if (rings.length === 0) {
      for (const message of others) yield* settle(site, synchroniser, metrics, [message], now, Timeline.apply)
    } else {
      const setBack = rings.some(({ ring }) => ring === "ClockSetBack")
      if (setBack) synchroniser.requestListing()
      // A ring for what has been rescheduled meanwhile has nothing to say.
      if (others.length > 0 || setBack || Timeline.nextWakeAt(timeline) <= now) {
        yield* settle(site, synchroniser, metrics, others, now, evaluateOnce)
      }
    }
  }
})

/** What decides: in one evaluation, or in two when something is due at the very instant of the inputs. */
type Evaluate = typeof Timeline.apply

const evaluateOnce: Evaluate = (timeline, inputs, now) => [Timeline.evaluate(timeline, inputs, now)]

/** Goes on from what an earlier process left behind, if it did (S10, R11). */
const recover = Effect.fnUntraced(function* (site: Site, metrics: Context.Context<never>, now: number) {
  const remembered = yield* site.keeper.recall
  if (remembered === undefined) return
  const versions = remembered.flatMap(({ version }) => (version === undefined ? [] : [version]))
  DispatchMirror.recover(site.mirror, versions)
  const evaluation = Timeline.recover(site.timeline, remembered, now)
  const events = versions.map((dispatch) => DispatchEvent.Created({ dispatch }))
  const ids = remembered.map(({ id }) => id)
  yield* publish(site, metrics, [evaluation], events, ids)
  const since = DateTime.makeUnsafe(now)
  const cause = "this is what an earlier process knew; the service has not been asked yet"
  yield* tellStatus(site, SyncStatus.Stale({ since, cause }))
})

/** Publishes what was decided, what runs first, then what happened; `ids` are all that changed. */
const publish = Effect.fnUntraced(function* (
  { changes: changeHub, events: eventHub, keeper, missed: missedHub }: Site,
  metrics: Context.Context<never>,
  evaluations: ReadonlyArray<Timeline.Evaluation>,
  events: ReadonlyArray<DispatchEvent>,
  ids: Iterable<DispatchId>
) {
  yield* keeper.before(evaluations.flatMap(({ changes }) => changes))
  for (const { changes, missed } of evaluations) {
    for (const change of changes) Metrics.countChange(change, metrics)
    for (const run of missed) Metrics.countMissed(run, metrics)
    changeHub.publish(changes)
    missedHub.publish(missed)
  }
  eventHub.publish(events)
  yield* keeper.after(ids)
})

/** Applies messages, evaluates, publishes; then asks for what is in doubt. */
const settle = Effect.fnUntraced(function* (
  site: Site,
  synchroniser: Synchroniser.Synchroniser,
  metrics: Context.Context<never>,
  messages: ReadonlyArray<Synchroniser.SyncMessage>,
  now: number,
  evaluate: Evaluate
) {
  const outcomes = yield* decide(site, synchroniser, metrics, messages, now, evaluate).pipe(
    site.turn.withPermit,
    Effect.uninterruptible
  )
  for (const outcome of outcomes) yield* followUp(synchroniser, metrics, outcome)
  for (const message of messages) yield* judge(site, message, now)
})

/** From learning to publishing in one go: what has been decided is never left unsaid. */
const decide = Effect.fnUntraced(function* (
  site: Site,
  synchroniser: Synchroniser.Synchroniser,
  metrics: Context.Context<never>,
  messages: ReadonlyArray<Synchroniser.SyncMessage>,
  now: number,
  evaluate: Evaluate
) {
  const outcomes = messages.map((message) => learn(site, message, now))
  const transitions = outcomes.flatMap((outcome) => outcome.transitions)
  if (transitions.length > 0 || evaluate === evaluateOnce) {
    const evaluations = evaluate(site.timeline, transitions.map(toInput), now)
    const events = transitions.flatMap((transition) => toEvent(transition) ?? [])
    yield* publish(site, metrics, evaluations, events, idsOf(transitions, evaluations))
    if (evaluations.some(({ clockStepped }) => clockStepped)) synchroniser.requestListing()
  }
  return outcomes
})

function* idsOf(
  transitions: ReadonlyArray<Transition>,
  evaluations: ReadonlyArray<Timeline.Evaluation>
): Generator<DispatchId, void, void> {
  for (const transition of transitions) yield idOf(transition)
  for (const { changes, missed } of evaluations) {
    for (const { dispatch } of changes) yield dispatch.id
    for (const { dispatch } of missed) yield dispatch.id
  }
}

const idOf = (transition: Transition): DispatchId =>
  transition._tag === "Created" || transition._tag === "Updated" ? transition.dispatch.id : transition.id

const nothing: Outcome = {
  transitions: [],
  anomalies: [],
  unreadable: [],
  relist: false,
  refetch: [],
  confirm: []
}

const learn = ({ mirror }: Site, message: Synchroniser.SyncMessage, now: number): Outcome => {
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

const toInput = (transition: Transition): Timeline.Input => {
  switch (transition._tag) {
    case "Created":
      return {
        id: transition.dispatch.id,
        version: transition.dispatch,
        cause: transition.cause,
        late: transition.late
      }
    case "Updated":
      return {
        id: transition.dispatch.id,
        version: transition.dispatch,
        cause: transition.cause,
        late: false
      }
    case "Deleted":
    case "Retired":
    case "Unschedulable":
      return { id: transition.id, version: undefined, cause: transition.cause, late: false }
  }
}

const toEvent = (transition: Transition): DispatchEvent | undefined => {
  switch (transition._tag) {
    case "Created":
      return DispatchEvent.Created({ dispatch: transition.dispatch })
    case "Updated":
      return DispatchEvent.Updated({ dispatch: transition.dispatch, previous: transition.previous })
    case "Deleted":
      return DispatchEvent.Deleted({ dispatch: transition.dispatch })
    case "Retired":
      return DispatchEvent.Retired({ dispatch: transition.dispatch })
    case "Unschedulable":
      return undefined
  }
}

/** Reports what was odd, and asks the service for what is in doubt. */
const followUp = Effect.fnUntraced(function* (
  synchroniser: Synchroniser.Synchroniser,
  metrics: Context.Context<never>,
  outcome: Outcome
) {
  for (const anomaly of outcome.anomalies) Metrics.countAnomaly(anomaly, metrics)
  for (const { id, message, path } of outcome.unreadable) {
    yield* Effect.logWarning(
      `Dispatch ${id ?? "without a readable id"} cannot be scheduled: ${path}: ${message}`
    )
  }
  for (const id of outcome.refetch) yield* Effect.forkScoped(synchroniser.read(id))
  for (const id of outcome.confirm) yield* Effect.forkScoped(synchroniser.confirm(id))
  if (outcome.relist) synchroniser.requestListing()
})

const tellStatus = ({ serviceClock, status }: Site, next: SyncStatus) =>
  SubscriptionRef.set(status, ServiceClock.addTo(serviceClock, next))

/** Draws from a message what it says about being in sync (S9). */
const judge = Effect.fnUntraced(function* (site: Site, message: Synchroniser.SyncMessage, now: number) {
  if (message._tag !== "Listed" && message._tag !== "Broken") return
  const status = yield* SubscriptionRef.get(site.status)
  const since = DateTime.makeUnsafe(now)
  if (message._tag === "Broken") {
    const { cause } = message
    yield* Effect.logDebug(`Out of sync: ${cause}`)
    const next =
      status._tag !== "Connecting"
        ? SyncStatus.Stale({ since: status._tag === "Stale" ? status.since : since, cause })
        : SyncStatus.Connecting({ cause })
    return yield* tellStatus(site, next)
  }
  if (message.streamed) {
    if (status._tag !== "Synchronised") yield* tellStatus(site, SyncStatus.Synchronised({ since }))
  } else if (status._tag === "Connecting") {
    const cause = status.cause ?? "there is no event stream yet"
    yield* tellStatus(site, SyncStatus.Stale({ since, cause }))
  }
  yield* Deferred.succeed(site.initialized, undefined)
  yield* site.keeper.listed
})
