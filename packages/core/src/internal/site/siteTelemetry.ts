/** Counts and traces what a site decides. */
import { Clock, Effect, type Tracer } from "effect"
import type { DispatchEvent } from "../../DispatchEvent.ts"
import * as Metrics from "../../Metrics.ts"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { Anomaly, Transition } from "../../MirrorOutcome.ts"
import type { MissedRun, RunningStateChange } from "../../RunningStateChange.ts"
import type { changeCauses } from "../metricLabels.ts"
import { EdgeSpans } from "./edgeSpans.ts"

/** Writes the book of a site. */
export interface SiteTelemetry {
  /** What is about to be published at this moment. */
  readonly changes: (changes: ReadonlyArray<RunningStateChange>) => void
  readonly missed: (missed: ReadonlyArray<MissedRun>) => void
  readonly events: (events: ReadonlyArray<DispatchEvent>) => void
  readonly anomaly: (anomaly: Anomaly) => void
  /** How often ranges of executions were joined, and ids that are gone forgotten. */
  readonly forgotten: (joined: number, gone: number) => void
  /** What became known, and the span of the call that brought it. */
  readonly learned: (transitions: ReadonlyArray<Transition>, origin: Tracer.AnySpan | undefined) => void
}

/** Counts where the metrics of the surroundings are, and traces if they have a tracer of their own. */
export const make = Effect.fnUntraced(function* (microgridId: MicrogridId): Effect.fn.Return<SiteTelemetry> {
  const context = yield* Effect.context<never>()
  const clock = yield* Clock.Clock
  const changesPublished = Metrics.changesPublished.tallies(context)
  const eventsPublished = Metrics.eventsPublished.tallies(context)
  const anomalies = Metrics.anomalies.tallies(context)
  const edges = EdgeSpans.of(context, microgridId)
  return {
    changes: (changes) => {
      if (changes.length === 0) return
      const now = clock.currentTimeMillisUnsafe()
      for (const { at, cause, state } of changes) {
        changesPublished(state, cause as (typeof changeCauses)[number]).count += 1
        if (cause !== "Scheduled") continue
        const late = Math.max(0, now - at.epochMilliseconds) / 1_000
        Metrics.lateness.at(state).updateUnsafe(late, context)
      }
      edges?.end(changes, clock.currentTimeNanosUnsafe())
    },
    missed: (missed) => {
      for (const run of missed) {
        const count = run._tag === "MissedRuns" ? run.count : 1
        Metrics.runsMissed.at(run.reason).updateUnsafe(count, context)
      }
    },
    events: (events) => {
      for (const { _tag } of events) eventsPublished(_tag).count += 1
    },
    anomaly: (anomaly) => {
      anomalies(anomaly).count += 1
    },
    forgotten: (joined, gone) => {
      if (joined > 0) Metrics.executionsForgotten.at("Joined").updateUnsafe(joined, context)
      if (gone > 0) Metrics.executionsForgotten.at("Gone").updateUnsafe(gone, context)
    },
    learned: (transitions, origin) => {
      if (edges !== undefined && origin !== undefined) edges.learned(transitions, origin)
    }
  }
})
