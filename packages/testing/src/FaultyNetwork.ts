/**
 * A bad network to a dispatch service: what networks and services do to a client, as often as told.
 *
 * Events of one stream are never skipped, since HTTP/2 does not; they come late, twice, out of order, or stop coming.
 *
 * @since 0.1.0
 */
import {
  DispatchClient,
  type DispatchRecord,
  type EventStream,
  type StreamEvent
} from "@effect-dispatch/core/DispatchClient"
import {
  DeadlineExceeded,
  DispatchError,
  PermissionDenied,
  Protocol,
  ResourceExhausted,
  Unauthenticated,
  Unavailable,
  Unimplemented
} from "@effect-dispatch/core/DispatchError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { Cause, Context, Deferred, Effect, Layer, Queue, Random, type Scope, Stream } from "effect"

/**
 * What can go wrong.
 *
 * - `delay`: a call or an event takes up to five seconds.
 * - `refuse`: a call fails at once, with any error.
 * - `breakListing`: a listing fails after some records.
 * - `die`: a call ends in a defect.
 * - `closeAtOnce`: a stream ends cleanly as soon as it stands.
 * - `cut`: a stream fails, with any error, instead of delivering an event.
 * - `end`: a stream ends cleanly instead of delivering an event.
 * - `halfOpen`: a stream delivers nothing any more and does not end.
 * - `duplicate`: an event is delivered twice.
 * - `reorder`: an event is delivered after the next one of the same dispatch.
 * - `replay`: an old event of the same dispatch is delivered again.
 * - `lateHeaders`, `noHeaders`: the subscription stands, and is confirmed, up to ten seconds late; or it is
 *   never confirmed.
 * - `refuseIds`: a listing of ids is refused for good, as by a service that does not know that filter.
 * - `unknownEvent`: an event of a kind that this client does not know comes on top.
 *
 * @category models
 * @since 0.1.0
 */
export const faultKinds = [
  "delay",
  "refuse",
  "breakListing",
  "die",
  "closeAtOnce",
  "cut",
  "end",
  "halfOpen",
  "duplicate",
  "reorder",
  "replay",
  "lateHeaders",
  "noHeaders",
  "refuseIds",
  "unknownEvent"
] as const

/**
 * One of the things that can go wrong.
 *
 * @category models
 * @since 0.1.0
 */
export type FaultKind = (typeof faultKinds)[number]

/**
 * How probable each fault is, from 0 (or absent: never) to 1, wherever it can happen.
 *
 * @category models
 * @since 0.1.0
 */
export type Faults = { readonly [kind in FaultKind]?: number }

/**
 * What a test tells the network.
 *
 * @category services
 * @since 0.1.0
 */
export class FaultyNetwork extends Context.Service<
  FaultyNetwork,
  {
    /** Sets what goes wrong from now on; nothing where empty. Streams that are half open stay so. */
    readonly setFaults: (faults: Faults) => Effect.Effect<void>
    /** How often each fault has occurred. */
    readonly occurred: Effect.Effect<{ readonly [kind in FaultKind]: number }>
  }
