/** Counts and traces the decisions of a site. */
import { Clock, Effect, type Tracer } from "effect"
import type { DispatchEvent } from "../../DispatchEvent.ts"
import * as Metrics from "../../Metrics.ts"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { Anomaly, Transition } from "../mirror/mirrorOutcome.ts"
import type { MissedRun, RunningStateChange } from "../../RunningStateChange.ts"
import { invariant } from "../invariant.ts"
import { EdgeSpans } from "./edgeSpans.ts"

/** The telemetry of a site. */
export interface SiteTelemetry {
  /** Counts and traces changes that are about to be published now. */
  readonly changes: (changes: ReadonlyArray<RunningStateChange>) => void
  readonly missed: (missed: ReadonlyArray<MissedRun>) => void
  readonly events: (events: ReadonlyArray<DispatchEvent>) => void
  readonly anomaly: (anomaly: Anomaly) => void
  /** Counts joined ranges of executions, and forgotten ids that are gone. */
  readonly forgotten: (joined: number, gone: number) => void
  /** Notes transitions, and the span of the call that brought them. */
  readonly learned: (transitions: ReadonlyArray<Transition>, origin: Tracer.AnySpan | undefined) => void
}

/** Counts in the metrics of the context, and traces if it has a tracer of its own. */
export const make = Effect.fnUntraced(function* (microgridId: MicrogridId): Effect.fn.Return<SiteTelemetry> {
  const context = yield* Effect.context<never>()
  const clock = yield* Clock.Clock
  const changesPublished = Metrics.changesPublished.tallies(context)
  const eventsPublished = Metrics.eventsPublished.tallies(context)
  const anomalies = Metrics.anomalies.tallies(context)
  const runsMissed = Metrics.runsMissed.tallies(context)
  const executionsForgotten = Metrics.executionsForgotten.tallies(context)
  const edges = EdgeSpans.of(context, microgridId)
  return {
    changes: (changes) => {
      if (changes.length === 0) return
      const now = clock.currentTimeMillisUnsafe()
      for (const { at, cause, state } of changes) {
        invariant(cause !== "Merged", "only a subscriber who merges sees a merged change")
        changesPublished(state, cause).count += 1
        if (cause !== "Scheduled") continue
        const late = Math.max(0, now - at.epochMilliseconds) / 1_000
        Metrics.lateness.at(state).updateUnsafe(late, context)
      }
      edges?.end(changes, clock.currentTimeNanosUnsafe())
    },
    missed: (missed) => {
      for (const run of missed) {
        runsMissed(run.reason).count += run._tag === "MissedRuns" ? run.count : 1
      }
    },
    events: (events) => {
      for (const { _tag } of events) eventsPublished(_tag).count += 1
    },
    anomaly: (anomaly) => {
      anomalies(anomaly).count += 1
    },
    forgotten: (joined, gone) => {
      executionsForgotten("Joined").count += joined
      executionsForgotten("Gone").count += gone
    },
    learned: (transitions, origin) => {
      if (edges !== undefined && origin !== undefined) edges.learned(transitions, origin)
    }
  }
})
