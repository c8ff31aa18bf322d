/** Subscriptions to the streams of a site: the present first, if asked for, then the publications (section 5). */
import { type Context, Effect, type Scope, type Stream } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import { DispatchEvent } from "../../DispatchEvent.ts"
import * as DispatchMirror from "../mirror/dispatchMirror.ts"
import type { Identity } from "../../MergeStrategy.ts"
import * as Metrics from "../../Metrics.ts"
import type { MissedRun, RunningStateChange } from "../../RunningStateChange.ts"
import { checkSubscription, type RunningStateOptions, type SubscribeOptions } from "../../SubscribeOptions.ts"
import * as Timeline from "../timeline/timeline.ts"
import { elapsedMillis } from "../elapsed.ts"
import { eventsOfType } from "../subscribers/eventsOfType.ts"
import type { Subscriber } from "../subscribers/hub.ts"
import { leavesOut } from "../subscribers/leftOut.ts"
import type { Report } from "../subscribers/identities.ts"
import * as Merging from "../subscribers/merge.ts"
import { makePendingChanges, makePendingEvents, Pending } from "../subscribers/pendingChanges.ts"
import type { Publication } from "../subscribers/publication.ts"
import type { Outbox } from "./outbox.ts"
import type { RecoveredStop } from "./recoveredStops.ts"
import type { Site } from "./site.ts"

type Subscribed<A> = Effect.Effect<Stream.Stream<A>, never, Scope.Scope>

/** The streams of a site to subscribe to. */
export interface Subscriptions {
  readonly lifecycleEvents: (options?: SubscribeOptions) => Subscribed<DispatchEvent>
  readonly runningStateChanges: (options?: RunningStateOptions) => Subscribed<RunningStateChange>
  readonly missedRuns: (options?: Omit<SubscribeOptions, "current">) => Subscribed<MissedRun>
}

/** `usual` is the number of values a subscriber may be behind, unless its options say otherwise. */
export const make = (site: Site, usual: number, context: Context.Context<never>): Subscriptions => {
  const outlets: Outlets = { site, usual, losses: new Losses(site, context), report: leavesOut(context) }
  return {
    lifecycleEvents: lifecycleEvents(outlets),
    runningStateChanges: runningStateChanges(outlets),
    missedRuns: missedRuns(outlets)
  }
}

/** All that subscriptions of a site share. */
interface Outlets {
  readonly site: Site
  readonly usual: number
  readonly losses: Losses
  readonly report: Report
}

/** The values that slow subscribers are not given, counted. */
class Losses {
  readonly #site: Site
  readonly #conflated: ReturnType<typeof Metrics.valuesConflated.tallies>
  readonly #missed: ReturnType<typeof Metrics.runsMissed.tallies>

  constructor(site: Site, context: Context.Context<never>) {
    this.#site = site
    this.#conflated = Metrics.valuesConflated.tallies(context)
    this.#missed = Metrics.runsMissed.tallies(context)
  }

  conflated(kind: "Change" | "Event" | "MissedRun"): (count: number) => void {
    return (count) => {
      this.#conflated(kind).count += count
    }
  }

  /** A pair that a slow subscriber could not keep is reported to the subscribers of missed runs. */
  readonly dropped = ({ dispatch, occurrence }: RunningStateChange): void => {
    const missed = [{ _tag: "MissedRun", dispatch, occurrence, reason: "SlowSubscriber" }] as const
    this.#site.hubs.missed.publish(missed)
    this.#site.journal?.missed(missed)
    this.#missed("SlowSubscriber").count += 1
  }
}

const lifecycleEvents =
  ({ losses, site, usual }: Outlets): Subscriptions["lifecycleEvents"] =>
  (options = {}) =>
    Effect.gen(function* () {
      yield* checkSubscription.events(options)
      const { capacity = usual, current = false, type } = options
      return yield* site.hubs.events.subscribe({
        current: () => (current ? knownToSubscribers(site).filter(isOf(type)) : []),
        select: eventsOfType(type),
        pending: makePendingEvents(capacity, losses.conflated("Event"), type)
      })
    })

