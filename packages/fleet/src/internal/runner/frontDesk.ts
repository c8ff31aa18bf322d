/** Answers questions about the sites that live in this process: their edges, and how well they are in sync. */
import type { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { type Cause, Effect, Option, Queue, Stream } from "effect"
import type { Token } from "../../FencingToken.ts"
import type { EdgesMessage, EdgesRequest, Front, SiteReport } from "../../FleetEngine.ts"
import { FleetError } from "../../FleetError.ts"
import { readerBacklogMax, readerBeatInterval } from "../../FleetLimits.ts"
import type { FleetStore } from "../../FleetStore.ts"
import * as EdgeJson from "../edgeJson.ts"
import type { EdgeLog, Present, ToldEdge } from "./edgeLog.ts"

/** A site as it is asked about. */
export interface LiveSite {
  readonly token: Token
  readonly edges: EdgeLog
  readonly dispatcher: Dispatcher["Service"]
  /** Completes when the site ends. */
  readonly ended: Effect.Effect<void>
}

export class FrontDesk {
  readonly #sites = new Map<MicrogridId, LiveSite>()
  readonly #store: FleetStore["Service"]
  readonly #address: string

  constructor(store: FleetStore["Service"], address: string) {
    this.#store = store
    this.#address = address
  }

  add(site: LiveSite): void {
    this.#sites.set(site.token.microgridId, site)
  }

  remove(site: LiveSite): void {
    const { microgridId } = site.token
    if (this.#sites.get(microgridId) === site) this.#sites.delete(microgridId)
  }

  get front(): Front {
    return {
      edges: (request) =>
        Stream.unwrap(
          Effect.map(this.#site(request.microgrid), (site) => edgesOf(this.#store, site, request))
        ),
      report: (microgrid) =>
        Effect.flatMap(this.#site(microgrid), ({ dispatcher, token }) =>
          Effect.map(dispatcher.status, (status) => reportOf(this.#address, token.epoch, status))
        )
    }
  }

  #site(microgrid: bigint): Effect.Effect<LiveSite, FleetError> {
    return Effect.suspend(() => {
      const site = this.#sites.get(MicrogridId.make(microgrid))
      const message = `microgrid ${microgrid} does not run at ${this.#address} at this moment`
      return site === undefined
        ? Effect.fail(new FleetError({ reason: "Unavailable", message }))
        : Effect.succeed(site)
    })
  }
}

const reportOf = (address: string, epoch: bigint, status: SyncStatus): SiteReport => ({
  epoch,
  address,
  status: status._tag,
  since: "since" in status ? status.since : null,
  cause: "cause" in status ? (status.cause ?? null) : null
})

/**
 * The edges that were kept after the place that the reader has seen, then those that are told from now on; once the
 * site has caught up, all that runs comes in between. The stream ends with the site.
 */
const edgesOf = (
  store: FleetStore["Service"],
  site: LiveSite,
  request: EdgesRequest
): Stream.Stream<EdgesMessage, FleetError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { edges, ended, token } = site
      const queue = yield* Queue.unbounded<EdgesMessage, Cause.Done>()
      const told = (all: ReadonlyArray<ToldEdge>) => {
        for (const edge of all)
          Queue.offerUnsafe(queue, { _tag: "Edge", epoch: token.epoch, ...numbered(edge) })
        // It asks again, by the place that it has seen.
        if (Queue.sizeUnsafe(queue) > readerBacklogMax) Queue.endUnsafe(queue)
      }
      // Nothing is told between the two.
      const { begun } = yield* Effect.acquireRelease(
        Effect.sync(() => ({ begun: edges.present(), end: edges.listen(told) })),
        ({ end }) => Effect.sync(end)
      )
      yield* Effect.forkScoped(Effect.andThen(ended, Queue.end(queue)))
      const beat = Effect.sync(() => {
        if (Queue.sizeUnsafe(queue) === 0) Queue.offerUnsafe(queue, { _tag: "Alive" })
      })
      yield* Effect.forkScoped(Effect.forever(Effect.delay(beat, readerBeatInterval)))
      const earlier = yield* earlierEdges(store, token, request.after, begun)
      // The reader believes in what it held, and in what it is told first.
      const believed = new Set([...request.held, ...earlier.begins])
      const snapshot = Effect.sync(() => void Queue.offerUnsafe(queue, snapshotOf(site, believed)))
      yield* Effect.forkScoped(Effect.andThen(edges.isCaughtUp, snapshot))
      return Stream.concat(Stream.fromIterable(earlier.messages), Stream.fromQueue(queue))
    })
  )

/** All that runs now, and the dispatches that a reader believes in and that do not run. */
const snapshotOf = ({ edges, token }: LiveSite, believed: ReadonlySet<bigint>): EdgesMessage => {
  const { running } = edges
  const stands = new Set<bigint>(running.map(({ change }) => change.dispatch.id))
  const gone = [...believed].filter((dispatch) => !stands.has(dispatch))
  return {
    _tag: "Snapshot",
    epoch: token.epoch,
    ended: gone.map((dispatch) => ({ number: edges.next(), dispatch })),
    running: running.map(({ change }) => numbered({ change, number: edges.next() }))
  }
}

/** The edges after a place, up to those that are told from now on, and the dispatches whose runs begin by them. */
const earlierEdges = Effect.fnUntraced(function* (
  store: FleetStore["Service"],
  token: Token,
  after: EdgesRequest["after"],
  { told, untold, unwritten }: Present
) {
  if (after === null) return { messages: [], begins: [] }
  const kept = yield* store.edgesAfter(token.microgridId, after)
  const waiting = new Set(unwritten.map(({ number }) => number))
  const written = kept.edges.filter(
    ({ epoch, number }) =>
      epoch < token.epoch ||
      (epoch === token.epoch && number <= told && !untold.has(number) && !waiting.has(number))
  )
  const later = unwritten.filter(({ number }) => token.epoch > after.epoch || number > after.number)
  const missing: ReadonlyArray<EdgesMessage> = kept.isWhole ? [] : [{ _tag: "Missing" }]
  const changes = [
    ...written.flatMap(({ edge }) => Option.toArray(EdgeJson.decode(edge))),
    ...later.map(({ change }) => change)
  ]
  return {
    begins: changes.flatMap(({ dispatch, state }): ReadonlyArray<bigint> =>
      state === "Running" ? [dispatch.id] : []
    ),
    messages: [
      ...missing,
      ...written.map(({ edge, epoch, number }): EdgesMessage => ({
        _tag: "Edge",
        epoch,
        number,
        edge: JSON.stringify(edge)
      })),
      ...later.map((edge): EdgesMessage => ({ _tag: "Edge", epoch: token.epoch, ...numbered(edge) }))
    ]
  }
})

const numbered = ({ change, number }: ToldEdge) => ({ number, edge: JSON.stringify(EdgeJson.encode(change)) })
