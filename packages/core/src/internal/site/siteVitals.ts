/** The vital signs of a site, looked at when metrics are read. */
import type { Clock } from "effect"
import * as ClockOffset from "../../ClockOffset.ts"
import * as Instrument from "../../Instrument.ts"
import * as DispatchMirror from "../mirror/dispatchMirror.ts"
import * as Metrics from "../../Metrics.ts"
import type { SyncStatus } from "../../SyncStatus.ts"
import * as Timeline from "../timeline/timeline.ts"
import { phases } from "../metricLabels.ts"
import type { OpenStreams } from "../sync/openStreams.ts"
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

/** A site, and the clock of its service, as far as vital signs are looked at. */
interface Observed {
  readonly site: {
    readonly vitals: SiteVitals
    readonly mirror: DispatchMirror.DispatchMirror
    readonly timeline: Timeline.Timeline
    readonly inbox: { readonly length: number }
    readonly outbox: Outbox
    readonly streams: OpenStreams
  }
  readonly clockOffset: () => ClockOffset.ClockOffset | undefined
}

const offset =
  (of: (offset: ClockOffset.ClockOffset) => number) =>
  ({ clockOffset }: Observed): number => {
    const known = clockOffset()
    return known === undefined ? 0 : of(known) / 1_000
  }

const ageIn = (phase: SyncStatus["_tag"], { vitals }: Observed["site"]): number =>
  vitals.phase === phase ? vitals.since(vitals.phaseSince) : 0

const unschedulable = ({ mirror }: Observed["site"]): number => DispatchMirror.unschedulable(mirror).length

/** Observes the vital signs of a site when metrics are read, for the life of the scope. */
export const observe = Instrument.panel<Observed>(
  ...phases.flatMap((phase): Array<Instrument.Reading<Observed>> => [
    Metrics.syncActors.reading(({ site: { vitals } }) => (vitals.phase === phase ? 1 : 0), phase),
    Metrics.syncPhaseAge.reading(({ site }) => ageIn(phase, site), phase)
  ]),
  Metrics.listingAge.reading(({ site: { vitals } }) => vitals.since(vitals.listedAt)),
  Metrics.streamAge.reading(({ site: { streams, vitals } }) => vitals.since(streams.since)),
  Metrics.clockOffset.reading(offset(ClockOffset.middle)),
  Metrics.clockOffsetAtLeast.reading(offset(ClockOffset.atLeast)),
  Metrics.dispatchesKnown.reading(
    ({ site }) => site.mirror.known.size - unschedulable(site) - site.mirror.unconfirmed
  ),
  Metrics.dispatchesUnschedulable.reading(({ site }) => unschedulable(site)),
  Metrics.dispatchesRunning.reading(({ site: { timeline } }) => Timeline.runningCount(timeline)),
  Metrics.inboxLength.reading(({ site: { inbox } }) => inbox.length),
  Metrics.outboxLength.reading(({ site: { outbox } }) => outbox.length)
)