const runningStateChanges =
  ({ losses, report, site, usual }: Outlets): Subscriptions["runningStateChanges"] =>
  (options = {}) =>
    Effect.gen(function* () {
      yield* checkSubscription.changes(options)
      const elapsed = yield* elapsedMillis
      const merging = options.merging ?? (options.merge && Merging.make(options.merge, options.type, report))
      const view = merging === undefined ? viewOf(options.type) : mergedView(merging)
      const { capacity = usual, current = false, leavesRecovered = false } = options
      const pending = makePendingChanges(capacity, view.keyOf, losses.dropped, losses.conflated("Change"))
      return yield* site.hubs.changes.subscribe({
        current: () => {
          const recovered = current && !leavesRecovered ? takeRecovered(site, elapsed, view.sees) : []
          return view.begin(site, { recovered, current })
        },
        select: view.select,
        sees: leavesRecovered ? undefined : view.sees,
        pending
      } satisfies Subscriber<RunningStateChange, Publication, RecoveredStop>)
    })

const missedRuns =
  ({ losses, site, usual }: Outlets): Subscriptions["missedRuns"] =>
  (options = {}) =>
    Effect.gen(function* () {
      yield* checkSubscription.missed(options)
      const { capacity = usual, type } = options
      const conflated = losses.conflated("MissedRun")
      return yield* site.hubs.missed.subscribe({
        current: () => [],
        select: (missed) => missed.filter(isOf(type)),
        // A subscriber that cannot keep up has no use for old ones: the newest stay.
        pending: new Pending(capacity, (pending) => {
          const kept = pending.slice(-Math.ceil(capacity / 2))
          conflated(pending.length - kept.length)
          return kept
        })
      })
    })

const isOf = (type: string | undefined) => (value: { readonly dispatch: Dispatch }) =>
  type === undefined || value.dispatch.type === type

/** The recovered stops, and the present if asked for. */
interface First {
  readonly recovered: ReadonlyArray<RunningStateChange>
  readonly current: boolean
}

/** One subscriber's view of the running dispatches. */
interface View {
  readonly sees: (recovered: RecoveredStop) => boolean
  readonly keyOf: (change: RunningStateChange) => Identity
  /** The first values it is told. */
  readonly begin: (site: Site, first: First) => ReadonlyArray<RunningStateChange>
  readonly select: (publication: Publication) => ReadonlyArray<RunningStateChange>
}

const viewOf = (type: string | undefined): View => ({
  sees: ({ isMoved, stop }) => !isMoved && isOf(type)(stop),
  keyOf: ({ dispatch }) => dispatch.id,
  begin: ({ timeline }, { current, recovered }) =>
    current ? [...recovered, ...Timeline.running(timeline).filter(isOf(type))] : [],
  select: ({ changes }) => (type === undefined ? changes : changes.filter(isOf(type)))
})

/** The recovered stops that this subscriber could see; they need not be kept for another process. */
const takeRecovered = ({ keeper, recoveredStops }: Site, elapsed: number, sees: View["sees"]) => {
  const taken = recoveredStops.takeFor(elapsed, sees)
  keeper?.touch(taken.map(({ dispatch }) => dispatch.id))
  return taken
}

/** The state of every dispatch that subscribers of events were told of: for some, later events still wait. */
const knownToSubscribers = ({ mirror, outbox }: Site): ReadonlyArray<DispatchEvent> => {
  const told: Array<Dispatch> = []
  for (const dispatch of DispatchMirror.lastReadable(mirror)) {
    if (outbox.firstWaitingEvent(dispatch.id) === undefined) told.push(dispatch)
  }
  return [...told, ...toldBeforeWaiting(outbox)].map((dispatch) => DispatchEvent.Created({ dispatch }))
}

function* toldBeforeWaiting(outbox: Outbox): Generator<Dispatch, void, void> {
  for (const event of outbox.firstWaitingEvents()) {
    if (event._tag === "Updated") yield event.previous
    if (event._tag === "Deleted") yield event.dispatch.asKnown()
    if (event._tag === "Retired") yield event.dispatch
  }
}

const mergedView = (merging: Merging.Merging): View => ({
  sees: ({ isMoved, stop }) => (isMoved ? merging.moves(stop) : merging.takesPart(stop)),
  keyOf: merging.keyOf,
  begin: ({ outbox, timeline }, { current, recovered }) => {
    const stops = merging.merge({
      evaluatedAt: timeline.evaluatedAt,
      changes: recovered,
      upcoming: [],
      withdrawn: [],
      moved: current ? outbox.moved : []
    })
    const running = Timeline.running(timeline)
    const present = merging.begin({ running, upcoming: outbox.upcoming, isTold: current })
    return current ? [...stops, ...present] : []
  },
  select: merging.merge
})
