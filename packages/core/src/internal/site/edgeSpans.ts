/** Spans from the instant of an edge to its publication, linked to the calls that brought the versions it is about. */
import { Context, Exit, Option, References, Tracer } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type * as Instrument from "../../Instrument.ts"
import * as Metrics from "../../Metrics.ts"
import type { MicrogridId } from "../../MicrogridId.ts"
import type { Transition } from "../mirror/mirrorOutcome.ts"
import type { RunningStateChange } from "../../RunningStateChange.ts"

/**
 * The number of starts and stops that get a span within a second. The others are only counted. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const edgeSpansPerSecondMax = 100

export class EdgeSpans {
  readonly #tracer: Tracer.Tracer
  readonly #microgrid: string
  readonly #untraced: Instrument.Tally
  /** The call that brought a version. */
  readonly #origins = new WeakMap<Dispatch, Tracer.AnySpan>()
  #second = Number.NaN
  /** The number of spans that this second has room for. */
  #left = 0
  /** The number of edges left out since the last span. */
  #skipped = 0

  private constructor(tracer: Tracer.Tracer, microgridId: MicrogridId, untraced: Instrument.Tally) {
    this.#tracer = tracer
    this.#microgrid = String(microgridId)
    this.#untraced = untraced
  }

  /** Makes spans for the tracer in the context. Effect's own keeps them to itself, so there are none for it. */
  static of(context: Context.Context<never>, microgridId: MicrogridId): EdgeSpans | undefined {
    const tracer = Context.get(context, Tracer.Tracer)
    return tracer === Tracer.nativeTracer || !Context.get(context, References.TracerEnabled)
      ? undefined
      : new EdgeSpans(tracer, microgridId, Metrics.edgesUntraced.tallies(context)())
  }

  /** Notes the call that brought some versions. */
  learned(transitions: ReadonlyArray<Transition>, origin: Tracer.AnySpan): void {
    for (const transition of transitions) {
      const { _tag } = transition
      if (_tag === "Created" || _tag === "Updated" || _tag === "Confirmed") {
        this.#origins.set(transition.dispatch, origin)
      }
    }
  }

  /** Ends the spans of changes that are published now (epoch nanoseconds). */
  end(changes: ReadonlyArray<RunningStateChange>, now: bigint): void {
    for (const change of changes) if (this.#hasRoom(now)) this.#endOne(change, now)
  }

  /** True if there is room for a span in this second. */
  #hasRoom(now: bigint): boolean {
    const present = Number(now / 1_000_000_000n)
    if (present !== this.#second) {
      this.#second = present
      this.#left = edgeSpansPerSecondMax
    }
    if (this.#left > 0) {
      this.#left -= 1
      return true
    }
    this.#skipped += 1
    this.#untraced.count += 1
    return false
  }

  #endOne(change: RunningStateChange, now: bigint): void {
    const { dispatch } = change
    const at = BigInt(change.at.epochMilliseconds) * 1_000_000n
    const span = this.#tracer.span({
      name: `DispatchingActor.${change.state}`,
      parent: Option.none(),
      annotations: Context.empty(),
      links: this.#linksOf(change),
      startTime: at < now ? at : now,
      kind: "producer",
      root: true,
      sampled: true
    })
    span.attribute("microgrid.id", this.#microgrid)
    span.attribute("dispatch.id", String(dispatch.id))
    span.attribute("dispatch.type", dispatch.type)
    span.attribute("dispatch.dry_run", dispatch.dryRun)
    span.attribute("dispatch.cause", change.cause)
    span.attribute("dispatch.occurrence", change.occurrence.epochMilliseconds)
    if (change.until !== undefined) span.attribute("dispatch.until", change.until.epochMilliseconds)
    if (this.#skipped > 0) span.attribute("dispatch.edges_untraced", this.#skipped)
    this.#skipped = 0
    span.end(now, Exit.void)
  }

  #linksOf({ dispatch, next }: RunningStateChange): Array<Tracer.SpanLink> {
    const versions = [
      ["version", dispatch],
      ["next", next]
    ] as const
    return versions.flatMap(([role, version]) => {
      const span = version === undefined ? undefined : this.#origins.get(version)
      return span === undefined ? [] : { span, attributes: { "dispatch.link": role } }
    })
  }
}
