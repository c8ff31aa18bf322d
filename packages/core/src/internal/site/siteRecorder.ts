/** Counts and traces what a site decides. */
import { Clock, Context, Effect, Exit, Option, References, Tracer } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchEvent } from "../../DispatchEvent.ts"
import type * as Instrument from "../../Instrument.ts"
import * as Metrics from "../../Metrics.ts"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { Anomaly, Transition } from "../../MirrorOutcome.ts"
import type { MissedRun, RunningStateChange } from "../../RunningStateChange.ts"
import type { causes } from "../metricLabels.ts"

/** Writes the book of a site. */
export interface SiteRecorder {
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

/** How many edges have a span within a second; what is beyond is counted, and told by the metrics alone. */
export const edgeSpansPerSecondMax = 100

/** Counts where the metrics of the surroundings are, and traces if they have a tracer of their own. */
export const make = Effect.fnUntraced(function* (microgridId: MicrogridId): Effect.fn.Return<SiteRecorder> {
  const context = yield* Effect.context<never>()
  const clock = yield* Clock.Clock
  const tracer = tracerOf(context)
  const changesPublished = Metrics.changesPublished.tallies(context)
  const eventsPublished = Metrics.eventsPublished.tallies(context)
  const anomalies = Metrics.anomalies.tallies(context)
  const edges =
    tracer === undefined
      ? undefined
      : makeEdgeSpans(tracer, microgridId, clock, Metrics.edgesUntraced.tallies(context)())
  return {
    changes: (changes) => {
      if (changes.length === 0) return
      const now = clock.currentTimeMillisUnsafe()
      for (const { at, cause, state } of changes) {
        changesPublished(state, cause as (typeof causes)[number]).count += 1
        if (cause !== "Scheduled") continue
        const late = Math.max(0, now - at.epochMilliseconds) / 1_000
        Metrics.lateness.at(state).updateUnsafe(late, context)
      }
      edges?.end(changes)
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

/** The tracer of the surroundings; Effect's own keeps spans to itself, so there is nothing to make them for. */
const tracerOf = (context: Context.Context<never>): Tracer.Tracer | undefined => {
  const tracer = Context.get(context, Tracer.Tracer)
  return tracer === Tracer.nativeTracer || !Context.get(context, References.TracerEnabled)
    ? undefined
    : tracer
}

/** Spans from the instant of an edge until it is published, linked to the calls that brought the versions it is about. */
const makeEdgeSpans = (
  tracer: Tracer.Tracer,
  microgridId: MicrogridId,
  clock: Clock.Clock,
  untraced: Instrument.Tally
) => {
  const origins = new WeakMap<Dispatch, Tracer.AnySpan>()
  const annotations = Context.empty()
  const microgrid = String(microgridId)
  let second = Number.NaN
  let left = 0
  let skipped = 0

  /** Whether there is room for a span in this second. */
  const hasRoom = (now: bigint): boolean => {
    const present = Number(now / 1_000_000_000n)
    if (present !== second) {
      second = present
      left = edgeSpansPerSecondMax
    }
    if (left > 0) {
      left -= 1
      return true
    }
    skipped += 1
    untraced.count += 1
    return false
  }

  const link = (links: Array<Tracer.SpanLink>, role: string, version: Dispatch | undefined): void => {
    const span = version === undefined ? undefined : origins.get(version)
    if (span !== undefined) links.push({ span, attributes: { "dispatch.link": role } })
  }

  return {
    learned: (transitions: ReadonlyArray<Transition>, origin: Tracer.AnySpan): void => {
      for (const transition of transitions) {
        const { _tag } = transition
        if (_tag === "Created" || _tag === "Updated" || _tag === "Confirmed") {
          origins.set(transition.dispatch, origin)
        }
      }
    },
    end: (changes: ReadonlyArray<RunningStateChange>): void => {
      const now = clock.currentTimeNanosUnsafe()
      for (const change of changes) {
        if (!hasRoom(now)) continue
        const { dispatch } = change
        const at = BigInt(change.at.epochMilliseconds) * 1_000_000n
        const links: Array<Tracer.SpanLink> = []
        link(links, "version", dispatch)
        link(links, "next", change.next)
        const span = tracer.span({
          name: `DispatchingActor.${change.state}`,
          parent: Option.none(),
          annotations,
          links,
          startTime: at < now ? at : now,
          kind: "producer",
          root: true,
          sampled: true
        })
        span.attribute("microgrid.id", microgrid)
        span.attribute("dispatch.id", String(dispatch.id))
        span.attribute("dispatch.type", dispatch.type)
        span.attribute("dispatch.dry_run", dispatch.dryRun)
        span.attribute("dispatch.cause", change.cause)
        span.attribute("dispatch.occurrence", change.occurrence.epochMilliseconds)
        if (change.until !== undefined) span.attribute("dispatch.until", change.until.epochMilliseconds)
        if (skipped > 0) span.attribute("dispatch.edges_untraced", skipped)
        skipped = 0
        span.end(now, Exit.void)
      }
    }
  }
}
