/**
 * A dispatch service that holds exactly the records it is told to hold, and an ideal network to it.
 *
 * For tests of actors that need versions, times and ids of their own choosing. Applications rather test against
 * `ServiceClient`, which runs the real logic of the service.
 *
 * @since 0.1.0
 */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import {
  DispatchClient,
  type DispatchRecord,
  isReadable,
  type StreamEvent
} from "@effect-dispatch/core/DispatchClient"
import { DispatchError, NotFound, Protocol } from "@effect-dispatch/core/DispatchError"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as Target from "@effect-dispatch/core/Target"
import { Cause, Context, Effect, Layer, Queue, Stream } from "effect"

/**
 * What a test tells the service.
 *
 * @category services
 * @since 0.1.0
 */
export class ScriptedService extends Context.Service<
  ScriptedService,
  {
    /** Holds a record from now on and tells all open streams. */
    readonly put: (kind: "Created" | "Updated", record: DispatchRecord) => Effect.Effect<void>
    /** Holds a record no longer and tells all open streams, with the given last version or the one held. */
    readonly remove: (id: DispatchId, last?: Dispatch) => Effect.Effect<void>
    /** Holds a record, or none under an id, without telling anybody. */
    readonly holdSilently: (id: DispatchId, record: DispatchRecord | undefined) => Effect.Effect<void>
    /** Sends an event to all open streams, whatever is held. */
    readonly send: (event: StreamEvent) => Effect.Effect<void>
    /** Ends all open streams: cleanly, or with an error. */
    readonly endStreams: (error?: DispatchError) => Effect.Effect<void>
    /** Lets calls fail with this error from now on, or succeed again. */
    readonly failWith: (error: DispatchError | undefined) => Effect.Effect<void>
    /** How many listings were begun, and how many streams are open. */
    readonly observed: Effect.Effect<{ readonly listings: number; readonly openStreams: number }>
  }
>()("@effect-dispatch/testing/ScriptedService") {
  /** The service, and the client port to it. Creating, updating and deleting are the test's own to do. */
  static readonly layer: Layer.Layer<ScriptedService | DispatchClient> = Layer.effectContext(
    Effect.sync(() => {
      const held = new Map<DispatchId, DispatchRecord>()
      const streams = new Set<Queue.Queue<StreamEvent, DispatchError | Cause.Done>>()
      let failure: DispatchError | undefined
      let listings = 0

      const guard = Effect.suspend(() => (failure === undefined ? Effect.void : Effect.fail(failure)))
      const send = (event: StreamEvent) =>
        Effect.sync(() => {
          for (const stream of streams) Queue.offerUnsafe(stream, event)
        })
      const unimplemented = Effect.fail(
        DispatchError.unimplemented("a scripted service changes only by script")
      )

      const client = DispatchClient.of({
        list: (_microgridId, { filter } = {}) =>
          Stream.unwrap(
            Effect.map(guard, () => {
              listings++
              return Stream.fromIterable([...held.values()].filter((record) => isListed(record, filter)))
            })
          ),
        stream: () =>
          Effect.gen(function* () {
            yield* guard
            const queue = yield* Effect.acquireRelease(
              Queue.unbounded<StreamEvent, DispatchError | Cause.Done>(),
              (queue) =>
                Effect.andThen(
                  Effect.sync(() => streams.delete(queue)),
                  Queue.shutdown(queue)
                )
            )
            streams.add(queue)
            return { effective: Effect.void, events: Stream.fromQueue(queue) }
          }),
        get: (_microgridId, id) =>
          Effect.andThen(
            guard,
            Effect.suspend(() => {
              const record = held.get(id)
              if (record !== undefined && isReadable(record)) return Effect.succeed(record)
              const reason =
                record === undefined
                  ? new NotFound({ message: `no dispatch ${id}` })
                  : new Protocol({ message: `${record.path}: ${record.message}` })
              return Effect.fail(new DispatchError({ reason }))
            })
          ),
        create: () => unimplemented,
        update: () => unimplemented,
        delete: () => unimplemented
      })

      const service = ScriptedService.of({
        put: (kind, record) =>
          Effect.andThen(
            Effect.sync(() => hold(held, record.id as DispatchId, record)),
            send({ kind, record })
          ),
        remove: (id, last) =>
          Effect.suspend(() => {
            const record = last ?? held.get(id)
            held.delete(id)
            return record === undefined ? Effect.void : send({ kind: "Deleted", record })
          }),
        holdSilently: (id, record) => Effect.sync(() => hold(held, id, record)),
        send,
        endStreams: (error) =>
          Effect.sync(() => {
            for (const stream of streams) {
              streams.delete(stream)
              if (error === undefined) Queue.endUnsafe(stream)
              else Queue.failCauseUnsafe(stream, Cause.fail(error))
            }
          }),
        failWith: (error) => Effect.sync(() => void (failure = error)),
        observed: Effect.sync(() => ({ listings, openStreams: streams.size }))
      })
      return Context.make(DispatchClient, client).pipe(Context.add(ScriptedService, service))
    })
  )
}

const hold = (
  held: Map<DispatchId, DispatchRecord>,
  id: DispatchId,
  record: DispatchRecord | undefined
): void => {
  if (record === undefined) held.delete(id)
  else held.set(id, record)
}

/**
 * Applies the conditions that synchronising asks for, some ids, or what has not ended before an instant; and targets,
 * by which nothing is found that cannot be read.
 */
const isListed = (record: DispatchRecord, filter: DispatchFilter | undefined): boolean => {
  if (filter?.ids !== undefined && (record.id === undefined || !filter.ids.includes(record.id))) return false
  const { targets = [] } = filter ?? {}
  if (targets.length > 0) {
    if (!isReadable(record) || !targets.some((target) => Target.overlaps(target, record.target))) return false
  }
  const from = filter?.endTime?.from?.epochMilliseconds
  if (from === undefined || !isReadable(record)) return true
  return record.schedule.lastEnd >= from
}