>()("@effect-dispatch/testing/FaultyNetwork") {
  /** Puts the network before the client at hand. Chance is Effect's `Random`, so a seed decides everything. */
  static readonly layer: Layer.Layer<FaultyNetwork | DispatchClient, never, DispatchClient> =
    Layer.effectContext(
      Effect.gen(function* () {
        const inner = yield* DispatchClient
        const occurred = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>
        let faults: Faults = {}

        /** Whether this fault happens here and now; if so it is counted. */
        const strikes = (kind: FaultKind): Effect.Effect<boolean> => {
          const probability = faults[kind] ?? 0
          if (probability === 0) return Effect.succeed(false)
          return Effect.map(Random.next, (random) => {
            if (random >= probability) return false
            occurred[kind] += 1
            return true
          })
        }
        const perhapsDelay = Effect.gen(function* () {
          if (yield* strikes("delay")) yield* Effect.sleep(Math.floor((yield* Random.next) * 5_000))
        })
        const anyError = Effect.map(
          Random.nextIntBetween(0, errors.length - 1),
          (index) => errors[index] as DispatchError
        )
        const atCall = Effect.gen(function* () {
          yield* perhapsDelay
          if (yield* strikes("die")) return yield* Effect.die("a defect of the network")
          if (yield* strikes("refuse")) return yield* yield* anyError
        })

        const list: DispatchClient["Service"]["list"] = (microgridId, options) =>
          Stream.unwrap(
            Effect.gen(function* () {
              yield* atCall
              if (options?.filter?.ids !== undefined && (yield* strikes("refuseIds"))) {
                return yield* DispatchError.unimplemented("a faulty network knows no filter by ids")
              }
              // What a listing shows is drawn up at once, and reaches the client bit by bit.
              const records = Stream.mapEffect(inner.list(microgridId, options), (record) =>
                Effect.as(perhapsDelay, record)
              )
              if (!(yield* strikes("breakListing"))) return records
              const error = yield* anyError
              const count = Math.floor((yield* Random.next) * 5)
              return Stream.concat(Stream.take(records, count), Stream.fail(error))
            })
          )

        const stream: DispatchClient["Service"]["stream"] = Effect.fnUntraced(function* (microgridId) {
          yield* atCall
          const opening = inner.stream(microgridId)
          const { effective, events } = (yield* strikes("lateHeaders"))
            ? yield* late(opening)
            : yield* opening
          const headers = (yield* strikes("noHeaders"))
            ? Effect.never
            : Effect.andThen(perhapsDelay, effective)
          if (yield* strikes("closeAtOnce")) return { effective: headers, events: Stream.empty }
          return { effective: headers, events: yield* mangled(events) } satisfies EventStream
        })

        /** A stream that is asked for now and subscribed to up to ten seconds later. */
        const late = Effect.fnUntraced(function* (
          opening: Effect.Effect<EventStream, DispatchError, Scope.Scope>
        ) {
          const opened = yield* Deferred.make<EventStream, DispatchError>()
          const delay = Math.floor((yield* Random.next) * 10_000)
          yield* Effect.forkScoped(Effect.sleep(delay).pipe(Effect.andThen(opening), Deferred.into(opened)))
          const stream = Deferred.await(opened)
          return {
            effective: Effect.flatMap(stream, ({ effective }) => effective),
            events: Stream.unwrap(Effect.map(stream, ({ events }) => events))
          }
        })

        /** Takes the events as they come, and hands them on as the network does. */
        const mangled = Effect.fnUntraced(function* (events: EventStream["events"]) {
          const out = yield* Queue.unbounded<StreamEvent, DispatchError | Cause.Done>()
          const earlier = new Map<DispatchId, StreamEvent>()
          const held = new Map<DispatchId, StreamEvent>()
          const deliver = Effect.fnUntraced(function* (event: StreamEvent) {
            yield* perhapsDelay
            if (yield* strikes("halfOpen")) return yield* Effect.never
            if (yield* strikes("cut")) return yield* yield* anyError
            if (yield* strikes("end")) return yield* Effect.interrupt
            if (yield* strikes("unknownEvent"))
              Queue.offerUnsafe(out, { kind: "Unknown", record: event.record })
            Queue.offerUnsafe(out, event)
            if (yield* strikes("duplicate")) Queue.offerUnsafe(out, event)
            const id = (event.record as DispatchRecord).id
            if (id === undefined) return
            const old = earlier.get(id)
            if (old !== undefined && (yield* strikes("replay"))) Queue.offerUnsafe(out, old)
            earlier.set(id, event)
          })
          const pump = Stream.runForEach(events, (event) =>
            Effect.gen(function* () {
              const { id } = event.record
              const waiting = id === undefined ? undefined : held.get(id)
              if (id !== undefined && waiting === undefined && (yield* strikes("reorder"))) {
                held.set(id, event)
                // Nothing is withheld for ever: what no other event overtakes comes a little late.
                yield* Effect.forkChild(
                  Effect.gen(function* () {
                    yield* Effect.sleep("3 seconds")
                    if (held.get(id) !== event) return
                    held.delete(id)
                    Queue.offerUnsafe(out, event)
                  })
                )
                return
              }
              yield* deliver(event)
              if (id === undefined || waiting === undefined) return
              held.delete(id)
              yield* deliver(waiting)
            })
          ).pipe(
            Effect.onExit((exit) =>
              exit._tag === "Success" || Cause.hasInterruptsOnly(exit.cause)
                ? Queue.end(out)
                : Queue.failCause(out, exit.cause)
            )
          )
          yield* Effect.forkScoped(pump)
          return Stream.fromQueue(out)
        })

        const network = FaultyNetwork.of({
          setFaults: (next) => Effect.sync(() => void (faults = next)),
          occurred: Effect.sync(() => ({ ...occurred }))
        })
        const client = DispatchClient.of({
          ...inner,
          list,
          stream,
          get: (microgridId, id) => Effect.andThen(atCall, inner.get(microgridId, id))
        })
        return Context.make(DispatchClient, client).pipe(Context.add(FaultyNetwork, network))
      })
    )
}

/** Every reason a call that reads can fail for. */
const errors = [
  Unavailable,
  DeadlineExceeded,
  ResourceExhausted,
  Protocol,
  Unauthenticated,
  PermissionDenied,
  Unimplemented
].map(
  (Reason) => new DispatchError({ reason: new Reason({ message: `a faulty network says ${Reason.name}` }) })
)
