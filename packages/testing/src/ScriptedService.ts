/**
 * A dispatch service that holds exactly the records it is told to hold, and an ideal network to it.
 *
 * For tests of actors that need versions, times and ids of their own choosing. Tests of applications should use
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
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as Target from "@effect-dispatch/core/Target"
import { Cause, Context, Effect, Layer, Queue, type Scope, Stream } from "effect"

/**
 * The controls of the service.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchClient, DispatchError, DispatchId, MicrogridId } from "@effect-dispatch/core"
 * import { ScriptedService } from "@effect-dispatch/testing"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const service = yield* ScriptedService.ScriptedService
 *   const client = yield* DispatchClient.DispatchClient
 *   yield* service.failWith(DispatchError.unavailable("the service is away"))
 *   const error = yield* Effect.flip(client.get(MicrogridId.make(1n), DispatchId.make(7n)))
 *   assert.strictEqual(error.message, "the service is away")
 * })
 * await Effect.runPromise(Effect.provide(program, ScriptedService.layer))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class ScriptedService extends Context.Service<
  ScriptedService,
  {
    /** Holds a record from now on and tells all open streams. */
    readonly put: (kind: "Created" | "Updated", record: DispatchRecord) => Effect.Effect<void>
    /** Removes a record and tells all open streams, with the given last version or the one held. */
    readonly remove: (id: DispatchId, last?: Dispatch) => Effect.Effect<void>
    /** Holds a record, or none under an id, without telling anybody. */
    readonly holdSilently: (id: DispatchId, record: DispatchRecord | undefined) => Effect.Effect<void>
    /** Sends an event to all open streams, whatever is held. */
    readonly send: (event: StreamEvent) => Effect.Effect<void>
    /** Ends all open streams: cleanly, or with an error. */
    readonly endStreams: (error?: DispatchError.DispatchError) => Effect.Effect<void>
    /** Lets calls fail with this error from now on, or succeed again. */
    readonly failWith: (error: DispatchError.DispatchError | undefined) => Effect.Effect<void>
    /** The number of listings begun, and of open streams. */
    readonly observed: Effect.Effect<{ readonly listings: number; readonly openStreams: number }>
  }
>()("@effect-dispatch/testing/ScriptedService") {}

/**
 * The service, and the client port to it. Creating, updating and deleting are left to the test.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<ScriptedService | DispatchClient> = Layer.effectContext(
  Effect.sync(() => {
    const script = new Script()
    return Context.make(DispatchClient, clientOf(script)).pipe(
      Context.add(ScriptedService, serviceOf(script))
    )
  })
)

type EventQueue = Queue.Queue<StreamEvent, DispatchError.DispatchError | Cause.Done>

/** The records held, the open streams, and the error of calls. */
class Script {
  readonly held = new Map<DispatchId, DispatchRecord>()
  readonly streams = new Set<EventQueue>()
  failure: DispatchError.DispatchError | undefined
  listings = 0

  get guard(): Effect.Effect<void, DispatchError.DispatchError> {
    return Effect.suspend(() => (this.failure === undefined ? Effect.void : Effect.fail(this.failure)))
  }

  hold(id: DispatchId, record: DispatchRecord | undefined): void {
    if (record === undefined) this.held.delete(id)
    else this.held.set(id, record)
  }

  send(event: StreamEvent): void {
    for (const stream of this.streams) Queue.offerUnsafe(stream, event)
  }

  endStreams(error: DispatchError.DispatchError | undefined): void {
    for (const stream of this.streams) {
      this.streams.delete(stream)
      if (error === undefined) Queue.endUnsafe(stream)
      else Queue.failCauseUnsafe(stream, Cause.fail(error))
    }
  }

  /** Opens a stream for the life of the scope. */
  get open(): Effect.Effect<EventQueue, never, Scope.Scope> {
    const queue = Effect.acquireRelease(
      Queue.unbounded<StreamEvent, DispatchError.DispatchError | Cause.Done>(),
      (queue) => {
        this.streams.delete(queue)
        return Queue.shutdown(queue)
      }
    )
    return Effect.tap(queue, (queue) => Effect.sync(() => this.streams.add(queue)))
  }
}

const serviceOf = (script: Script) =>
  ScriptedService.of({
    put: (kind, record) =>
      Effect.sync(() => {
        script.hold(record.id as DispatchId, record)
        script.send({ kind, record })
      }),
    remove: (id, last) =>
      Effect.sync(() => {
        const record = last ?? script.held.get(id)
        script.held.delete(id)
        if (record !== undefined) script.send({ kind: "Deleted", record })
      }),
    holdSilently: (id, record) => Effect.sync(() => script.hold(id, record)),
    send: (event) => Effect.sync(() => script.send(event)),
    endStreams: (error) => Effect.sync(() => script.endStreams(error)),
    failWith: (error) => Effect.sync(() => void (script.failure = error)),
    observed: Effect.sync(() => ({ listings: script.listings, openStreams: script.streams.size }))
  })

const clientOf = (script: Script) =>
  DispatchClient.of({
    list: (_microgridId, { filter } = {}) =>
      Stream.unwrap(
        Effect.map(script.guard, () => {
          script.listings++
          return Stream.fromIterable([...script.held.values()].filter((record) => isListed(record, filter)))
        })
      ),
    stream: () =>
      Effect.map(Effect.andThen(script.guard, script.open), (queue) => ({
        effective: Effect.void,
        events: Stream.fromQueue(queue)
      })),
    get: (_microgridId, id) => Effect.andThen(script.guard, get(script, id)),
    create: () => unimplemented,
    update: () => unimplemented,
    delete: () => unimplemented
  })

const get = ({ held }: Script, id: DispatchId): Effect.Effect<Dispatch, DispatchError.DispatchError> =>
  Effect.suspend(() => {
    const record = held.get(id)
    switch (record?._tag) {
      case "Dispatch":
        return Effect.succeed(record)
      case "UnreadableDispatch":
        return Effect.fail(DispatchError.protocol(`${record.path}: ${record.message}`))
      case undefined:
        return Effect.fail(DispatchError.notFound(`no dispatch ${id}`))
    }
  })

const unimplemented = Effect.fail(DispatchError.unimplemented("a scripted service changes only by script"))

/**
 * Applies the conditions that synchronising asks for: ids, or that the end is not before an instant. It also applies
 * targets, which match no unreadable record.
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
