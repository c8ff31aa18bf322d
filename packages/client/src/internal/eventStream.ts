/** Opens event streams. */
import { create, type DescMethod } from "@bufbuild/protobuf"
import { type CallOptions, createClient } from "@connectrpc/connect"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import {
  MicrogridDispatchService,
  StreamMicrogridDispatchesRequestSchema
} from "@effect-dispatch/api/Protobuf"
import type { EventStream, StreamEvent } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Cause, Deferred, Effect, Exit, Metric, Option, Queue, type Scope, Stream } from "effect"
import { streamBufferMax } from "../ClientLimits.ts"
import * as Metrics from "../Metrics.ts"
import type { Calls } from "./calls.ts"
import { traced } from "./callSpans.ts"

/** A call that answers with a stream, and the events in its messages. */
export interface Streaming<A> {
  readonly method: DescMethod
  readonly send: (options: CallOptions) => AsyncIterable<A>
  /** The event that a message tells, if it tells one. */
  readonly eventOf: (message: A) => StreamEvent | undefined
  /** Watches over the messages; the stream ends as it ends. */
  readonly watched?: (messages: Stream.Stream<A, DispatchError>) => Stream.Stream<A, DispatchError>
}

/** Opens an event stream for the life of the scope. */
export const open = (
  calls: Calls,
  microgridId: MicrogridId
): Effect.Effect<EventStream, never, Scope.Scope> => {
  const { streamMicrogridDispatches } = createClient(MicrogridDispatchService, calls.transport)
  const request = create(StreamMicrogridDispatchesRequestSchema, { microgridId })
  return openWith(calls, {
    method: MicrogridDispatchService.method.streamMicrogridDispatches,
    send: (options) => streamMicrogridDispatches(request, options),
    eventOf: DispatchCodec.decodeEvent
  })
}

/**
 * Opens a stream for the life of the scope. Headers arrive only while messages are being asked for. A pump therefore
 * asks from the start and keeps up to `streamBufferMax` messages for the reader.
 */
export const openWith = Effect.fnUntraced(function* <A>(
  calls: Calls,
  { eventOf, method, send, watched = (messages) => messages }: Streaming<A>
): Effect.fn.Return<EventStream, never, Scope.Scope> {
  const abort = yield* Effect.acquireRelease(
    // Given to connect, which ends the HTTP/2 stream when the scope closes.
    Effect.sync(() => new AbortController()),
    (controller) => Effect.sync(() => controller.abort())
  )
  const confirmed = yield* Deferred.make<void, DispatchError>()
  const received = yield* Queue.bounded<StreamEvent, DispatchError | Cause.Done>(streamBufferMax)

  const opening = (options: CallOptions) => () =>
    send({
      ...options,
      signal: abort.signal,
      onHeader: (headers) => {
        // Headers come at the latest with the first message.
        Deferred.doneUnsafe(confirmed, Effect.void)
        options.onHeader?.(headers)
      }
    })

  const pump = Effect.gen(function* () {
    const options = yield* calls.prepareStream(method)
    const messages = Stream.fromAsyncIterable(opensWhenAsked(opening(options)), calls.failStream)
    yield* Stream.runForEach(watched(messages), (message) => keep(eventOf(message)))
  }).pipe(traced(method))

  const keep = (event: StreamEvent | undefined) => {
    if (event === undefined) return Effect.void
    return Queue.isFullUnsafe(received)
      ? Effect.andThen(Metric.update(Metrics.eventsDelayed.at(), 1), Queue.offer(received, event))
      : Queue.offer(received, event)
  }

  const end = (exit: Exit.Exit<void, DispatchError>) => {
    // A fiber that still waits has nothing to wait for any more.
    Deferred.doneUnsafe(confirmed, exit)
    const close = Exit.isSuccess(exit) ? Queue.end(received) : Queue.failCause(received, exit.cause)
    return Effect.andThen(count(method.name, exit), close)
  }
  yield* Metrics.streamsOpen.observe(() => 1)
  yield* Effect.forkScoped(Effect.onExit(pump, end))
  return { effective: Deferred.await(confirmed), events: Stream.fromQueue(received) }
})

/** An interruption is no outcome. */
const count = (method: string, exit: Exit.Exit<void, DispatchError>): Effect.Effect<void> => {
  const error = Option.flatMap(Exit.getCause(exit), Cause.findErrorOption)
  if (!Exit.isSuccess(exit) && Option.isNone(error)) return Effect.void
  const ending = Option.isNone(error) ? "ok" : error.value.reason._tag
  return Metric.update(Metrics.callsEnded.at(method, ending), 1)
}

/**
 * Makes the call together with the first pull. A call made earlier can fail while nobody waits for it, and then Node
 * ends the process.
 */
const opensWhenAsked = <A>(open: () => AsyncIterable<A>): AsyncIterable<A> => ({
  [Symbol.asyncIterator]: () => {
    let messages: AsyncIterator<A> | undefined
    return {
      next: () => {
        messages ??= open()[Symbol.asyncIterator]()
        return messages.next()
      }
    }
  }
})
