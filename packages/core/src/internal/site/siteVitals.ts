/** The vital signs of a site, looked at when metrics are read. */
import { type Clock, Effect, type Scope } from "effect"
import * as ClockOffset from "../../ClockOffset.ts"
import * as DispatchMirror from "../mirror/dispatchMirror.ts"
import * as Metrics from "../../Metrics.ts"
import type { SyncStatus } from "../../SyncStatus.ts"
import * as Timeline from "../timeline/timeline.ts"
import { phases } from "../metricLabels.ts"
import type { OpenStreams } from "../sync/openStreams.ts"
import type { Inbox } from "./inbox.ts"
import type { Outbox } from "./outbox.ts"

/** Values that are mainly for the metrics. Instants are of the monotonic clock, in nanoseconds. */
export class SiteVitals {
  readonly #clock: Clock.Clock
  phase: SyncStatus["_tag"] = "Connecting"
  phaseSince: bigint
  listedAt: bigint

  constructor(clock: Clock.Clock) {
    this.#clock = clock
    this.phaseSince = this.listedAt = clock.monotonicTimeNanosUnsafe()
  }

  /** Notes the phase of the site. */
  enter(phase: SyncStatus["_tag"]): void {
    if (this.phase === phase) return
    this.phase = phase
    this.phaseSince = this.#clock.monotonicTimeNanosUnsafe()
  }

  /** The time for which the site has been stale, in milliseconds; nothing while it is not. */
  staleMillis(): number | undefined {
    return this.phase === "Stale" ? this.since(this.phaseSince) * 1_000 : undefined
  }

  /** Notes that a whole listing was applied. */
  listed(): void {
    this.listedAt = this.#clock.monotonicTimeNanosUnsafe()
  }

  /** Seconds since an instant; 0 if there is none. */
  since(instant: bigint | undefined): number {
    return instant === undefined ? 0 : Number(this.#clock.monotonicTimeNanosUnsafe() - instant) / 1e9
  }
}

/** Observes the vital signs of a site when metrics are read, for the life of the scope. */
export const observe = Effect.fnUntraced(function* (
  site: {
    readonly vitals: SiteVitals
    readonly mirror: DispatchMirror.DispatchMirror
    readonly timeline: Timeline.Timeline
    readonly inbox: Inbox
    readonly outbox: Outbox
    readonly streams: OpenStreams
  },
  clockOffset: () => ClockOffset.ClockOffset | undefined
): Effect.fn.Return<void, never, Scope.Scope> {
  const { inbox, mirror, outbox, streams, timeline, vitals } = site
  const offset = (of: (offset: ClockOffset.ClockOffset) => number) => () => {
    const known = clockOffset()
    return known === undefined ? 0 : of(known) / 1_000
  }
  for (const phase of phases) {
    yield* Metrics.syncActors.observe(() => (vitals.phase === phase ? 1 : 0), phase)
    yield* Metrics.syncPhaseAge.observe(
      () => (vitals.phase === phase ? vitals.since(vitals.phaseSince) : 0),
      phase
    )
  }
  yield* Metrics.listingAge.observe(() => vitals.since(vitals.listedAt))
  yield* Metrics.streamAge.observe(() => vitals.since(streams.since))
  yield* Metrics.clockOffset.observe(offset(ClockOffset.middle))
  yield* Metrics.clockOffsetAtLeast.observe(offset(ClockOffset.atLeast))
  const unschedulable = () => DispatchMirror.unschedulable(mirror).length
  yield* Metrics.dispatchesKnown.observe(() => mirror.known.size - unschedulable() - mirror.unconfirmed)
  yield* Metrics.dispatchesUnschedulable.observe(unschedulable)
  yield* Metrics.dispatchesRunning.observe(() => Timeline.runningCount(timeline))
  yield* Metrics.inboxLength.observe(() => inbox.length)
  yield* Metrics.outboxLength.observe(() => outbox.length)
})
